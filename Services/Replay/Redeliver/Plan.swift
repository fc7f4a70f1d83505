import Contracts
import Crypto
import Foundation

/// What a redelivery will do, with every offset frozen.
struct Plan: Codable, Equatable, Sendable {
    struct Side: Codable, Equatable, Sendable {
        var cluster: ClusterIdentity
        var topic: String
        var partitions: Int32
        /// Of another cluster than the log's.
        var bootstrapServers: String?
    }

    struct Part: Codable, Equatable, Sendable {
        var partition: Int32
        /// The first and the last record that are meant.
        var first: Mark.Last
        var last: Mark.Last
        var records = 0
        var bytes: Int64 = 0
        /// By the records' timestamps, which are in no order; nil where they have none.
        var firstTime: Timestamp?
        var lastTime: Timestamp?
        /// The target's end when the plan was made: nothing before it is of this plan.
        var targetEnd: Int64 = 0

        var range: Range<Int64> { first.offset..<last.offset + 1 }
    }

    var version = 1
    var id: String
    var madeAt: Timestamp
    var by: String
    var reason: String
    var source: Side
    var target: Side
    var filter: Filter
    var parts: [Part]
    var types: [String: Int]
    var dealerships: [String: Int]
    /// Records that the target has already, by ce_source and ce_id: what a subscriber that keeps these will pass over.
    var alreadyThere: Int
    /// Per second.
    var rate: Int
    var estimatedSeconds: Int
    /// Of all the rest.
    var sha256 = ""

    var records: Int { parts.reduce(0) { $0 + $1.records } }
    var bytes: Int64 { parts.reduce(0) { $0 + $1.bytes } }
    /// Another address may still be this cluster, and is looked at as another.
    var isToItself: Bool { source.topic == target.topic && target.bootstrapServers == nil }

    static func seconds(_ records: Int, rate: Int) -> Int { (records + rate - 1) / rate }

    // MARK: The file

    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return encoder
    }

    private func hash() throws -> String {
        var content = self
        content.sha256 = ""
        return SHA256.hash(data: try Self.encoder.encode(content)).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }

    /// With its hash, as bytes of a file.
    mutating func sealed() throws -> Data {
        sha256 = try hash()
        return try Self.encoder.encode(self) + Data("\n".utf8)
    }

    /// - Throws: `Refusal` for what is no plan, or was changed since it was made.
    init(file data: Data, path: String) throws {
        do {
            self = try JSONDecoder().decode(Plan.self, from: data)
        } catch {
            throw Refusal("\(path) is no plan of `replay redeliver plan`")
        }
        guard version == 1 else { throw Refusal("\(path) is a plan of another version of replay: make it anew") }
        guard try hash() == sha256 else {
            throw Refusal("\(path) was changed since it was made: make it anew with the flags that give what is wanted")
        }
    }

    init(
        id: String, madeAt: Timestamp, by: String, reason: String, source: Side, target: Side, filter: Filter,
        parts: [Part], types: [String: Int], dealerships: [String: Int], alreadyThere: Int, rate: Int
    ) {
        (self.id, self.madeAt, self.by, self.reason) = (id, madeAt, by, reason)
        (self.source, self.target, self.filter, self.parts) = (source, target, filter, parts)
        (self.types, self.dealerships, self.alreadyThere, self.rate) = (types, dealerships, alreadyThere, rate)
        estimatedSeconds = 0
        estimatedSeconds = Self.seconds(records, rate: rate)
    }

    /// - Throws: `Refusal` if it is too old to be begun.
    func checkAge(now: Timestamp) throws(Refusal) {
        let age = (now.milliseconds - madeAt.milliseconds) / 1_000
        guard Duration.seconds(age) <= Limits.planAge else {
            throw Refusal(
                "the plan is \(age / 60) minutes old, and what it says of the target may not hold any more: make it anew"
            )
        }
    }
}
