/// Every number that bounds what a request or a stream may cost.
public enum Limits {
    /// JSON may write each of a message's 4,000 characters as an escaped pair of surrogates: 48,000 bytes, beside ids.
    public static let messageBodyBytes = 64 * 1024
    /// No other body is larger; also what is held to send a request on to a shard's owner.
    public static let bodyBytes = 64 * 1024
    /// A body arrives in one go or not at all; a slower sender holds a connection.
    public static let bodySeconds = 10
    /// Our tokens and headers fit many times over.
    static let headerBytes = 16 * 1024
    static let headerCount = 100
    /// A connection that sends no complete head, or idles between requests, for this long is closed (slowloris).
    static let idleSeconds: Int64 = 30
    /// Above it new connections wait in the backlog: every stream is a connection, and each costs about 30 KiB.
    static let connections = 10_000
    /// Less than connections, so that streams alone cannot shut out requests.
    static let streams = 8_000
    /// One person's tabs and devices; more is a client that reconnects without closing.
    static let streamsPerIdentity = 20
    /// Proxies cut connections that are silent for 30 to 60 s.
    static let heartbeatSeconds = 15
    /// What a stream may have written and not yet handed to the socket before its writer waits.
    static let streamBufferBytes = 64 * 1024
    /// A client that takes nothing for this long is gone or stuck: it is cut and resumes by its cursor.
    static let streamStallSeconds = 30
    /// Streams move to other connections now and then, so that a load balancer can even them out. Seconds.
    static let streamLifetimeSeconds = 1_600...1_800
    /// The `retry:` hint, in milliseconds, drawn for each stream so that a restart is not answered by all at once.
    static let streamRetryMilliseconds = 500...2_500
    /// The owner is near: if it does not answer a connect in a second, it is down.
    static let proxyConnectSeconds: Int64 = 1
    /// An append may take 5 s and a wait for its fold 5 more.
    static let proxyHeadSeconds: Int64 = 15
    /// Two heartbeats missed: the owner is dead.
    static let proxyReadSeconds: Int64 = 40
    /// Open connections to one owner: each proxied stream holds one.
    static let proxyConnections = 8_000
    /// The loop handles one event for longer than this: it hangs, and at 5 minutes the group takes its shards away.
    static let loopStuck = Duration.seconds(240)
    /// How often it is asked how far the topics go: more often than Prometheus scrapes, at its usual 15 s.
    static let lagEvery = Duration.seconds(5)
    /// Between two looks at the clocks.
    static let clockLook = Duration.seconds(1)
    /// A shorter sleep of the Kafka client costs less than a restart, which takes about as long.
    static let clockSetBack = Duration.seconds(20)
    /// An ownership hand-over takes about this long.
    public static let retryAfterSeconds = 1
    /// Clocks of those who issue and check tokens differ.
    static let clockLeewaySeconds = 60
    /// HS256's block: a shorter secret can be searched for.
    static let secretBytes = 32
    /// A key that was withdrawn is refused after this long at the latest, if the issuer answers; keys are read anew
    /// from half of it on.
    static let keySeconds: Int64 = 600
    /// Between two attempts to fetch keys after a token named an unknown one: tokens cannot make us hammer the issuer.
    static let keyRetrySeconds: Int64 = 10
    /// Failed attempts follow one another after 1, 2, 4 … s, and never less often than this.
    static let keyBackOffSeconds: Int64 = 60
    /// Requests wait so long for the first keys.
    static let keyFetchSeconds: Int64 = 5
    /// A JWKS holds a handful of keys.
    static let keySetBytes = 256 * 1024
    /// Longest Authorization header that is looked at.
    static let tokenBytes = 8 * 1024
    /// The whole of a graceful stop; whoever runs us kills after it.
    static let stopSeconds = 20
    /// For requests and streams to end and the shards to be released.
    static let stopGraceSeconds = 12
    /// For the producers to hand over what they hold.
    static let stopDrainSeconds = 5
    /// A dealership's greeting is one bubble, not a page.
    static let greetingCharacters = 300
    /// Longest search text: every row is compared with it, and a longer one finds nothing that this would not.
    static let searchCharacters = 200
    /// The longest address that SMTP can deliver to.
    static let emailBytes = 254
    /// SMTP's limit for what stands before the `@`.
    static let emailLocalBytes = 64
    /// E.164's longest number, and the shortest that any country dials internationally.
    static let phoneDigits = 8...15
    /// Default length of `GET /v1/dead-letters`.
    static let deadLetters = 100
}
