import Contracts
import Foundation
import Kafka

/// A change of what a group has committed, and the file that keeps what was before.
struct OffsetChange: Codable, Equatable, Sendable {
    struct Row: Codable, Equatable, Sendable {
        var topic: String
        var partition: Int32
        /// Nil where nothing was committed.
        var old: Int64?
        var new: Int64
        /// Of the log when it was made.
        var oldest: Int64
        var end: Int64

        var place: TopicPartition { TopicPartition(topic, partition) }

        /// How many records are read again: less than 0 for those that are skipped. Nil from nothing: where the
        /// subscriber would have begun is its own setting.
        var again: Int64? { old.map { max($0, oldest) - new } }

        fileprivate var effect: String {
            guard let again else { return "unknown" }
            return again > 0 ? "\(again) again" : again < 0 ? "\(-again) skipped" : "-"
        }
    }

    var group: String
    var cluster: ClusterIdentity
    var madeAt: Timestamp
    var by: String
    var reason: String
    var rows: [Row]

    var readAgain: Int64 { rows.reduce(0) { $0 + max(0, $1.again ?? 0) } }
    var skipped: Int64 { rows.reduce(0) { $0 + max(0, -($1.again ?? 0)) } }

    /// To what was before; where nothing was, nothing can be put back.
    var undone: [TopicPartition: Int64] {
        Dictionary(uniqueKeysWithValues: rows.compactMap { row in row.old.map { (row.place, $0) } })
    }

    var offsets: [TopicPartition: Int64] { Dictionary(uniqueKeysWithValues: rows.map { ($0.place, $0.new) }) }

    func lines() -> [String] {
        let table = rows.map { row in
            [row.topic, "\(row.partition)", row.old.map(String.init) ?? "none", "->", "\(row.new)", row.effect]
        }
        let unknown = rows.count { $0.old == nil }
        let note = unknown > 0 ? "; of \(unknown) partitions nothing was committed, and nobody can say" : ""
        return Table.lines([["TOPIC", "PARTITION", "OLD", "", "NEW", "EFFECT"]] + table)
            + ["\(readAgain) records will be read again, \(skipped) skipped\(note)"]
    }

    func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try DurableFile.write(try encoder.encode(self) + Data("\n".utf8), to: path)
    }

    init(
        group: String, cluster: ClusterIdentity, madeAt: Timestamp, by: String, reason: String, rows: [Row]
    ) {
        (self.group, self.cluster, self.madeAt) = (group, cluster, madeAt)
        (self.by, self.reason, self.rows) = (by, reason, rows)
    }

    /// - Throws: `Refusal` for what is none.
    init(file path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else { throw Refusal("cannot read \(path)") }
        do {
            self = try JSONDecoder().decode(OffsetChange.self, from: data)
        } catch {
            throw Refusal("\(path) is none of the files of `replay offsets reset`")
        }
    }
}
