import Foundation

/// Waits until the condition holds; throws, saying what for, when it does not in time.
public func wait(
    _ what: String, seconds: Double = 60, isolation: isolated (any Actor)? = #isolation,
    _ condition: () async throws -> Bool
) async throws {
    let deadline = Date.now + seconds
    while try await !condition() {
        guard Date.now < deadline else { throw Failure("waited in vain for \(what)") }
        try await Task.sleep(for: .milliseconds(20))
    }
}
