import Contracts
import GRDB
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceKit

/// `GET /v1/conversations/{id}/messages/{messageId}/media/{n}`: a file that came with a text, for staff alone.
///
/// It is a stranger's: it goes out as what it was found to be, from a short list, and never as something that a browser
/// runs in this page's name.
struct Media: Sendable {
    let desk: Desk
    /// Nil: files are named, not shown.
    let store: (any MediaStore)?

    func add(to router: Router<AppContext>) {
        router.get("/v1/conversations/:id/messages/:message/media/:index") { request, context in
            try await file(request, context)
        }
    }

    private static let nothing = Problem.notFound("no such file")

    private func file(_ request: Request, _ context: AppContext) async throws -> Response {
        try await desk.serve(request, context) { visit in
            let message = try context.parameters.require("message")
            guard let store, let index = Int64(try context.parameters.require("index")) else { throw Self.nothing }
            let found = try await visit.conversation(context) { conversation, db in
                try Self.place(of: message, index, conversation, in: db)
            }
            guard let found, let bytes = try await store.bytes(found.sha256) else { throw Self.nothing }
            return Self.response(bytes, found.contentType)
        }
    }

    /// The name that only the log knows: none comes from the request.
    static func place(
        of message: String, _ index: Int64, _ conversation: Conversation, in db: Database
    ) throws -> (sha256: String, contentType: String)? {
        guard let offset = try Threads().offset(of: message, conversation: conversation.id, in: db) else { return nil }
        let statement = try db.cachedStatement(
            sql: """
                SELECT sha256, content_type FROM attachments WHERE "offset" = ? AND idx = ? AND state = 'stored'
                """)
        guard let row = try Row.fetchOne(statement, arguments: [offset, index]), let sha256: String = row[0] else {
            return nil
        }
        return (sha256, row[1])
    }

    private static let images: Set<String> = ["image/jpeg", "image/png", "image/gif", "image/webp"]
    private static let others: Set<String> = [
        "application/pdf", "audio/amr", "audio/mp4", "audio/mpeg", "audio/ogg", "text/vcard", "video/3gpp", "video/mp4",
        "video/quicktime",
    ]

    static func response(_ bytes: [UInt8], _ contentType: String) -> Response {
        let isImage = images.contains(contentType)
        return Response(
            status: .ok,
            headers: [
                .contentType: isImage || others.contains(contentType) ? contentType : "application/octet-stream",
                .contentDisposition: isImage ? "inline" : "attachment", .xContentTypeOptions: "nosniff",
                .contentSecurityPolicy: "sandbox", .cacheControl: "private, no-store",
            ], body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
