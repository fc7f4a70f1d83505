import Contracts
import Foundation
import GRDB
import ServiceKit
import Shards

/// What a staff stream sends next: a pure function of one snapshot and of what the stream has sent.
///
/// Conversations come first and without an id, so that a cut before the messages brings them again, and likewise how far
/// texts have come; then messages in the order of the topic, each with the cursor after it; then, without data, the
/// cursor of what was reached. So over any number of reconnects a message comes exactly once, and a conversation's and a
/// text's newest state at least once.
///
/// What is new since an old cursor comes in pieces, each such a sequence: a stream that was away for a month costs no
/// more memory at once than one that was away for a minute.
struct StreamPlan: Equatable, Sendable {
    /// What one stream has sent.
    struct Place: Equatable, Sendable {
        /// Next offsets; nil before the first snapshot of a client without a cursor: it begins where we are.
        var cursor: StreamCursor?
        /// The last presence told; -1: all that is known is still to be told.
        var presence: Int64 = -1
    }

    var events: [ServerSentEvent] = []
    /// Those that are among the events.
    var messages: [ThreadMessage] = []
    var place: Place
    /// Call again at once: the snapshot has more than one piece.
    var hasMore = false

    struct Scope: Sendable {
        var dealership: String
        var now: Timestamp
        var terms = TextTerms()
        /// Messages in a piece.
        var limit = Limits.streamMessages
        /// In a piece: conversations that changed, as many whose customer did, and as many whose presence did.
        var conversations = Limits.streamConversations
    }

    /// - Returns: nil where the place is ahead of the snapshot.
    static func next(_ place: Place, _ scope: Scope, in db: Database) throws -> StreamPlan? {
        let snapshot = StreamCursor(try Shard.positions(db))
        guard let cursor = place.cursor else { return try begin(snapshot, scope, db) }
        guard cursor.isCovered(by: snapshot) else { return nil }
        var plan = StreamPlan(place: place)
        // Each topic moves only as far as what this piece sends of it.
        var reached = snapshot
        reached[.messages] = try end(of: .messages, "conversations", from: cursor, snapshot, scope, db)
        reached[.qualifications] = try end(of: .qualifications, "contacts", from: cursor, snapshot, scope, db)
        let progress = try TextChange.all(
            scope.dealership, from: cursor[.messages], to: reached[.messages], scope.limit, db)
        if progress.count == scope.limit, let last = progress.last { reached[.messages] = last.changed + 1 }
        let messages = try Threads().messages(
            ofDealership: scope.dealership, after: cursor[.messages] - 1, upTo: reached[.messages] - 1,
            limit: scope.limit, in: db)
        if messages.count == scope.limit, let last = messages.last { reached[.messages] = last.offset + 1 }
        plan.hasMore = reached != snapshot
        let presence = try lastPresence(db)
        let changed = try conversations(
            scope, db,
            where: changes,
            [
                cursor[.messages], reached[.messages], scope.dealership, cursor[.qualifications],
                reached[.qualifications], scope.dealership, place.presence, scope.dealership, scope.conversations,
            ], order: "c.changed")
        plan.events += try changed.map { try event("conversation", $0) }
        plan.events += try progress.filter { $0.changed < reached[.messages] }.map { try event("status", $0) }
        try plan.append(messages, reached)
        plan.place.presence = max(place.presence, presence)
        return plan
    }

    /// The offset before which no more than a piece's conversations changed: the snapshot's, unless there are more.
    private static func end(
        of topic: Topic, _ table: String, from cursor: StreamCursor, _ snapshot: StreamCursor, _ scope: Scope,
        _ db: Database
    ) throws -> Int64 {
        let (start, end) = (cursor[topic], snapshot[topic])
        // A record changes one of them: a short way, which nearly every wake-up is, cannot hold too many.
        guard end - start > Int64(scope.conversations) else { return end }
        let statement = try db.cachedStatement(
            sql: """
                SELECT changed FROM \(table) WHERE changed >= ? AND changed < ? AND +dealership = ?
                ORDER BY changed LIMIT 1 OFFSET ?
                """)
        return try Int64.fetchOne(statement, arguments: [start, end, scope.dealership, scope.conversations]) ?? end
    }

    /// `reset` and the state anew: the latest conversations and the latest messages.
    static func reset(_ scope: Scope, in db: Database) throws -> StreamPlan {
        let snapshot = StreamCursor(try Shard.positions(db))
        // Without a cursor, so that one is sent whatever there is: else the client would be reset again and again.
        var plan = StreamPlan(place: Place())
        plan.events.append(ServerSentEvent(event: "reset", data: "{}"))
        let latest = try conversations(
            scope, db, where: "c.dealership = ?", [scope.dealership],
            order: "c.last_message DESC LIMIT \(scope.conversations)")
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

    /// - Parameter cursor: at or before the snapshot: what came since is told next.
    static func begin(_ cursor: StreamCursor, _ scope: Scope, _ db: Database) throws -> StreamPlan {
        var plan = StreamPlan(place: Place(cursor: cursor, presence: try lastPresence(db)))
        plan.events = [ServerSentEvent(id: cursor.description)]
        let present = try conversations(
            scope, db, where: "c.began IN (SELECT began FROM (\(recentPresence)))",
            [-1, scope.dealership, scope.conversations], order: "c.changed")
        plan.events += try present.map { try event("conversation", $0) }
        return plan
    }

    private mutating func append(_ messages: [ThreadMessage], _ reached: StreamCursor) throws {
        self.messages = messages
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
                WHERE x.changed >= ? AND x.changed < ? AND +x.dealership = ?
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
            .map { try ConversationView(row: $0, now: scope.now, scope.terms, in: db) }
    }

    static func event(_ name: String, _ value: some Encodable, id: String? = nil) throws -> ServerSentEvent {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return ServerSentEvent(id: id, event: name, data: String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}
