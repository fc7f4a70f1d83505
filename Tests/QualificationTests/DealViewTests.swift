import Contracts
import GRDB
import Testing

@testable import Qualification
@testable import Shards

/// What staff and other systems are shown.
@Suite struct DealViewTests {
    var log = TestLog()
    let shard: TestShard

    init() throws { shard = try TestShard() }

    private func list(
        _ query: DealView.Query, of dealership: String = "north"
    ) async throws -> ([String], next: Int64?) {
        try await shard.read { db in
            let (deals, next) = try DealView.list(query, of: dealership, in: db)
            return (deals.map(\.id), next)
        }
    }

    private func deal(_ request: String, _ dealership: String = "north") -> String {
        Identifier.derived("deal", dealership, request)
    }

    @Test mutating func aDealShowsItsCustomerAsItIsNow() async throws {
        log.append(.click("r1"), to: .qualifications)
        log.append(.click("r2", last: "Ruiz", phone: "+13145550123", deal: false), to: .qualifications)
        try await shard.settle(&log)
        let id = deal("r1")
        let view = try #require(try await shard.read { try DealView.find(id, of: "north", in: $0) })
        #expect(view.id == id)
        #expect(view.conversationIds == ["c1"])
        #expect(view.source == DealView.Source(type: "Chat", description: "Ignitify Chat"))
        #expect(view.createdAt == .test)
        #expect(view.createdBy == Staff(id: "s1", name: "Sam Hill"))
        #expect(view.customer.lastName == "Ruiz")
        #expect(view.customer.phones == ["+13145550123"])
        #expect(try await shard.read { try DealView.find(id, of: "south", in: $0) } == nil)
        #expect(try await shard.read { try CustomerView.find(view.customer.id, of: "south", in: $0) } == nil)
    }

    @Test mutating func dealsAreListedNewestFirstInPages() async throws {
        for index in 0..<5 { log.append(.click("r\(index)"), to: .qualifications) }
        log.append(.click("r0", dealership: "south"), to: .qualifications)
        try await shard.settle(&log)
        var seen: [String] = []
        var query = DealView.Query(limit: 2)
        repeat {
            let (page, next) = try await list(query)
            #expect(page.count <= 2)
            seen += page
            query.before = next
        } while query.before != nil && seen.count < 10
        #expect(seen == (0..<5).reversed().map { deal("r\($0)") })
        #expect(try await list(DealView.Query(limit: 5)).next == nil)
        #expect(try await list(DealView.Query(limit: 9), of: "south").0 == [deal("r0", "south")])
        #expect(try await list(DealView.Query(limit: 9), of: "east").0 == [])
    }

    @Test mutating func dealsAreFoundByConversationAndText() async throws {
        log.append(.click("r1", on: "c1", first: "Žofie", last: "Nová", phone: "+13145550123"), to: .qualifications)
        log.append(.click("r2", on: "c2", first: "Ana", last: "O%rtiz", email: "x_y@example.com"), to: .qualifications)
        try await shard.settle(&log)
        func found(_ text: String) async throws -> [String] {
            try await list(DealView.Query(search: SearchText.asked(text), limit: 9)).0
        }
        #expect(try await list(DealView.Query(conversation: "c2", limit: 9)).0 == [deal("r2")])
        #expect(try await list(DealView.Query(conversation: "c3", limit: 9)).0 == [])
        #expect(try await found("žofie n") == [deal("r1")])
        #expect(try await found("ŽOFIE") == [deal("r1")])
        #expect(try await found("(314) 555-0123") == [deal("r1")])
        #expect(try await found("X_Y@") == [deal("r2")])
        // Not patterns.
        #expect(try await found("%") == [deal("r2")])
        #expect(try await found("a_a") == [])
        #expect(try await found(deal("r1")) == [deal("r1")])
    }
}
