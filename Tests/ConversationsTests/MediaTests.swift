import Contracts
import GRDB
import HTTPTypes
import HummingbirdCore
import ServiceKit
import Testing

@testable import Conversations

/// Files that strangers sent.
@Suite struct MediaTests {
    private let shard: TestShard
    private var log = Log()
    private let sha256 = String(repeating: "a", count: 64)

    init() throws {
        shard = try TestShard()
    }

    private func place(_ message: String, _ index: Int64, of id: String = "sms-1") throws -> String? {
        try shard.read { db in
            let conversation = try #require(try Threads().conversation(id, dealership: "d1", in: db))
            return try Media.place(of: message, index, conversation, in: db).map { "\($0.contentType) \($0.sha256)" }
        }
    }

    @Test mutating func onlyWhatIsStoredAndOfThisConversation() throws {
        let files = [
            MediaReference(url: "https://example.com/0", contentType: "image/jpeg"),
            MediaReference(url: "https://example.com/1", contentType: "image/jpeg"),
        ]
        log.append(
            MessageReceived(
                conversationId: "sms-1", clientMessageId: "a", channel: .sms, text: "", from: "+13145550123",
                to: "+13145550100", media: files))
        log.received("c1", "a")
        log.append(
            MessageMedia(
                conversationId: "sms-1", messageId: "sms-1.c.a", index: 0, state: .stored, contentType: "image/png",
                bytes: 3, sha256: sha256))
        log.append(
            MessageMedia(conversationId: "sms-1", messageId: "sms-1.c.a", index: 1, state: .refused, reason: "size"))
        try shard.fold(log)
        #expect(shard.refused.isEmpty)
        #expect(try place("sms-1.c.a", 0) == "image/png \(sha256)")
        #expect(try place("sms-1.c.a", 1) == nil)
        #expect(try place("sms-1.c.a", 2) == nil)
        #expect(try place("sms-1.c.b", 0) == nil)
        #expect(try place("sms-1.c.a", 0, of: "c1") == nil)
    }

    @Test func aBrowserRunsNothingOfIt() {
        let photo = Media.response([1], "image/jpeg")
        #expect(photo.headers[.contentType] == "image/jpeg")
        #expect(photo.headers[.contentDisposition] == "inline")
        #expect(Media.response([1], "application/pdf").headers[.contentDisposition] == "attachment")
        for type in ["text/html", "image/svg+xml", "application/javascript", "image/jpeg; charset=utf-8", ""] {
            let file = Media.response([1], type)
            #expect(file.headers[.contentType] == "application/octet-stream", "\(type)")
            #expect(file.headers[.contentDisposition] == "attachment")
            #expect(file.headers[.xContentTypeOptions] == "nosniff")
            #expect(file.headers[.contentSecurityPolicy] == "sandbox")
        }
    }
}
