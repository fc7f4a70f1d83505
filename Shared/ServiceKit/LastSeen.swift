import HTTPTypes
import Hummingbird

/// What a stream's client has seen, as its `Last-Event-ID` tells.
///
/// Offsets mean nothing in other topics: after a move to more partitions an old cursor may well lie inside the new log,
/// and going on from there would leave messages out. So an id on the wire names the number of partitions too:
/// `m120.q7.p12`.
public enum LastSeen: Sendable, Equatable {
    /// It comes for the first time.
    case nothing
    case upTo(StreamCursor)
    /// The id is none of this log's: everything again.
    case elsewhere

    public init(_ id: String?, partitions: Int32) {
        guard let id, !id.isEmpty else {
            self = .nothing
            return
        }
        let mark = Self.mark(partitions)
        guard id.hasSuffix(mark), let cursor = StreamCursor(id.dropLast(mark.utf8.count)) else {
            self = .elsewhere
            return
        }
        self = .upTo(cursor)
    }

    public init(_ request: Request, partitions: Int32) {
        self.init(request.headers[.lastEventId], partitions: partitions)
    }

    /// Put after every id that a stream sends.
    static func mark(_ partitions: Int32) -> String { ".p\(partitions)" }
}
