import AsyncHTTPClient
import Contracts
import Foundation
import Hummingbird
import Kafka
import Logging
import NIOCore
import ServiceLifecycle
import Shards
import Synchronization
import UnixSignals

extension Service {
    /// Runs until SIGTERM or SIGINT, then stops within 20 s: no new connections, streams end, the shards are released,
    /// the producers hand over what they hold.
    ///
    /// - Parameter extra: the service's own; they stop after the shards and before the producers.
    /// - Throws: the fatal error that ended one of them.
    public func run(_ router: Router<AppContext>, extra: [any ServiceLifecycle.Service] = []) async throws {
        var parts: [ServiceGroupConfiguration.ServiceConfiguration] = []
        // Stopped last to first. One that fails takes the others down as gracefully, and the error comes out of here.
        func add(_ part: any ServiceLifecycle.Service) {
            parts.append(.init(service: part, failureTerminationBehavior: .gracefullyShutdownGroup))
        }
        add(Producers(kept: producer, passing: passingProducer, admin: admin, logger: logger))
        for part in extra { add(part) }
        add(ShardLoop(service: self))
        add(LagWatch(service: self))
        add(edge.application(router, host: settings.host, port: settings.port, logger: logger))
        add(ClockWatch(wall: clock))
        add(StopWatch(logger: logger))
        var configuration = ServiceGroupConfiguration(
            services: parts, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(Limits.stopGraceSeconds + Limits.stopDrainSeconds)
        let outcome: Result<Void, any Error>
        do {
            try await ServiceGroup(configuration: configuration).run()
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        try? await http.shutdown()
        try outcome.get()
    }

    /// What every topic must be like; all services ensure all topics, so that the order of starting does not matter.
    var topics: [TopicSpecification] {
        settings.names.specifications(
            partitions: settings.partitions, replicationFactor: settings.replicationFactor)
    }
}

/// Topics, then the loop.
private struct ShardLoop<Logic: ShardLogic>: ServiceLifecycle.Service {
    let service: Service<Logic>

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            do {
                try await ensureTopics()
                try await service.shards.run()
            } catch is CancellationError {
                return
            }
        }
    }

    /// A broker that is down is waited for: ingest takes messages meanwhile. A topic that is wrong is fatal.
    private func ensureTopics() async throws {
        while true {
            do {
                try await untilCancelled {
                    try await service.admin.ensure(
                        service.topics, allowSingleReplica: service.settings.allowSingleReplica)
                }
                return service.topicsAreThere.store(true, ordering: .releasing)
            } catch let error as KafkaError where error.isRetriable {
                service.logger.warning("the broker does not answer yet", metadata: ["error": "\(error)"])
                try await Task.sleep(for: .seconds(1))
            }
        }
    }
}

/// Asks how far the topics go, beside the loop: what waits to be folded is seen also where nothing is fetched.
private struct LagWatch<Logic: ShardLogic>: ServiceLifecycle.Service {
    let service: Service<Logic>

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await Task.sleep(for: Limits.lagEvery)
                // A broker that is away has no ends to tell: what it said last stands.
                if service.hasTopics { try? await service.shards.lookAtEnds() }
            }
        }
    }
}

/// Last to stop: what was accepted is handed over.
private struct Producers: ServiceLifecycle.Service {
    let kept: KafkaProducer
    let passing: KafkaProducer
    let admin: KafkaAdmin
    let logger: Logger

    func run() async throws {
        // Cancelled or stopped: both end here, and both drain.
        try? await gracefulShutdown()
        async let beats = passing.close(timeout: .seconds(1))
        let left = await kept.close(timeout: .seconds(Limits.stopDrainSeconds))
        if left > 0 { logger.warning("records remain unacknowledged", metadata: ["records": "\(left)"]) }
        _ = await beats
        await closeAdmin()
    }

    /// It has nothing to hand over, and may be in the middle of a call that waits for a broker that is down.
    private func closeAdmin() async {
        let admin = admin
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await untilCancelled { await admin.close() } }
            group.addTask { try? await Task.sleep(for: .seconds(1)) }
            await group.next()
            group.cancelAll()
        }
    }
}

/// First to hear of a stop: sees to it that the process ends, whatever hangs.
private struct StopWatch: ServiceLifecycle.Service {
    let logger: Logger

    func run() async throws {
        try? await gracefulShutdown()
        guard !Task.isCancelled else { return }
        logger.info("stopping")
        let logger = logger
        // A thread: tasks would wait behind whatever blocks the pool.
        Thread.detachNewThread {
            Thread.sleep(forTimeInterval: TimeInterval(Limits.stopSeconds) - 0.5)
            logger.critical("the stop took too long")
            exit(1)
        }
    }
}
