import Foundation

/// What `compose/simulate` asks for.
struct Command: Sendable {
    /// Runs seeds `from`, `from + step`, … until there were `count` or the time is over.
    var (from, count, step): (UInt64, Int, UInt64) = (1, 2_000, 1)
    var minutes: Double?
    /// Ends with the first seed that fails.
    var stopsAtFirst = false
    /// One seed, told line by line.
    var seed: UInt64?
    /// A crash at each step of this scenario's seed instead.
    var crashes: UInt64?

    init(_ arguments: [String]) throws {
        var rest = arguments[...]
        func value<T>(_ name: String, _ convert: (String) -> T?) throws -> T {
            guard let text = rest.popFirst(), let value = convert(text) else { throw Usage("\(name) wants a number") }
            return value
        }
        while let name = rest.popFirst() {
            switch name {
            case "--seeds": count = try value(name) { Int($0) }
            case "--from": from = try value(name) { UInt64($0) }
            case "--first": stopsAtFirst = true
            case "--step": step = try value(name) { UInt64($0) }
            case "--minutes": minutes = try value(name) { Double($0) }
            case "--seed": seed = try value(name) { UInt64($0) }
            case "--crashes": crashes = try value(name) { UInt64($0) }
            default: throw Usage("\(name) is not known")
            }
        }
    }

    struct Usage: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    /// - Returns: how many runs failed.
    func run() -> Int {
        if let seed { return replay(Scenario(seed: seed), "seed \(seed)") ? 0 : 1 }
        return crashes.map(crashEverywhere) ?? seeds()
    }

    private func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

    private func outcome(_ scenario: Scenario, isTold: Bool = false) -> Run.Outcome? {
        do { return try Run(scenario: scenario, isTold: isTold).outcome() } catch {
            say("the run could not be set up: \(error)")
            return nil
        }
    }

    /// Told, and run again to see that it is the same run.
    private func replay(_ scenario: Scenario, _ name: String) -> Bool {
        say("\(name): \(scenario.cast), \(scenario.partitions) partitions, \(scenario.instances) instances each")
        for fault in scenario.faults { say("fault at \(fault.at) ms + \(fault.jobs) turns: \(fault.kind)") }
        guard let first = outcome(scenario, isTold: true), let second = outcome(scenario) else { return false }
        for line in first.lines { say(line) }
        for violation in first.violations { say("VIOLATED: \(violation)") }
        if first.hash != second.hash || first.jobs != second.jobs { say("VIOLATED: the same seed gave another run") }
        say("\(first.jobs) jobs, \(first.milliseconds) ms simulated, trace \(String(first.hash, radix: 16))")
        return first.violations.isEmpty && first.hash == second.hash
    }

    private func seeds() -> Int {
        let began = ContinuousClock.now
        var (done, failed, again) = (0, 0, 0)
        var (jobs, halts, lost) = (0, 0, 0)
        for number in 0..<count {
            if stopsAtFirst, failed > 0 { break }
            if let minutes, ContinuousClock.now - began > .seconds(minutes * 60) { break }
            let seed = from + UInt64(number) * step
            guard let outcome = outcome(Scenario(seed: seed)) else { return failed + 1 }
            var violations = outcome.violations
            // A few are run twice: a seed that gives another run each time replays nothing.
            if number % 50 == 0 {
                again += 1
                if self.outcome(Scenario(seed: seed))?.hash != outcome.hash {
                    violations.append("the same seed gave another run")
                }
            }
            done += 1
            (jobs, halts, lost) = (jobs + outcome.jobs, halts + outcome.halts, lost + outcome.lost)
            guard !violations.isEmpty else { continue }
            failed += 1
            say("FAILED seed \(seed); replay: compose/simulate --seed \(seed)")
            for violation in violations { say("  \(violation)") }
        }
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        say(
            "seeds \(from)...: \(jobs) jobs, \(lost) records lost by the broker, \(halts) shards resumed, \(again) runs "
                + "repeated, \(Int(seconds * 1_000) / max(1, done + again)) ms each")
        say("\(done - failed) passed, \(failed) failed")
        return failed
    }

    private func crashEverywhere(_ seed: UInt64) -> Int {
        var (done, failed) = (0, 0)
        var steps: [String] = []
        func quiet(_ service: ServiceName, _ step: Int, _ isAnswered: Bool) -> Scenario {
            Scenario(
                crashing: service, cast: service == .presence ? .dots : .chat, seed: seed, step: step,
                isAnswered: isAnswered)
        }
        for service in ServiceName.allCases {
            guard let calm = outcome(quiet(service, 0, false)), let count = calm.steps[service], count > 0 else {
                say("\(service.rawValue) does nothing in scenario \(seed)")
                return failed + 1
            }
            steps.append("\(service.rawValue) \(count)")
            for step in 1...count {
                guard let outcome = outcome(quiet(service, step, step % 2 == 0)) else { return failed + 1 }
                done += 1
                guard !outcome.violations.isEmpty else { continue }
                failed += 1
                say("FAILED: \(service.rawValue) crashes at step \(step) of scenario \(seed)")
                for violation in outcome.violations { say("  \(violation)") }
            }
        }
        say("crashes at every step of scenario \(seed): \(steps.joined(separator: ", "))")
        say("\(done - failed) passed, \(failed) failed")
        return failed
    }
}
