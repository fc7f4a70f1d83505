import Contracts
import Foundation
import GRDB
import ServiceKit
import Shards

/// What a staff stream sends next: a pure function of one snapshot and of what the stream has sent.
///
/// Conversations come first and without an id, so that a cut before the messages brings them again; then messages in
/// the order of the topic, each with the cursor after it; then, without data, the cursor of the snapshot. So over any
/// number of reconnects a message comes exactly once, and a conversation's newest state at least once.
struct StreamPlan: Equatable, Sendable {
    /// What one stream has sent.
    struct Place: Equatable, Sendable {
        /// Next offsets; nil before the first snapshot of a client without a cursor: it begins where we are.
        var cursor: StreamCursor?
        /// The last presence told; -1: all that is known is still to be told.
        var presence: Int64 = -1
    }

    var events: [ServerSentEvent] = []
    var place: Place
    /// Call again at once: the snapshot has more than one piece.
    var hasMore = false

    struct Scope: Sendable {
        var dealership: String
        var now: Timestamp
        var limit = Limits.streamMessages
    }

    /// - Returns: nil where the place is ahead of the snapshot.
    static func next(_ place: Place, _ scope: Scope, in db: Database) throws -> StreamPlan? {
        let snapshot = StreamCursor(try Shard.positions(db))
        guard let cursor = place.cursor else { return try begin(snapshot, scope, db) }
        guard cursor.isCovered(by: snapshot) else { return nil }
        var plan = StreamPlan(place: place)
        let messages = try Threads().messages(
            ofDealership: scope.dealership, after: cursor[.messages] - 1, upTo: snapshot[.messages] - 1,
            limit: scope.limit, in: db)
        var reached = snapshot
        if messages.count == scope.limit, let last = messages.last {
            plan.hasMore = last.offset + 1 < snapshot[.messages]
            reached[.messages] = last.offset + 1
        }
        let presence = try lastPresence(db)
        let changed = try conversations(
            scope, db,
            where: changes,
            [
                cursor[.messages], reached[.messages], scope.dealership, cursor[.qualifications], scope.dealership,
                place.presence, scope.dealership, Limits.streamConversations,
            ], order: "c.changed")
        plan.events += try changed.map { try event("conversation", $0) }
        try plan.append(messages, reached)
        plan.place.presence = max(place.presence, presence)
        return plan
    }

    /// `reset` and the state anew: the latest conversations and the latest messages.
    static func reset(_ scope: Scope, in db: Database) throws -> StreamPlan {
        let snapshot = StreamCursor(try Shard.positions(db))
        // Without a cursor, so that one is sent whatever there is: else the client would be reset again and again.
        var plan = StreamPlan(place: Place())
        plan.events.append(ServerSentEvent(event: "reset", data: "{}"))
        let latest = try conversations(
            scope, db, where: "c.dealership = ?", [scope.dealership],
            order: "c.last_message DESC LIMIT \(Limits.streamConversations)")
        plan.events += try latest.reversed().map { try event("conversation", $0) }
        let messages = try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT \(ThreadMessage.columns)
                    FROM messages m CROSS JOIN conversations c ON c.began = m.conversation
                    WHERE c.dealership = ? ORDER BY m."offset" DESC LIMIT ?
                    """), arguments: [scope.dealership, scope.limit]
        ).map(ThreadMessage.init(row:))
        try plan.append(messages.reversed(), snapshot)
        plan.place.presence = try lastPresence(db)
        return plan
    }

    private static func begin(_ snapshot: StreamCursor, _ scope: Scope, _ db: Database) throws -> StreamPlan {
        var plan = StreamPlan(place: Place(cursor: snapshot, presence: try lastPresence(db)))
        plan.events = [ServerSentEvent(id: snapshot.description)]
        let present = try conversations(
            scope, db, where: "c.began IN (SELECT began FROM (\(recentPresence)))",
            [-1, scope.dealership, Limits.streamConversations], order: "c.changed")
        plan.events += try present.map { try event("conversation", $0) }
        return plan
    }

    private mutating func append(_ messages: [ThreadMessage], _ reached: StreamCursor) throws {
        var cursor = reached
        for message in messages {
            cursor[.messages] = message.offset + 1
            events.append(try Self.event("message", message, id: cursor.description))
        }
        let moved = messages.isEmpty ? reached != place.cursor : cursor != reached
        if moved { events.append(ServerSentEvent(id: reached.description)) }
        place.cursor = reached
    }

    /// What changed in any of three topics. `+` keeps SQLite from its index by dealership: what is new is short, and
    /// every stream asks for it at every wake-up.
    static let changes = """
        c.began IN (
            SELECT began FROM conversations WHERE changed >= ? AND changed < ? AND +dealership = ?
            UNION SELECT n.began FROM contacts x JOIN conversations n ON n.id = x.conversation
                WHERE x.changed >= ? AND +x.dealership = ?
            UNION SELECT began FROM (\(recentPresence)))
        """

    /// Whose presence changed after an offset, in a dealership; the latest of them.
    private static let recentPresence = """
        SELECT v.began AS began FROM presence y JOIN conversations v ON v.id = y.conversation
        WHERE y."offset" > ? AND +y.dealership = ? AND +v.dealership = y.dealership
        ORDER BY y."offset" DESC LIMIT ?
        """

    private static func lastPresence(_ db: Database) throws -> Int64 {
        try Int64.fetchOne(db.cachedStatement(sql: #"SELECT coalesce(max("offset"), -1) FROM presence"#)) ?? -1
    }

    private static func conversations(
        _ scope: Scope, _ db: Database, where condition: String, _ arguments: StatementArguments, order: String
    ) throws -> [ConversationView] {
        let statement = try db.cachedStatement(
            sql: "\(ConversationView.select) WHERE \(condition) AND +c.dealership = ? ORDER BY \(order)")
        return try Row.fetchAll(statement, arguments: arguments + [scope.dealership])
            .map { try ConversationView(row: $0, now: scope.now) }
    }

    static func event(_ name: String, _ value: some Encodable, id: String? = nil) throws -> ServerSentEvent {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return ServerSentEvent(id: id, event: name, data: String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}
