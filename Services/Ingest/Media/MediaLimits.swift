/// What fetching one attachment may cost.
///
/// Time-outs are values, so that a test needs not wait for them.
struct MediaLimits: Sendable {
    /// A carrier takes no larger picture message than 5 MB, and no single medium is larger than the message.
    static let bytes = 5 * 1024 * 1024
    /// Twilio's go once, to its content network; one of that to a store's signed address is known.
    static let redirects = 3
    /// Of a name, tried one after the other; a machine without IPv6 may get some of that first.
    static let addresses = 3
    /// A signed address has some hundred; longer ones are no media.
    static let urlBytes = 2_048

    /// TCP and TLS.
    var connect = Duration.seconds(5)
    /// A server that is silent for longer.
    var silence = Duration.seconds(10)
    /// All of it, redirects included: 5 MB at a slow 2 Mbit/s, and some.
    var total = Duration.seconds(30)
}
