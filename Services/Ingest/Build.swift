import Contracts
import Foundation
import Hummingbird
import Kafka
import Logging
import ServiceKit
import Shards

/// All of ingest, put together; nothing runs before `run`.
struct IngestService: Sendable {
    let service: Service<IngestLogic>
    let board: ConversationBoard
    let pump: SpoolPump
    /// Nil where texting is not configured.
    let twilio: TwilioSettings?

    /// - Throws: `ConfigurationError`, or what opening the spool says.
    init(settings: ServiceSettings, logger: Logger) throws {
        twilio = try TwilioSettings(settings)
        let board = ConversationBoard()
        let service = try Service(settings: settings, logic: IngestLogic(board: board), logger: logger)
        let spool = try Spool(path: settings.dataDirectory.appending(path: "ingest-spool.sqlite").path)
        let (log, producer) = (service.log, service.producer)
        let clock = SteadyClock(from: service.clock())
        pump = SpoolPump(
            spool: spool, losses: producer.connectionLosses, logger: logger, now: clock.now,
            reset: { await producer.reset() },
            standing: { records in
                // Before that there is no log to ask, and none to append to.
                while !service.hasTopics { try await Task.sleep(for: Limits.backOff) }
                producer.expectLoss()
                return try await service.shards.standing(.messages, records)
            },
            append: { events in
                guard service.hasTopics else { throw TopicsMissing() }
                return try await log.append(events, to: .messages, stampedAt: service.clock())
            })
        self.board = board
        self.service = service
    }

    func run() async throws {
        let pump = pump
        service.addStatus("spool") { await pump.current() }
        service.addReadiness { await pump.current().writable ? nil : "the spool cannot be written" }
        let troubles = TroubleRun(pump: pump, troubles: service.shards.troubles)
        try await service.run(router(), extra: [PumpRun(pump: pump), troubles])
    }

    func router() -> Router<AppContext> {
        let router = service.makeRouter(cors: service.dealershipCORS)
        addSessions(to: router)
        addMessages(to: router)
        addDrafts(to: router)
        addBeats(to: router)
        addStream(to: router)
        addTexts(to: router)
        addPages(to: router)
        return router
    }
}

extension IngestService {
    /// Beats and drafts: sent if the log is there, else of no use.
    func post(_ event: Event, to topic: Topic) {
        guard service.hasTopics else { return }
        service.passing.post(event, to: topic)
    }
}

/// The broker has not been reached since the start; messages wait in the spool.
private struct TopicsMissing: Error {}
