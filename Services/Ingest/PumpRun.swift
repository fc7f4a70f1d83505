import ServiceLifecycle

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
