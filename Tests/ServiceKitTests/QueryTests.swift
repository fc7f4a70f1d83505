import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import ServiceKit

@Suite struct QueryTests {
    private func ask(_ query: String) async throws -> String {
        let app = edge { router, _ in
            router.get("search") { request, _ in try request.search() ?? "nothing" }
            router.get("deal") { request, _ in try request.identifier("deal") ?? "nothing" }
        }
        return try await app.test(.router) { client in
            try await client.execute(uri: query, method: .get) { response in
                if response.status == .ok { return String(buffer: response.body) }
                let problem = try response.problem()
                return "\(problem.status) \(problem.field ?? ""): \(problem.detail)"
            }
        }
    }

    @Test func whatIsSearchedFor() async throws {
        #expect(try await ask("/search") == "nothing")
        #expect(try await ask("/search?q=") == "nothing")
        #expect(try await ask("/search?q=+%00%0A") == "nothing")
        #expect(try await ask("/search?q=+Ana%00+Ortiz+") == "Ana Ortiz")
        let most = String(repeating: "e%CC%81", count: 100)
        #expect(try await ask("/search?q=\(most)").unicodeScalars.count == 200)
        #expect(
            try await ask("/search?q=\(most)x") == "400 q: q is longer than 200 characters (Unicode scalars)")
    }

    @Test func anIdIsOneOrRefused() async throws {
        #expect(try await ask("/deal") == "nothing")
        #expect(try await ask("/deal?deal=d_1-A") == "d_1-A")
        for id in ["a%00", "a%20b", "%FF", "a.b"] {
            #expect(try await ask("/deal?deal=\(id)") == "400 deal: deal is not 1 to 64 of A-Z a-z 0-9 _ -")
        }
    }
}
