import Testing

@testable import ServiceKit

@Suite struct UntilCancelledTests {
    private struct Refused: Error {}

    @Test func outcomeComesThrough() async throws {
        #expect(try await untilCancelled { 7 } == 7)
        await #expect(throws: Refused.self) { try await untilCancelled { throw Refused() } }
    }

    /// With a wait that a cancellation does not end, this test would never end.
    @Test func cancellationDoesNotWait() async throws {
        let (forever, end) = AsyncStream.makeStream(of: Void.self)
        let begun = Flag()
        let waiting = Task {
            try await untilCancelled {
                begun.raise()
                // Deaf to cancellation, as a call into a library is.
                await Task { for await _ in forever {} }.value
            }
        }
        try await eventually("the call begins") { begun.count == 1 }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        end.finish()
    }
}
