import Contracts
import Logging
import Metrics
import Shards

/// How long messages take from their acceptance to a stream of the other side, and the line that ends a message's trace.
///
/// Only what was folded while the stream was open counts: how long a client was away says nothing of us.
public struct StreamLatency: Sendable {
    private let shard: Shard
    /// Whose messages are news on this stream.
    private let sender: Side
    private let logger: Logger
    /// The stream's own request.
    private let stream: String
    private let opened: ContinuousClock.Instant
    private let now: @Sendable () -> Timestamp

    public init(
        _ shard: Shard, of sender: Side, _ context: AppContext, logger: Logger, now: @escaping @Sendable () -> Timestamp
    ) {
        self.shard = shard
        self.sender = sender
        self.logger = logger
        stream = context.correlationId
        opened = shard.instant
        self.now = now
    }

    /// These have just been handed to the stream.
    public func told(_ messages: [ThreadMessage]) {
        for message in messages where message.sender == sender {
            guard let (record, foldedAt, isFirst) = shard.tell(.messages, message.offset), foldedAt >= opened else {
                continue
            }
            let milliseconds = max(0, now().milliseconds - message.at.milliseconds)
            Metrics.Timer(label: "dc_message_e2e", dimensions: [("sender", sender.rawValue)])
                .record(duration: .milliseconds(milliseconds))
            // One of the streams is enough to know that it came through, and there may be dozens.
            guard isFirst, record.correlation != .none else { continue }
            logger.info(
                "message on a stream",
                metadata: record.correlation.metadata.merging([
                    "causationId": "\(record.eventId)", "offset": "\(record.offset)", "partition": "\(shard.partition)",
                    "streamCorrelationId": "\(stream)", "latencyMs": "\(milliseconds)",
                ]) { $1 })
        }
    }
}
