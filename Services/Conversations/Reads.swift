import Contracts
import GRDB
import HTTPTypes
import Hummingbird
import ServiceKit
import Shards

/// What staff read: who they are, lists, threads, timelines and the stream.
struct Reads: Sendable {
    let desk: Desk

    func add(to router: Router<AppContext>) {
        let group = router.group("/v1/conversations")
        group.get { request, context in try await list(request, context) }
        group.get("/:id") { request, context in try await one(request, context) }
        group.get("/:id/messages") { request, context in try await messages(request, context) }
        group.get("/:id/activity") { request, context in try await activity(request, context) }
        router.get("/v1/me") { request, _ in try Response.json(.ok, Me(try await desk.service.staff(request))) }
        router.get("/v1/stream") { request, context in try await stream(request, context) }
    }

    private func list(_ request: Request, _ context: AppContext) async throws -> Response {
        try await desk.serve(request, context) { visit in
            var list = ConversationList(dealership: visit.dealership, staff: visit.staff.id, now: desk.now())
            list.terms = desk.terms(visit.dealership)
            if let text = request.query("filter") {
                guard let filter = ConversationFilter(rawValue: text) else {
                    let names = ConversationFilter.allCases.map(\.rawValue).joined(separator: ", ")
                    throw Problem.badRequest("invalid-parameter", "filter is none of \(names)", field: "filter")
                }
                list.filter = filter
            }
            list.deal = try request.identifier("deal")
            list.search = try request.search()
            list.limit = try request.limit(default: Limits.conversations, maximum: Limits.maximumConversations)
            if let text = request.query("cursor") {
                guard let offset = Int64(text) else {
                    throw Problem.badRequest("invalid-parameter", "cursor is none of ours", field: "cursor")
                }
                list.before = offset
            }
            let wanted = list
            return try .json(.ok, try await visit.shard.read { try wanted.answer($0) })
        }
    }

    private func one(_ request: Request, _ context: AppContext) async throws -> Response {
        try await desk.serve(request, context) { visit in
            let (id, now) = (try context.parameters.require("id"), desk.now())
            let terms = desk.terms(visit.dealership)
            let view = try await visit.shard.read {
                try ConversationView.one(id, dealership: visit.dealership, now: now, terms, in: $0)
            }
            guard let view else { throw Desk.unknownConversation }
            return try .json(.ok, view)
        }
    }

    private func messages(_ request: Request, _ context: AppContext) async throws -> Response {
        try await desk.serve(request, context) { visit in
            let limit = try request.limit(default: Limits.messages, maximum: Limits.maximumMessages)
            let after = request.query("after") ?? request.query("cursor")
            let page = try await visit.conversation(context) { conversation, db -> Page<ThreadMessage> in
                let threads = Threads()
                var offset: Int64 = -1
                if let after {
                    guard
                        let place = try Int64(after)
                            ?? threads.offset(of: after, conversation: conversation.id, in: db)
                    else {
                        throw Problem.badRequest(
                            "invalid-parameter", "after is no message of this conversation", field: "after")
                    }
                    offset = place
                }
                var items = try threads.messages(of: conversation.id, after: offset, limit: limit + 1, in: db)
                guard items.count > limit else { return Page(items) }
                items.removeLast()
                return Page(items, next: items.last.map { String($0.offset) })
            }
            return try .json(.ok, page)
        }
    }

    private func activity(_ request: Request, _ context: AppContext) async throws -> Response {
        try await desk.serve(request, context) { visit in
            let limit = try request.limit(default: Limits.messages, maximum: Limits.maximumMessages)
            let place = request.query("cursor").map(TimelinePlace.init(_:))
            if let place, place == nil {
                throw Problem.badRequest("invalid-parameter", "cursor is none of ours", field: "cursor")
            }
            let after = place ?? nil
            let page = try await visit.conversation(context) {
                try Timeline.page($0, after: after, limit: limit, in: $1)
            }
            return try .json(.ok, page)
        }
    }

    private func stream(_ request: Request, _ context: AppContext) async throws -> Response {
        try await desk.serve(request, context) { visit in
            var open = request.query("open") ?? request.query("conversation")
            if let id = open {
                let known = try await visit.shard.read {
                    try Threads().conversation(id, dealership: visit.dealership, in: $0) != nil
                }
                // Not yet folded here, or another dealership's: its draft is nobody's business.
                if !known { open = nil }
            }
            let stream = StaffStream(
                shard: visit.shard, dealership: visit.dealership, drafts: desk.drafts, open: open, now: desk.now,
                terms: { desk.terms(visit.dealership) },
                told: StreamLatency(
                    visit.shard, of: .customer, context, logger: desk.service.logger, now: desk.now
                ).told)
            let start: StaffStream.Start =
                switch LastSeen(request, partitions: desk.service.settings.partitions) {
                case .nothing: .here(try await visit.shard.read { StreamCursor(try Shard.positions($0)) })
                case .upTo(let cursor): .after(cursor)
                case .elsewhere: .reset
                }
            return try desk.service.eventStream(
                request, context, for: visit.staff.id, until: visit.expiresAt
            ) { writer in try await stream.run(start) { try await writer.send($0) } }
        }
    }
}
