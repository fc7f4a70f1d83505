import ArgumentParser
import Contracts
import Foundation
import GRDB
import Kafka
import Shards

/// Reads customers' messages and folds them with the code that the services' loop runs on a shard's file.
struct Fold: AsyncParsableCommand {
    @OptionGroup var options: BenchmarkOptions
    @Option(name: .customShort("f"), help: "the SQLite file to make") var file: String

    func run() async throws {
        guard let topic = Topic.allCases.first(where: { options.topic.hasSuffix($0.rawValue) }) else {
            throw ValidationError("\(options.topic) is none of the services' topics")
        }
        let names = TopicNames(prefix: String(options.topic.dropLast(topic.rawValue.count)))
        let shard = try ShardFile(
            url: URL(filePath: file), logic: MessageLogic(), partition: 0, partitions: options.partitions, names: names)
        var folded = 0
        let elapsed = try await readFromStart(options) { records in
            folded += try await shard.apply(records, verifying: []).folded
        }
        options.report(folded, elapsed)
        await shard.close()
    }
}

/// The C program's two tables: what is compared is the way to them.
struct MessageLogic: ShardLogic {
    let service = "benchmark"
    let schemaVersion = 1
    let lead = Feed.kept(.messages)
    let follows: [Feed] = []
    let canonicalTables = ["messages", "conversations"]

    func createTables(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE messages (
                    "offset" INTEGER PRIMARY KEY, conversation TEXT NOT NULL, client_id TEXT NOT NULL,
                    text TEXT NOT NULL, at INTEGER NOT NULL, UNIQUE (conversation, client_id));
                CREATE TABLE conversations (
                    "key" INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, messages INTEGER NOT NULL,
                    last_message INTEGER NOT NULL);
                """)
    }

    func fold(_ event: Event, at coordinates: Coordinates, in db: Database) throws {
        guard event.type == MessageReceived.type else { throw UnknownEventType() }
        let message = try event.payload(MessageReceived.self)
        try db.cachedStatement(sql: "INSERT OR IGNORE INTO messages VALUES (?, ?, ?, ?, ?)").execute(
            arguments: [
                coordinates.offset, message.conversationId, message.clientMessageId, message.text,
                event.time.milliseconds,
            ])
        guard db.changesCount > 0 else { return }
        try db.cachedStatement(
            sql: """
                INSERT INTO conversations (id, messages, last_message) VALUES (?, 1, ?)
                ON CONFLICT (id) DO UPDATE SET messages = messages + 1, last_message = excluded.last_message
                """
        ).execute(arguments: [message.conversationId, coordinates.offset])
    }
}
