import Contracts
import Foundation
import Testing

@testable import Qualification
@testable import Shards

/// `deal.created` says exactly what its schema names: other systems read it.
@Suite struct ContractTests {
    private func schema(_ name: String) throws -> [String: Any] {
        let file = URL(fileURLWithPath: #filePath)
            .appendingPathComponent("../../../Shared/Contracts/schemas/\(name).json").standardized
        return try #require(JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    }

    private func names(_ schema: Any?) throws -> (properties: Set<String>, required: Set<String>) {
        let schema = try #require(schema as? [String: Any])
        let properties = try #require(schema["properties"] as? [String: Any])
        return (Set(properties.keys), Set(try #require(schema["required"] as? [String])))
    }

    @Test(arguments: ["deal-created.v1", "deal-created.v1.producer"])
    func theRecordHasTheSchemasMembers(name: String) async throws {
        var log = TestLog()
        let shard = try TestShard()
        log.append(.click("r1", phone: "+13145550123"), to: .qualifications)
        try await shard.settle(&log)
        let event = try #require(log.records[.dealCreated]?.first)
        let deal = try #require(JSONSerialization.jsonObject(with: Data(event.data)) as? [String: Any])
        let schema = try schema(name)
        let parts = try #require(schema["$defs"] as? [String: Any])
        for (object, names) in [
            (deal as Any?, try names(schema)), (deal["source"], try names(parts["source"])),
            (deal["customer"], try names(parts["customer"])), (deal["createdBy"], try names(parts["staff"])),
        ] {
            let members = Set(try #require(object as? [String: Any]).keys)
            #expect(members == names.properties)
            #expect(members == names.required)
        }
    }

    /// Keys, ids and headers outlive every erasure of values: nothing personal may stand there.
    @Test func headersAndKeysNameNobody() async throws {
        var log = TestLog()
        let shard = try TestShard()
        log.append(
            .click("r1", first: "Zebulon", last: "Quux", email: "zeb@example.com", phone: "+13145550123"),
            to: .qualifications)
        try await shard.settle(&log)
        for event in log.records.values.joined() {
            let headers = CloudEvents.headers(of: event).map { String(decoding: $0.value, as: UTF8.self) }
            for text in headers + [event.key] {
                for secret in ["Zebulon", "Quux", "zeb@", "3145550123"] { #expect(!text.contains(secret)) }
            }
        }
    }
}
