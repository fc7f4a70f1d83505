import AsyncHTTPClient
import Contracts
import Hummingbird
import Kafka
import Logging
import Metrics
import NIOCore
import Shards
import Synchronization

/// What every service is made of. It is put together without the broker; `run` begins.
///
/// ```
/// let service = try Service(settings: settings, logic: logic, logger: logger)
/// let router = service.makeRouter()
/// router.get("v1/things/:id") { request, context in … }
/// try await service.run(router, extra: [])
/// ```
public final class Service<Logic: ShardLogic>: Sendable {
    public let settings: ServiceSettings
    public let dealerships: Dealerships
    public let shards: ShardPool<Logic>
    /// Appends to kept topics.
    public let log: EventLog
    /// Posts to passing topics.
    public let passing: EventLog
    public let tokens: VisitorTokens
    public let staffAuth: StaffAuthenticator
    public let logger: Logger
    /// For calls to the outside; it follows no redirects.
    public let http: HTTPClient
    public let admin: KafkaAdmin
    /// The one that appends to kept topics.
    public let producer: KafkaProducer
    let passingProducer: KafkaProducer
    /// The time, as ids and events get it.
    public let clock: @Sendable () -> Timestamp
    let proxy: OwnerProxy
    let edge = HTTPEdge()
    let board = StatusBoard()
    let probes = Probes()
    let lock: DataDirectoryLock
    let topicsAreThere = Atomic(false)
    let startedAt: Timestamp

    /// - Throws: `ConfigurationError` if another process uses the data directory; what librdkafka says of properties.
    public init(
        settings: ServiceSettings, logic: Logic, logger: Logger,
        clock: @escaping @Sendable () -> Timestamp = ShardSettings.systemClock
    ) throws {
        self.settings = settings
        self.logger = logger
        self.clock = clock
        startedAt = clock()
        dealerships = settings.dealerships
        lock = try DataDirectoryLock(settings.dataDirectory)
        producer = try KafkaProducer(configuration: settings.kafka, kind: .kept, logger: logger)
        passingProducer = try KafkaProducer(configuration: settings.kafka, kind: .passing, logger: logger)
        log = EventLog(names: settings.names, partitions: settings.partitions, appender: producer)
        self.passing = EventLog(names: settings.names, partitions: settings.partitions, appender: passingProducer)
        admin = try KafkaAdmin(configuration: settings.kafka, logger: logger)
        let snapshots = try settings.makeSnapshotFolder()
        shards = ShardPool(
            logic: logic,
            settings: ShardSettings(
                names: settings.names, partitions: settings.partitions, dataDirectory: settings.dataDirectory,
                instanceId: settings.instanceId, address: settings.advertise,
                sessionTimeoutMs: settings.sessionTimeoutMs, snapshots: snapshots,
                snapshotEvery: settings.snapshotEvery, clock: clock),
            log: log, client: KafkaLogClient(settings.kafka, admin: admin), logger: logger)
        http = OwnerProxy.makeClient()
        proxy = OwnerProxy(http: http)
        // A service that was given no visitor secret believes no visitor's token: nobody knows this key.
        tokens = VisitorTokens(
            secret: settings.visitorSecret ?? .random(), dealerships: settings.dealerships, now: clock)
        staffAuth = StaffAuthenticator(
            source: settings.staffKeys, dealerships: settings.dealerships, http: http, logger: logger, now: clock)
        measure()
    }

    private func measure() {
        let (shards, gauges) = (shards, ShardGauges())
        let process = ProcessGauges(service: settings.name, dataDirectory: settings.dataDirectory)
        probes.add { gauges.set(await shards.status()) }
        Meter(label: "dc_partitions").set(Double(settings.partitions))
        probes.add { process.measure() }
        for label in ["dc_owner_unreachable", "dc_owed_failures", "dc_records_folded", "dc_records_skipped"] {
            let isOfFolds = label.hasPrefix("dc_records")
            Counter(label: label, dimensions: isOfFolds ? [("service", settings.name)] : []).increment(by: 0)
        }
        for result in ["made", "failed", "refused"] {
            Counter(label: "dc_snapshots", dimensions: [("result", result)]).increment(by: 0)
        }
        for reason in MalformedEvent.reasons {
            Counter(label: "dc_dead_letters", dimensions: [("reason", reason)]).increment(by: 0)
        }
    }

    /// The topics have been ensured. Nothing may be sent to one before: a broker that makes topics when they are first
    /// asked for would make it with a number of partitions of its own.
    public var hasTopics: Bool { topicsAreThere.load(ordering: .acquiring) }

    deinit {
        // A client must be shut down before it goes, also where a service was put together and never run.
        let http = http
        Task { try? await http.shutdown() }
    }

    // MARK: Who asks

    /// - Throws: a 401 problem.
    public func staff(_ request: Request) async throws -> StaffIdentity {
        try await staffAuth.identity(request)
    }

    /// - Throws: a 401 problem, or a 403 one if the page's origin is not the dealership's.
    public func visitor(_ request: Request) async throws -> VisitorIdentity {
        let identity = try await tokens.verify(BearerToken(request).text)
        try checkOrigin(request, identity.dealership)
        return identity
    }

    /// Only the dealership's own pages, and those that this server serves, speak for its visitors. No browser sends a
    /// request across origins without the header, so a request without it is none of theirs.
    public func checkOrigin(_ request: Request, _ dealership: Dealership) throws {
        guard let origin = request.headers[.origin], !dealership.origins.contains(origin),
            !Origin.isOwn(origin, authority: request.head.authority)
        else { return }
        throw Problem.forbidden("foreign-origin", "this page's origin is not one of the dealership's")
    }

    // MARK: Where it is answered

    /// Answers from the dealership's shard: here if it is live here, else through its owner.
    ///
    /// Read the request's body inside `body` only: what was read before cannot be sent on.
    /// - Throws: a 503 problem with `Retry-After` where nobody can answer now.
    public func owned(
        _ dealership: String, _ request: Request, _ context: AppContext,
        _ body: (Shard) async throws -> Response
    ) async throws -> Response {
        let shard: Shard
        do {
            shard = try shards.shard(of: dealership)
        } catch {
            return try await proxy.answer(error, request, context)
        }
        return try await body(shard)
    }

    /// A stream of events. It ends when `body` returns or throws, which must be when the shard's `changes()` end, so
    /// that the client reconnects and reaches the next owner.
    ///
    /// - Parameters:
    ///   - key: whose stream it is, for the limit of streams a person.
    ///   - expiry: when the token ends; the stream does not outlive it.
    public func eventStream(
        _ request: Request, _ context: AppContext, for key: String, until expiry: Timestamp,
        _ body: @escaping @Sendable (EventStreamWriter) async throws -> Void
    ) throws -> Response {
        try edge.eventStream(
            request, context, for: key, until: expiry, now: clock(), mark: LastSeen.mark(settings.partitions), body)
    }

    // MARK: What operators see

    /// Adds a member to `/status`.
    public func addStatus(_ name: String, _ section: @escaping @Sendable () async -> any Encodable & Sendable) {
        board.add(name, section)
    }

    /// Adds what is measured whenever `/metrics` is asked for.
    public func addProbe(_ probe: @escaping @Sendable () async -> Void) {
        probes.add(probe)
    }

    /// Adds a condition to `/readyz`: what is missing, or nil.
    public func addReadiness(_ reason: @escaping @Sendable () async -> String?) {
        board.addReason(reason)
    }
}
