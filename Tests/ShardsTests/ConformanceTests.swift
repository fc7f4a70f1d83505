import Foundation
import Testing

@testable import Shards

/// One promise of the loop, written once for every log.
struct ConformanceCase: Sendable {
    let name: String
    let needs: Set<Capability>
    let partitions: Int32
    let run: @Sendable (ConformanceWorld) async throws -> Void

    init(
        _ name: String, needs: Set<Capability> = [], partitions: Int32 = 1,
        run: @escaping @Sendable (ConformanceWorld) async throws -> Void
    ) {
        self.name = name
        self.needs = needs
        self.partitions = partitions
        self.run = run
    }

    /// Those of this run; `CONFORMANCE_CASE=zombie` narrows it.
    static let all = (folding + refusing + trouble + members + harm).filter {
        $0.name.hasSomewhere(ProcessInfo.processInfo.environment["CONFORMANCE_CASE"] ?? "")
    }
}

/// Every case over every log that this run has.
@Suite struct ConformanceTests {
    struct Pair: CustomTestStringConvertible, Sendable {
        let test: ConformanceCase
        let log: LogKind

        var testDescription: String { "\(test.name), over \(log.rawValue)" }

        static let all = LogKind.present.flatMap { log in ConformanceCase.all.map { Pair(test: $0, log: log) } }
    }

    @Test(arguments: Pair.all) func theLoop(_ pair: Pair) async throws {
        let lacking = pair.test.needs.subtracting(pair.log.capabilities).sorted().map(\.rawValue)
        guard lacking.isEmpty else {
            print("skipped: \(pair.testDescription), which lacks \(lacking.joined(separator: ", "))")
            return Scores.shared.count(pair.log, .skipped(lacking))
        }
        let gate = Scores.shared.gate(pair.log)
        try await gate.enter()
        let outcome = await run(pair)
        await gate.leave()
        Scores.shared.count(pair.log, outcome)
        if case .failed(let error) = outcome { throw error }
    }

    private func run(_ pair: Pair) async -> Scores.Outcome {
        do {
            let world = try await ConformanceWorld(pair.log, partitions: pair.test.partitions)
            let result: Result<Void, any Error>
            do { result = .success(try await pair.test.run(world)) } catch { result = .failure(error) }
            try await world.end()
            try result.get()
            return .passed
        } catch let unseen as Unseen {
            print("skipped: \(pair.testDescription): \(unseen.why)")
            return .skipped(["luck"])
        } catch {
            return .failed(error)
        }
    }
}
