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
    /// Where the files of texts are kept; nil without texting.
    let media: MediaFolder?

    /// - Throws: `ConfigurationError`, or what opening the spool says.
    init(settings: ServiceSettings, logger: Logger) throws {
        twilio = try TwilioSettings(settings)
        let board = ConversationBoard()
        let service = try Service(settings: settings, logic: IngestLogic(board: board), logger: logger)
        media = try twilio == nil ? nil : Self.mediaFolder(settings)
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

    private static func mediaFolder(_ settings: ServiceSettings) throws -> MediaFolder {
        let own = settings.dataDirectory.appending(path: "media", directoryHint: .isDirectory)
        let folder = settings.env("DIRECTCHAT_MEDIA").map { URL(fileURLWithPath: $0, isDirectory: true) } ?? own
        do {
            return try MediaFolder(folder)
        } catch {
            throw ConfigurationError(["DIRECTCHAT_MEDIA: \(folder.path) cannot be made: \(error)"])
        }
    }

    func run() async throws {
        let pump = pump
        service.addStatus("spool") { await pump.current() }
        service.addReadiness { await pump.current().writable ? nil : "the spool cannot be written" }
        service.addStatus("texts") { await texts() }
        let gauges = SpoolGauges()
        service.addProbe { await gauges.measure(pump) }
        Self.declareCounters()
        let troubles = TroubleRun(pump: pump, troubles: service.shards.troubles)
        try await service.run(
            router(), extra: [PumpRun(pump: pump), troubles, TextCountRun { await texts() }] + texting())
    }

    func router() -> Router<AppContext> {
        let router = service.makeRouter(cors: service.dealershipCORS)
        addSessions(to: router)
        addMessages(to: router)
        addDrafts(to: router)
        addBeats(to: router)
        addStream(to: router)
        addTexts(to: router)
        addTextReports(to: router)
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
