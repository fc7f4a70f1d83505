/// Where a message was when its sender was answered.
enum Kept: String, Sendable, Codable {
    case log, spool
}

/// Why a message was not taken; it is then neither in the spool nor promised.
enum SpoolRefusal: Error, Equatable {
    case conflict, unwritable, full, busy, stopping
}

/// How the spool is, for `/status`, `/readyz` and metrics.
struct SpoolStatus: Sendable, Codable, Equatable {
    /// Messages that the log lacks.
    var pending = 0
    /// Requests that wait for the spool or the log.
    var waiting = 0
    /// The last write succeeded.
    var writable = false
    /// Lost connections and lost tails; what the log then lacked was appended again.
    var reclaims = 0
}
