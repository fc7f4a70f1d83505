import AsyncHTTPClient
import Foundation
import Hummingbird
import HummingbirdTesting
import JWTKit
import NIOCore
import Synchronization
import Testing

@testable import ServiceKit

/// An issuer whose answers a test decides, and a clock that it moves.
private final class Issuer: Sendable {
    struct Down: Error {}

    private struct State {
        var now = ContinuousClock.now
        var kids: [String] = ["one"]
        var isDown = false
        var reads = 0
        var gate: [CheckedContinuation<Void, Never>]?
    }

    private let state = Mutex(State())

    var keys: StaffKeys {
        StaffKeys(now: { self.state.withLock(\.now) }, logger: quiet) { try await self.read() }
    }

    var reads: Int { state.withLock(\.reads) }
    func pass(seconds: Int) { state.withLock { $0.now += .seconds(seconds) } }
    func serve(_ kids: String...) { state.withLock { $0.kids = kids } }
    func fail(_ isDown: Bool = true) { state.withLock { $0.isDown = isDown } }
    /// Reads wait from now on.
    func hold() { state.withLock { $0.gate = [] } }

    func release() {
        let waiting = state.withLock { state in
            defer { state.gate = nil }
            return state.gate ?? []
        }
        for one in waiting { one.resume() }
    }

    private func read() async throws -> Data {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                state.reads += 1
                state.gate?.append(continuation)
                return state.gate == nil
            }
            if isOpen { continuation.resume() }
        }
        return try state.withLock { state in
            if state.isDown { throw Down() }
            return jwks(state.kids)
        }
    }
}

private func jwks(_ kids: [String]) -> Data {
    let keys = kids.map { kid in
        let parameters = ES256PrivateKey().publicKey.parameters
        return """
            {"kty": "EC", "crv": "P-256", "alg": "ES256", "kid": "\(kid)",
             "x": "\(parameters?.x ?? "")", "y": "\(parameters?.y ?? "")"}
            """
    }
    return Data(#"{"keys": [\#(keys.joined(separator: ","))]}"#.utf8)
}

@Suite struct StaffKeysTests {
    private let issuer = Issuer()

    /// Whether there are keys for it.
    private func has(_ keys: StaffKeys, _ kid: String? = "one") async -> Bool {
        (try? await keys.current(kid: kid)) != nil
    }

    @Test func allWhoComeDuringTheFirstReadWaitForIt() async throws {
        let (issuer, keys) = (issuer, issuer.keys)
        issuer.hold()
        async let asked = withTaskGroup(of: Bool.self) { group in
            for _ in 0..<20 { group.addTask { await has(keys) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        try await eventually("the read") { issuer.reads == 1 }
        // One more comes while it is surely under way.
        async let late = has(keys)
        issuer.release()
        #expect(await asked == Array(repeating: true, count: 20))
        #expect(await late)
        #expect(issuer.reads == 1)
    }

    @Test func aFirstReadThatFailsIsTriedAgainAfterAWhile() async throws {
        let keys = issuer.keys
        issuer.fail()
        #expect(await !has(keys))
        #expect(await !has(keys))
        #expect(issuer.reads == 1, "not for each request")
        issuer.fail(false)
        issuer.pass(seconds: 1)
        #expect(await has(keys))
    }

    @Test func keysServeOnWhileTheyCannotBeReadAnew() async throws {
        let (issuer, keys) = (issuer, issuer.keys)
        #expect(await has(keys))
        issuer.fail()
        for hour in 1...24 {
            issuer.pass(seconds: 3_600)
            let before = issuer.reads
            try #require(await has(keys), "after \(hour) h")
            // The clock goes on: the attempt before may end, and count its wait, only now.
            try await eventually("an attempt") {
                issuer.pass(seconds: 60)
                guard await has(keys) else { return false }
                return issuer.reads > before
            }
        }
        issuer.fail(false)
        issuer.serve("two")
        try await eventually("the new key") {
            issuer.pass(seconds: 60)
            return await keys.isKnown("two")
        }
        #expect(await !keys.isKnown("one"), "what was withdrawn goes with the first that succeeds")
    }

    @Test(arguments: ["{", #"{"keys": []}"#, #"{"keys": [{"kty": "new", "kid": "one"}]}"#])
    func aSetWithoutAKeyIsAFailure(_ answer: String) async throws {
        let (reads, later) = (Flag(), Flag())
        let start = ContinuousClock.now
        let keys = StaffKeys(now: { start + .seconds(600 * later.count) }, logger: quiet) {
            reads.raise()
            return reads.count == 1 ? jwks(["one"]) : Data(answer.utf8)
        }
        #expect(await has(keys))
        later.raise()
        #expect(await has(keys))
        #expect(reads.count == 2)
        #expect(await keys.isKnown("one"))
    }

    @Test func fromHalfOfTheirLifeOnTheyAreReadAnewAndNobodyWaits() async throws {
        let (issuer, keys) = (issuer, issuer.keys)
        #expect(await has(keys))
        issuer.pass(seconds: 299)
        #expect(await has(keys))
        #expect(issuer.reads == 1)
        issuer.pass(seconds: 1)
        issuer.serve("two")
        issuer.hold()
        #expect(await has(keys), "answered while the read is held")
        #expect(await has(keys))
        try await eventually("the read") { issuer.reads == 2 }
        issuer.release()
        try await eventually("the new key") { await keys.isKnown("two") }
        #expect(issuer.reads == 2)
    }

    @Test func keysThatNobodyLookedAtForLongAreReadFirst() async throws {
        let keys = issuer.keys
        #expect(await has(keys))
        issuer.serve("two")
        issuer.pass(seconds: 600)
        #expect(await has(keys))
        #expect(await keys.isKnown("two"))
    }

    @Test func anUnknownKeyIsLookedForButNotForEachToken() async throws {
        let keys = issuer.keys
        #expect(await has(keys))
        issuer.serve("one", "two")
        #expect(await has(keys, "two"))
        #expect(issuer.reads == 1, "too early for another look")
        issuer.pass(seconds: 10)
        #expect(await has(keys, "two"))
        #expect(await keys.isKnown("two"))
        for _ in 0..<5 { #expect(await has(keys, "three")) }
        #expect(issuer.reads == 2)
    }

    @Test func attemptsThatFailBackOff() async throws {
        let keys = issuer.keys
        issuer.fail()
        var attempts: [Int] = []
        for second in 0..<200 {
            let before = issuer.reads
            #expect(await !has(keys))
            if issuer.reads > before { attempts.append(second) }
            issuer.pass(seconds: 1)
        }
        #expect(attempts == [0, 1, 3, 7, 15, 31, 63, 123, 183])
    }

    @Test func aSetComesFromAnAddress() async throws {
        let (isDown, set) = (Flag(), jwks(["one"]))
        let app = edge { router, _ in
            router.get("keys") { _, _ in
                if isDown.count == 0 { return Response(status: .internalServerError) }
                return Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(bytes: set)))
            }
        }
        try await app.test(.live) { (client) async throws -> Void in
            let url = "http://127.0.0.1:\(try #require(client.port))/keys"
            #expect(await !has(StaffKeys(.url(url), http: .shared, logger: quiet)))
            isDown.raise()
            let keys = StaffKeys(.url(url), http: .shared, logger: quiet)
            #expect(await has(keys))
            #expect(await keys.isKnown("one"))
        }
    }
}

extension StaffKeys {
    /// Asking is what makes them look; a test's question counts too.
    fileprivate func isKnown(_ kid: String) async -> Bool {
        _ = try? await current(kid: nil)
        return good?.ids.contains(kid) ?? false
    }
}
