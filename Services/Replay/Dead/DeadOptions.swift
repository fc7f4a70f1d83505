import ArgumentParser

/// Whom to ask for dead letters, and which.
struct DeadOptions: ParsableArguments, Sendable {
    @Option(help: "Only this service's; may be repeated.")
    var service: [String] = []

    @Option(help: "Ask this instance instead of those that the topic owners names; may be repeated.")
    var serviceURL: [String] = []

    @Option(help: "Only for this reason, such as invalid-field.")
    var reason: String?

    @Option(help: "Only records of this dealership.")
    var dealership: String?

    @Flag(help: "Also those that were amended or discarded.")
    var settled = false

    func chooses(_ letter: FoundLetter) -> Bool {
        guard settled || letter.settled == nil else { return false }
        return (service.isEmpty || service.contains(letter.service)) && (reason ?? letter.reason) == letter.reason
    }
}
