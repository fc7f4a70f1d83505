import Contracts
import Foundation
import GRDB
import Kafka
import Shards
import Simulation

@testable import Ingest

/// What must hold at the end of every run, when all faults are over and everybody has caught up.
struct Invariants {
    let fleet: Fleet
    let book: Book
    let log: Log
    let violations: Violations
    let lastFault: Int64
    let visits: [Visit]
    let reader: StreamReader?

    struct Visit {
        var dealership: String
        var conversation: String
    }

    private var partitions: Range<Int> { 0..<fleet.scenario.partitions }

    /// The shard's owner; there is one, or the run would not have come here.
    private func live(_ service: ServiceName, _ partition: Int) -> Shard? {
        fleet.instances(of: service).lazy.compactMap { try? $0.host.shard(Int32(partition)) }.first
    }

    func check() async throws {
        if !log.malformed.isEmpty { violations.note("records in the log that nobody can fold", log.malformed) }
        let doubles = log.doubles()
        if !doubles.differing.isEmpty { violations.note("one id, two bodies", doubles.differing) }
        // A shard that is asked what it owes before it is live owes what the log has.
        if fleet.scenario.isWithoutDoubles, !doubles.owed.isEmpty {
            violations.note("owed records were appended again", doubles.owed)
        }
        // Whoever comes later has folded what stands there before it owes anything.
        let repeats = fleet.repeats.found
        if !repeats.isEmpty, !book.lostTail {
            violations.note("an owner appended what stood in the log before it came", repeats)
        }
        fleet.trace.note("\(doubles.count) doubles, \(book.lost.count) records lost, \(book.halts) halts")
        let services = fleet.scenario.cast.services
        for partition in partitions {
            for service in services {
                guard let shard = live(service, partition) else { continue }
                try await checkFile(shard, "\(service.rawValue) shard \(partition)")
                try await service.accept(
                    Rebuild(
                        log: log, partition: partition, scenario: fleet.scenario, live: shard, folder: fleet.folder,
                        now: fleet.time.timestamp, violations: violations))
            }
            for service in services where service == .ingest || service == .conversations {
                try await checkMessages(service, partition)
            }
            if services.contains(.qualification) { try await checkDeals(partition) }
            if services.contains(.presence) { try await checkDots(partition) }
        }
        checkPromises()
        checkStream()
        try checkDrafts()
    }

    private func checkFile(_ shard: Shard, _ what: String) async throws {
        let (integrity, refused) = try await shard.read { db in
            (
                try String.fetchAll(db, sql: "PRAGMA integrity_check"),
                try String.fetchAll(
                    db, sql: "SELECT topic || ' ' || \"offset\" || ' ' || reason || ': ' || detail FROM _dead_letters")
            )
        }
        if integrity != ["ok"] { violations.note("\(what): the file is damaged", integrity) }
        // What follows from a record that was lost may be refused; nothing else is.
        if !refused.isEmpty, !book.lostTail { violations.note("\(what): dead letters", refused) }
    }

    // MARK: Messages

