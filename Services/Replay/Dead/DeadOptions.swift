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

    /// Follows that of `LogOptions`.
    static let environmentHelp = """
          DIRECTCHAT_OPS_TOKEN, else OPS_TOKEN: a staff token with the role ops, as `compose/token --role ops` makes \
        them.
        """

    func chooses(_ letter: FoundLetter) -> Bool {
        (service.isEmpty || service.contains(letter.service)) && (reason ?? letter.reason) == letter.reason
    }
}
