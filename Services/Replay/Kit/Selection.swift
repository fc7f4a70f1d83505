import ArgumentParser
import Contracts
import Kafka

/// Which records a command is about.
struct Selection: ParsableArguments, Sendable {
    @Argument(help: "A topic: messages, qualifications, deal-created, presence, activity, typing, or a full name.")
    var topic: String

    @Option(help: "Only this partition; may be repeated.")
    var partition: [Int32] = []

    @Option(help: "Only offsets A..B of the one --partition: from A up to B, without B; either may be left out.")
    var offsets: String?

    @Option(parsing: .unconditional, help: "Only records from this time on: 2026-08-22T19:03:27Z, or -2h.")
    var from: String?

    @Option(parsing: .unconditional, help: "Only records before this time.")
    var to: String?

    @Option(help: "Only this dealership's.")
    var dealership: String?

    @Option(help: "Only those about this conversation.")
    var conversation: String?

    @Option(help: "Only events of this type, such as message.received.")
    var type: String?

    @Option(help: "Only records with this key.")
    var key: String?

    @Option(help: ArgumentHelp("Only records with this header; may be repeated.", valueName: "name=value"))
    var header: [String] = []

    @Option(help: "No more than this many records, the first ones, partition by partition.")
    var limit: Int?

    func validate() throws {
        _ = try filter(now: .now)
        if let limit, limit < 1 { throw ValidationError("--limit: \(limit) is not at least 1.") }
        if let one = partition.first(where: { $0 < 0 }) { throw ValidationError("--partition: \(one) is none.") }
        guard let offsets else { return }
        guard Self.range(offsets) != nil else {
            throw ValidationError("--offsets: '\(offsets)' is not A..B, A.. or ..B with A before B.")
        }
        guard partition.count == 1 else {
            throw ValidationError("--offsets means something in one partition only: give it with --partition.")
        }
    }

    /// - Throws: `ValidationError` that says what is wrong with a time or a header.
    func filter(now: Timestamp) throws -> Filter {
        func moment(_ name: String, _ text: String?) throws -> Timestamp? {
            do {
                return try text.map { try Moment($0, now: now).timestamp }
            } catch {
                throw ValidationError("\(name): \(error).")
            }
        }
        var filter = Filter()
        filter.from = try moment("--from", from)
        filter.to = try moment("--to", to)
        if let from = filter.from, let to = filter.to, to <= from {
            throw ValidationError("--to (\(to)) is not after --from (\(from)).")
        }
        filter.dealership = dealership
        filter.conversation = conversation
        filter.type = type.map(EventType.short)
        filter.key = key
        filter.headers = try header.map { text in
            guard let mark = text.firstIndex(of: "="), mark > text.startIndex else {
                throw ValidationError("--header: '\(text)' is not name=value.")
            }
            return Filter.HeaderMatch(name: String(text[..<mark]), value: String(text[text.index(after: mark)...]))
        }
        return filter
    }

    /// Nil unless it is `A..B`; a missing end is nil in it.
    static func range(_ text: String) -> (low: Int64?, high: Int64?)? {
        guard let dots = text.firstRange(of: "..") else { return nil }
        func end(_ text: Substring) -> Int64?? { text.isEmpty ? .some(nil) : Int64(text).map(Optional.some) }
        guard let low = end(text[..<dots.lowerBound]), let high = end(text[dots.upperBound...]),
            low != nil || high != nil, (low ?? 0) >= 0, (low ?? 0) < (high ?? .max)
        else { return nil }
        return (low, high)
    }
}
