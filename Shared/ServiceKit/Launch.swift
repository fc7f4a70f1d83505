import Foundation
import Logging
import Metrics

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// How a service's `main` begins.
public enum Launch {
    /// Reads and checks the configuration, sets logging and metrics up, says what is configured, and runs `body`;
    /// with `--check` it only says that all is well.
    ///
    /// - Throws: `ConfigurationError`, or what `body` throws: the process ends with a non-zero status.
    public static func run(
        name: String, port: Int, options: ServiceOptions, needs: Set<ServiceSettings.Need> = [],
        _ body: (ServiceSettings, Logger) async throws -> Void
    ) async throws {
        let settings = try ServiceSettings(name: name, port: port, options: options, needs: needs)
        let instance = settings.instance
        let level = settings.logLevel
        LoggingSystem.bootstrap { label in
            JSONLogHandler(label: label, service: name, instance: instance, level: level)
        }
        let logger = Logger(label: name)
        if settings.isCheck {
            logger.info("the configuration is valid", metadata: settings.redacted)
            return
        }
        MetricsSystem.bootstrap(PrometheusFactory(registry: MetricsRegistry.shared))
        raiseFileLimit(logger)
        // What customers wrote, and their numbers, are in the files: nobody else on the machine is to read them.
        umask(0o077)
        logger.info("starting \(Version.current)", metadata: settings.redacted)
        do {
            try await body(settings, logger)
        } catch {
            logger.critical("ended by an error", metadata: ["error": "\(error)"])
            throw error
        }
        logger.info("stopped")
    }

    /// Each connection is a file; the usual soft limit of 1,024 is far below what the process may have.
    private static func raiseFileLimit(_ logger: Logger) {
        var limit = rlimit()
        #if canImport(Glibc)
            let resource = __rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue))
        #else
            let resource = RLIMIT_NOFILE
        #endif
        guard getrlimit(resource, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        if setrlimit(resource, &limit) != 0 { logger.notice("the limit of open files stays low") }
    }
}
