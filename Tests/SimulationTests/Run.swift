import Contracts
import Foundation
import Kafka
import Shards
import Simulation
import Synchronization

/// One run of a scenario, on one thread.
struct Run {
    struct Outcome: Sendable {
        var violations: [String]
        var hash: UInt64
        var lines: [String]
        var jobs: Int
        /// Simulated.
        var milliseconds: Int64
        /// Calls to the outside of the first process of each service, until people were done.
        var steps: [ServiceName: Int]
        var halts: Int
        var lost: Int
    }

    let scenario: Scenario
    let isTold: Bool

    func outcome() throws -> Outcome {
        FaultyFiles.install()
        let queue = JobQueue(seed: scenario.seed)
        defer { queue.uninstall() }
        let time = SimulatedTime()
        let log = SimulatedLog()
        let trace = Trace(isTold: isTold) { time.now }
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let fleet = Fleet(scenario, log: log, time: time, trace: trace, folder: folder)
        let (book, violations) = (Book(), Violations())
        let isOver = Mutex(false)
        let play = Task {
            do { try await Play(fleet: fleet, book: book, violations: violations).run() } catch {
                violations.note("the run failed: \(error)")
            }
            isOver.withLock { $0 = true }
        }
        drive(queue, time, log, violations) { isOver.withLock { $0 } }
        play.cancel()
        for instance in fleet.all { instance.process.kill() }
        return Outcome(
            violations: violations.found, hash: trace.hash, lines: trace.lines, jobs: queue.count,
            milliseconds: time.now, steps: book.steps, halts: book.halts, lost: book.lost.count)
    }

    /// Runs jobs while there are any; time passes only then.
    private func drive(
        _ queue: JobQueue, _ time: SimulatedTime, _ log: SimulatedLog, _ violations: Violations,
        until isOver: () -> Bool
    ) {
        var (jobs, sinceTime) = (0, Int64(0))
        while !isOver() {
            if queue.step() {
                jobs += 1
                guard jobs > 200_000 else { continue }
                return violations.note("the run goes round and round at \(time.now) ms")
            }
            (jobs, sinceTime) = (0, time.now)
            let next = min(time.nextDue ?? .max, log.look { $0.nextDue } ?? .max, sinceTime + 1_000)
            guard next < 1_000_000 else { return violations.note("the run does not end") }
            time.advance(to: next)
            log.change { $0.advance(milliseconds: next - sinceTime) }
        }
    }

    private static func folder() throws -> URL {
        let memory = URL(filePath: "/dev/shm")
        let isThere = FileManager.default.isWritableFile(atPath: memory.path)
        let folder = (isThere ? memory : FileManager.default.temporaryDirectory)
            .appending(path: "directchat-simulation-\(ProcessInfo.processInfo.processIdentifier)")
        try? FileManager.default.removeItem(at: folder)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }
}
