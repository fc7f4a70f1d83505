import Foundation
import Logging
import Synchronization

/// What happened in a run: a hash of it, by which two runs are compared, and on demand the lines themselves.
final class Trace: Sendable {
    private struct State {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        var lines: [String] = []
    }

    /// Whether anybody is to read it.
    let isTold: Bool
    private let state = Mutex(State())
    private let now: @Sendable () -> Int64

    init(isTold: Bool, now: @escaping @Sendable () -> Int64) {
        self.isTold = isTold
        self.now = now
    }

    var hash: UInt64 { state.withLock { $0.hash } }
    var lines: [String] { state.withLock { $0.lines } }

    func note(_ line: String) {
        let time = now()
        state.withLock { state in
            for byte in line.utf8 { state.hash = (state.hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
            state.hash = (state.hash ^ UInt64(truncatingIfNeeded: time)) &* 0x100_0000_01b3
            if isTold { state.lines.append(Self.line(time, line)) }
        }
    }

    /// Not part of the hash: what services say in their logs.
    func tell(_ line: String) {
        guard isTold else { return }
        let time = now()
        state.withLock { $0.lines.append(Self.line(time, line)) }
    }

    private static func line(_ time: Int64, _ text: String) -> String {
        let thousandths = String(time % 1_000 + 1_000).dropFirst()
        return "\(time / 1_000).\(thousandths)  \(text)"
    }

    /// The log of a process.
    func logger(of process: String) -> Logger {
        let trace = self
        return Logger(label: process) { TraceLogHandler(trace: trace, process: $0) }
    }
}

private struct TraceLogHandler: LogHandler {
    let trace: Trace
    let process: String
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level

    init(trace: Trace, process: String) {
        self.trace = trace
        self.process = process
        logLevel = trace.isTold ? .info : .critical
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        let details = all.map { " \($0.key)=\($0.value)" }.joined()
        trace.tell("\(process): \(event.message)\(details)\(event.error.map { " error=\($0)" } ?? "")")
    }
}
