import Foundation
import Logging

/// The log of the libraries, on standard error: results have standard output to themselves.
enum ToolLog {
    static func start(_ label: String) -> Logger {
        let text = ProcessInfo.processInfo.environment["DIRECTCHAT_LOG_LEVEL"]?.lowercased()
        let level = text.flatMap(Logger.Level.init(rawValue:)) ?? .warning
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        return Logger(label: label)
    }
}
