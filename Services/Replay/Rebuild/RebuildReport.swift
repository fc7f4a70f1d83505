import Shards

/// What the command tells at its end.
struct RebuildReport: Encodable, Sendable {
    var service: String
    var shards: [Shard]

    struct Shard: Encodable, Sendable {
        var status: RebuildStatus
        /// The old file's name, where it was swapped.
        var replaced: String?

        func encode(to encoder: any Encoder) throws {
            try status.encode(to: encoder)
            var container = encoder.container(keyedBy: Key.self)
            try container.encodeIfPresent(replaced, forKey: .replaced)
        }

        private enum Key: CodingKey { case replaced }
    }

    var verdict: Verdict {
        shards.contains { $0.status.isSame == false && $0.replaced == nil } ? .differs : .done
    }

    // MARK: For people

    static func progress(_ what: String, _ status: RebuildStatus) -> String {
        let left = status.secondsLeft.map { "\($0) s left" } ?? "time left not known yet"
        let percent = status.records > 0 ? status.done * 100 / status.records : 100
        return "\(what) \(status.state.rawValue): \(status.done) of \(status.records) records (\(percent) %), "
            + "\(status.recordsPerSecond)/s, \(left)"
    }

    var lines: [String] { shards.flatMap(Self.lines) }

    private static func lines(_ shard: Shard) -> [String] {
        let status = shard.status
        let what = "\(status.service) shard \(status.shard)"
        let positions = status.positions.map { "\($0.topic) \($0.next)" }.joined(separator: ", ")
        var lines = [
            "\(what): rebuilt up to \(positions.isEmpty ? "the log's ends" : positions); \(status.done) records, "
                + "\(status.recordsPerSecond)/s"
        ]
        for table in status.verification ?? [] { lines += Self.lines(table) }
        if let isSame = status.isSame {
            lines.append(isSame ? "\(what): SAME as the live file" : "\(what): DIFFERENT from the live file")
        }
        if let replaced = shard.replaced {
            lines.append("\(what): swapped; the old file is \(replaced) in its owner's data directory")
            // The name up to its version, which may be another one there.
            let files = "\(status.service)-\(status.shard).v*.sqlite*"
            lines.append(
                "\(what): an instance that had the shard before still has its own old file and would go on with it: "
                    + "delete \(files) in the data directories of the others")
        }
        return lines
    }

    private static func lines(_ table: TableReport) -> [String] {
        guard !table.isSame else {
            let conversations = table.conversations.map { ", \($0.compared) conversations" } ?? ""
            return ["  \(table.table): same, \(table.live.rows) rows\(conversations), \(table.live.hash)"]
        }
        var lines = [
            "  \(table.table): DIFFERENT in \(table.different) rows",
            "    live     \(table.live.rows) rows, \(table.live.hash)",
            "    rebuilt  \(table.rebuilt.rows) rows, \(table.rebuilt.hash)",
        ]
        if let first = table.first { lines += Self.lines(first) }
        if let conversations = table.conversations {
            lines.append("    \(conversations.different) of \(conversations.compared) conversations differ:")
            lines += conversations.named.map {
                "      \($0.id): live \($0.live ?? "has none"), rebuilt \($0.rebuilt ?? "has none")"
            }
        }
        return lines
    }

    private static func lines(_ row: RowDifference) -> [String] {
        let key = row.key.map { "\($0.name)=\($0.value)" }.joined(separator: ", ")
        let kind =
            switch row.kind {
            case .changed: "is not the same"
            case .missing: "is missing in the live file"
            case .extra: "is in the live file only: no record wrote it"
            }
        let conversation = row.conversation.map { " of conversation \($0)" } ?? ""
        let writer = row.writer.map { ", written by \($0.topic)/\($0.partition) offset \($0.offset)" } ?? ""
        return ["    first: the row \(key)\(conversation) \(kind)\(writer)"]
            + row.columns.map { "      \($0.name): live \($0.live), rebuilt \($0.rebuilt)" }
    }
}
