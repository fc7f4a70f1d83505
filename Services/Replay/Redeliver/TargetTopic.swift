import Contracts
import Kafka

/// What the topic that is written to does with records, as far as its brokers tell.
struct TargetTopic: Equatable, Sendable {
    let name: String
    /// Milliseconds that it keeps records; nil for ever, or where nobody tells.
    let keeps: Int64?
    /// Records get the broker's time instead of theirs.
    let givesOwnTime: Bool
    /// That a batch of it may have.
    let batchBytes: Int64

    /// - Parameters:
    ///   - settings: the topic's; none where the brokers do not tell.
    ///   - properties: the client's, whose word on the size of a record holds too.
    init(_ name: String, settings: [String: String], client properties: [String: String] = [:]) {
        self.name = name
        let deletes = settings["cleanup.policy"]?.contains("delete") ?? true
        let retention = settings["retention.ms"].flatMap(Int64.init) ?? -1
        keeps = deletes && retention >= 0 ? retention : nil
        givesOwnTime = settings["message.timestamp.type"] == "LogAppendTime"
        let bounds = [settings["max.message.bytes"], properties["message.max.bytes"]]
        batchBytes = bounds.compactMap { $0.flatMap(Int64.init) }.min() ?? Limits.batchBytes
    }

    /// - Parameters:
    ///   - oldest: time of what is written; nil where nothing has one.
    ///   - end: when the last one will have been written.
    /// - Throws: `Refusal` if some of it would be gone by then.
    func checkKeeps(_ oldest: Timestamp?, until end: Timestamp) throws(Refusal) {
        guard !givesOwnTime else {
            throw Refusal(
                "\(name) gives records its own time (message.timestamp.type): copies could not keep theirs. Set it to "
                    + "CreateTime first")
        }
        guard let keeps, let oldest, end.milliseconds - oldest.milliseconds > keeps else { return }
        throw Refusal(
            "\(name) deletes what is older than \(keeps) ms, and copies keep their time: the oldest is of \(oldest). Give "
                + "the topic a longer retention.ms first, or leave out what is older")
    }

    /// - Parameters:
    ///   - bytes: of key, value and headers.
    ///   - what: is that large.
    /// - Throws: `Refusal` for what the topic would refuse in the middle of a delivery.
    func checkTakes(_ bytes: Int64, _ what: @autoclosure () -> String) throws(Refusal) {
        guard bytes + Limits.batchFraming > batchBytes else { return }
        throw Refusal(
            "\(what()) has \(bytes) bytes, and \(name) takes batches of \(batchBytes) (max.message.bytes): give it a "
                + "larger one first. Nothing was written")
    }

    /// Properties of a producer that sends whatever the topic takes, and no batch that is larger: a topic refuses a batch
    /// whole, also for the sum of its records.
    var producing: [String: String] {
        ["message.max.bytes": String(min(max(batchBytes, 1_000), 1_000_000_000))]
    }
}
