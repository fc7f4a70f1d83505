import ServiceKit
import ServiceLifecycle
import Shards

/// The parts of texting that run beside the routes.
extension IngestService {
    /// What sends texts and fetches what came with them; nothing where texting is not configured.
    func texting() -> [any ServiceLifecycle.Service] {
        guard let twilio, let media else { return [] }
        let service = service
        let watch = ShardWatch(partitions: service.shards.partitionCount) { try? service.shards.shard($0) }
        let send = TextSend(
            carrier: TwilioClient(twilio, logger: service.logger), log: service.log, dealerships: service.dealerships,
            logger: service.logger, clock: service.clock)
        let account = MediaAccount(
            origin: twilio.apiOrigin, sid: twilio.accountSid, token: String(decoding: twilio.token.bytes, as: UTF8.self)
        )
        let fetches = MediaFetchRun(
            watch: watch, fetcher: MediaFetcher(account: account, store: media), logger: service.logger,
            clock: service.clock)
        return [TextSender(watch: watch, sending: send, dealerships: service.dealerships), fetches]
    }

    func texts() async -> TextCounts {
        let partitions = 0..<service.shards.partitionCount
        return await TextCounts.of(partitions.compactMap { try? service.shards.shard($0) })
    }
}