    private func checkMessages(_ service: ServiceName, _ partition: Int) async throws {
        guard let shard = live(service, partition) else { return }
        let expected = log.messages(partition)
        let found = try await shard.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT c.id, c.dealership, m.seq, m.side, m.client_id, m.text, m."offset"
                    FROM messages m JOIN conversations c ON c.began = m.conversation ORDER BY m."offset"
                    """
            ).map { row in
                Log.Message(
                    conversation: row[0], dealership: row[1], seq: row[2], side: row[3], clientMessageId: row[4],
                    text: row[5], offset: row[6])
            }
        }
        guard found != expected else { return }
        let (only, lacking) = (Set(found).subtracting(expected), Set(expected).subtracting(found))
        violations.note(
            "\(service.rawValue) shard \(partition) has other messages than the log",
            only.map { "only there: \($0)" }.sorted() + lacking.map { "only in the log: \($0)" }.sorted())
    }

    /// What was acknowledged is in the log, once, where it belongs, and in its sender's order.
    private func checkPromises() {
        var places: [String: Log.Message] = [:]
        for partition in partitions {
            for message in log.messages(partition) {
                if places.updateValue(message, forKey: message.id) != nil {
                    violations.note("\(message.id) is on two partitions")
                }
            }
        }
        var last: [String: (message: Book.Message, offset: Int64)] = [:]
        for promised in book.messages.sorted(by: { $0.number < $1.number }) {
            guard let message = places[promised.id] else {
                // The broker lost it, and nobody else had it.
                if promised.side == .staff, book.lost.contains(promised.id) { continue }
                violations.note("\(promised.id) was acknowledged and is not in the log")
                continue
            }
            if message.dealership != promised.dealership || message.text != promised.text {
                violations.note("\(promised.id) is not what was acknowledged", ["\(message)"])
            }
            let sender = "\(promised.conversation) \(promised.side)"
            if let before = last[sender], before.offset > message.offset,
                before.message.slot == promised.slot || before.message.kept == .log, !book.lostTail
            {
                violations.note("\(promised.id) stands before \(before.message.id)", ["\(message)"])
            }
            last[sender] = (promised, message.offset)
        }
    }

    /// Over all cuts a message came once, in the order of the log.
    private func checkStream() {
        guard let reader, !book.lostTail else { return }
        let (seen, began) = (reader.seen, reader.began)
        let partition = Int(Partitioner.partition(reader.dealership, of: Int32(fleet.scenario.partitions)))
        let due = log.messages(partition).filter { $0.dealership == reader.dealership && $0.offset >= began }.map(\.id)
        guard seen != due else { return }
        let twice = Dictionary(grouping: seen) { $0 }.filter { $0.value.count > 1 }.keys.sorted()
        violations.note(
            "the stream of \(reader.dealership) has other messages than the log",
            Set(due).subtracting(seen).sorted().map { "never came: \($0)" } + twice.map { "came again: \($0)" }
                + ["from \(began) on, in this order: \(seen.joined(separator: ", "))"])
    }

    // MARK: Deals

    private func checkDeals(_ partition: Int) async throws {
        let (clicks, outcomes, deals) = log.outcomes(partition)
        let open = clicks.subtracting(outcomes.keys)
        if !open.isEmpty { violations.note("clicks without an outcome", open.sorted()) }
        let announced = log.entries(.dealCreated, partition)
        let ids = Set(announced.map(\.event.id))
        let due = Set(deals.keys.map { "\($0).created" })
        if !due.isSubset(of: ids) {
            violations.note("deals that were not announced", due.subtracting(ids).sorted())
        }
        // A deal whose click the broker lost stays announced.
        if !ids.isSubset(of: due), !book.lostTail {
            violations.note("announcements without a deal", ids.subtracting(due).sorted())
        }
        for entry in announced {
            guard let deal = try? entry.event.payload(DealCreated.self), let fact = deals[deal.dealId] else { continue }
            if fact != entry.event.data { violations.note("\(entry.event.id) is not the deal of its outcome") }
        }
        var perClick: [String: Set<String>] = [:]
        for entry in log.entries(.qualifications, partition) where entry.event.type == ConversationQualified.type {
            guard let outcome = try? entry.event.payload(ConversationQualified.self), let deal = outcome.deal else {
                continue
            }
            perClick[outcome.requestId, default: []].insert(deal.dealId)
        }
        for (click, found) in perClick where found.count > 1 {
            violations.note("click \(click) made \(found.count) deals", found.sorted())
        }
        for click in book.clicks where clicks.contains(click.requestId) == false {
            let isHere =
                Partitioner.partition(click.dealership, of: Int32(fleet.scenario.partitions)) == Int32(partition)
            guard isHere, !book.lost.contains("\(click.requestId).requested") else { continue }
            violations.note("click \(click.requestId) was answered and is not in the log")
        }
        try await checkDealTables(partition, deals: Set(deals.keys))
    }

    private func checkDealTables(_ partition: Int, deals: Set<String>) async throws {
        if let shard = live(.qualification, partition) {
            let found = try await shard.read { Set(try String.fetchAll($0, sql: "SELECT id FROM deals")) }
            if found != deals {
                violations.note(
                    "qualification shard \(partition) has other deals than the log",
                    found.symmetricDifference(deals).sorted())
            }
        }
        if let shard = live(.conversations, partition) {
            let found = try await shard.read { db in
                Set(try String.fetchAll(db, sql: "SELECT deal FROM outcomes WHERE deal IS NOT NULL"))
            }
            if found != deals {
                violations.note(
                    "conversations shard \(partition) shows other deals than the log",
                    found.symmetricDifference(deals).sorted())
            }
        }
    }

    // MARK: Dots

    /// What staff see of a visit is what its beats say, once two leases have passed since the last fault.
    private func checkDots(_ partition: Int) async throws {
        guard let shard = live(.conversations, partition) else { return }
        let now = fleet.time.timestamp
        for visit in visits
        where Partitioner.partition(visit.dealership, of: Int32(fleet.scenario.partitions)) == Int32(partition) {
            var expires: Int64?
            for entry in log.entries(.activity, partition) where entry.event.subject == visit.conversation {
                let at = entry.event.time.milliseconds
                expires = entry.event.type == VisitBeat.type ? at + 45_000 : min(expires ?? at, at + 10_000)
            }
            guard let expires, abs(expires - now.milliseconds) > 3_000 else { continue }
            let found: (state: String, until: Int64?)? = try await shard.read { db in
                try Row.fetchOne(
                    db, sql: "SELECT state, until FROM presence WHERE dealership = ? AND conversation = ?",
                    arguments: [visit.dealership, visit.conversation]
                ).map { ($0[0], $0[1]) }
            }
            let isOver = found?.until.map { $0 <= now.milliseconds } ?? false
            let shown = isOver ? "unknown" : found?.state ?? "unknown"
            // Nobody was told of a visit that was over before presence came to it.
            let right = expires > now.milliseconds ? shown == "online" : shown == "offline" || found == nil
            if !right {
                violations.note(
                    "the dot of \(visit.conversation) is wrong: \(shown)",
                    [
                        "its lease ends at \(expires - now.milliseconds) ms from now, the last fault was at \(lastFault) ms"
                    ])
            }
        }
    }

    // MARK: Drafts

    private func checkDrafts() throws {
        let needle = Array(Customer.draft.utf8)
        guard let files = FileManager.default.enumerator(at: fleet.folder, includingPropertiesForKeys: nil) else {
            return
        }
        while let url = files.nextObject() as? URL {
            guard !url.hasDirectoryPath, let data = try? Data(contentsOf: url) else { continue }
            if data.withUnsafeBytes({ Self.contains($0, needle) }) {
                violations.note("a draft is in \(url.lastPathComponent)")
            }
        }
    }

    /// By the C library: Foundation's search takes longer than the whole run.
    private static func contains(_ hay: UnsafeRawBufferPointer, _ needle: [UInt8]) -> Bool {
        guard var place = hay.baseAddress, hay.count >= needle.count else { return false }
        let end = place + hay.count - needle.count + 1
        while place < end, let found = memchr(place, CInt(needle[0]), end - place) {
            if memcmp(found, needle, needle.count) == 0 { return true }
            place = UnsafeRawPointer(found) + 1
        }
        return false
    }
}
