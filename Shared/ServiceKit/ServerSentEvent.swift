/// One event of a stream.
public struct ServerSentEvent: Sendable, Equatable {
    /// The client's `Last-Event-ID` from now on.
    public var id: String?
    public var event: String?
    /// Without data the event only moves the client's cursor.
    public var data: String?

    public init(id: String? = nil, event: String? = nil, data: String? = nil) {
        self.id = id
        self.event = event
        self.data = data
    }

    /// As on the wire, with the empty line that ends it.
    public var encoded: [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity((data?.utf8.count ?? 0) + 64)
        if let id { Self.line("id", id, &output) }
        if let event { Self.line("event", event, &output) }
        if let data {
            // Each of CR LF, CR and LF ends a line for the reader, so none of them may stand inside one.
            for line in data.split(omittingEmptySubsequences: false, whereSeparator: \.isNewlineForStreams) {
                Self.line("data", line, &output)
            }
        }
        output.append(10)
        return output
    }

    private static func line(_ field: StaticString, _ value: some StringProtocol, _ output: inout [UInt8]) {
        output.append(contentsOf: UnsafeBufferPointer(start: field.utf8Start, count: field.utf8CodeUnitCount))
        output.append(contentsOf: ": ".utf8)
        output.append(contentsOf: value.utf8.filter { $0 != 10 && $0 != 13 && $0 != 0 })
        output.append(10)
    }
}

extension Character {
    /// Swift counts CR LF as one character.
    fileprivate var isNewlineForStreams: Bool { self == "\n" || self == "\r" || self == "\r\n" }
}
