import Contracts
import ServiceLifecycle
import Shards

/// The pump as a part of the process: it stops after the HTTP server and before the producers.
struct PumpRun: ServiceLifecycle.Service {
    let pump: SpoolPump

    func run() async throws {
        try await pump.run {
            // Also returns when the task is cancelled.
            try? await gracefulShutdown()
        }
    }
}

/// What the loop finds wrong with the log of `messages` concerns the spool too: it has what the log lost.
struct TroubleRun: ServiceLifecycle.Service {
    let pump: SpoolPump
    let troubles: AsyncStream<(partition: Int32, trouble: LogTrouble)>

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await (partition, trouble) in troubles {
                guard trouble.topic == .messages, trouble.kind != .partitions else { continue }
                await pump.logLost(partition)
            }
        }
    }
}
