import ArgumentParser
import Kafka

/// Reads a topic from its start and touches each value.
struct Consume: AsyncParsableCommand {
    @OptionGroup var options: BenchmarkOptions

    func run() async throws {
        var sum = 0
        let elapsed = try await readFromStart(options) { records in
            for record in records {
                if let value = record.value { sum &+= value.count &+ Int(value.first ?? 0) }
            }
        }
        options.report(options.records, elapsed)
        guard sum > 0 else { throw ValidationError("empty values") }
    }
}
