import ArgumentParser
import CRdKafka
import Dispatch
import Foundation
import TestKit

/// librdkafka's mock cluster in a process of its own, for tests of failover: it evicts dead members.
@main
struct MockBroker: AsyncParsableCommand {
    @Option(help: "Written with the bootstrap servers once they answer.") var portFile: String
    @Option(help: "Topics to make, comma-separated.") var topics: String
    @Option(help: "Partitions of each topic.") var partitions: Int32 = 12
    @Option(help: "Number of brokers.") var brokers: Int32 = 1

    func run() async throws {
        signal(SIGTERM, SIG_IGN)
        signal(SIGINT, SIG_IGN)
        let cluster = try MockCluster(
            topics: topics.split(separator: ",").map(String.init), partitions: partitions, brokers: brokers)
        try Data((cluster.bootstrapServers + "\n").utf8).write(to: URL(filePath: portFile), options: .atomic)
        print(cluster.bootstrapServers)
        fflush(nil)
        let ended = AsyncStream<Void>.makeStream()
        let sources = [SIGTERM, SIGINT].map { DispatchSource.makeSignalSource(signal: $0, queue: .global()) }
        for source in sources {
            source.setEventHandler { ended.continuation.finish() }
            source.resume()
        }
        for await _ in ended.stream {}
        withExtendedLifetime((cluster, sources)) {}
    }
}
