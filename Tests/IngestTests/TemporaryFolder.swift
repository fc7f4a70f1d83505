import Contracts
import Foundation
import Testing

@testable import Ingest

/// A folder of its own for a test, deleted with it.
final class TemporaryFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "ingest-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    var spool: String { url.appending(path: "ingest-spool.sqlite").path }

    deinit { try? FileManager.default.removeItem(at: url) }
}

func entry(
    _ clientMessageId: String, _ text: String = "hello", conversation: String = "web-1", partition: Int32 = 0,
    at milliseconds: Int64 = 1_000
) -> SpoolEntry {
    SpoolEntry(
        MessageReceived(
            conversationId: conversation, clientMessageId: clientMessageId, channel: .web, text: text,
            visitorId: "v-1"),
        dealership: "north", partition: partition, at: Timestamp(milliseconds: milliseconds))
}

/// Waits for a condition, for at most a minute.
func eventually(_ condition: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while try await !condition() {
        guard ContinuousClock.now < deadline else {
            Issue.record("the condition did not come true")
            return
        }
        try await Task.sleep(for: .milliseconds(5))
    }
}
