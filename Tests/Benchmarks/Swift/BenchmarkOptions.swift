import ArgumentParser
import Kafka
import Logging

/// The same letters as the C programs take.
struct BenchmarkOptions: ParsableArguments {
    @Option(name: .customShort("t")) var topic: String
    @Option(name: .customShort("p")) var partitions: Int32 = 1
    @Option(name: .customShort("n")) var records: Int
    @Option(name: .customShort("X"), help: "property=value, also the bootstrap servers") var properties: [String] = []

    func configuration() throws -> KafkaConfiguration {
        var properties: [String: String] = [:]
        for property in self.properties {
            let parts = property.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw ValidationError("\(property) is not property=value") }
            properties[String(parts[0])] = String(parts[1])
        }
        guard let servers = properties.removeValue(forKey: "bootstrap.servers") else {
            throw ValidationError("-X bootstrap.servers=… is missing")
        }
        return KafkaConfiguration(bootstrapServers: servers, clientId: "benchmark", properties: properties)
    }

    var logger: Logger { Logger(label: "benchmark") }

    func report(_ records: Int, _ elapsed: Duration) {
        print("\(records) records in \(elapsed / .seconds(1)) s")
    }
}

/// Reads batch by batch until all records have come.
/// - Returns: the time since the first of them arrived; before that the broker makes its answer.
func readFromStart(_ options: BenchmarkOptions, _ body: ([Record]) async throws -> Void) async throws -> Duration {
    let reader = try KafkaReader(configuration: options.configuration(), logger: options.logger)
    var starts: [TopicPartition: Int64] = [:]
    for partition in 0..<options.partitions { starts[TopicPartition(topic: options.topic, partition: partition)] = 0 }
    var seen = 0
    let clock = ContinuousClock()
    var began = clock.now
    try await reader.start(starts)
    while seen < options.records {
        switch try await reader.next() {
        case .records(let records):
            if seen == 0 { began = clock.now }
            try await body(records)
            seen += records.count
        case .fault(_, let error): throw error
        case nil: throw ValidationError("the reader ended after \(seen) records")
        default: break
        }
    }
    let elapsed = began.duration(to: clock.now)
    await reader.close()
    return elapsed
}
