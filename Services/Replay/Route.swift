import Contracts
import Kafka

/// Whose record it is, as the services that read its partition see it.
enum Owner: Equatable, Sendable {
    case dealership(String)
    /// An event, but not on its dealership's partition: a dead letter.
    case misplaced(String)
    /// No event: a dead letter, for this reason.
    case unreadable(String)

    init(_ record: Record, among partitions: Int32) {
        do throws(MalformedEvent) {
            let event = try CloudEvents.event(key: record.key, value: record.value, header: record.header)
            let isRight = Partitioner.partition(event.dealership, of: partitions) == record.partition
            self = isRight ? .dealership(event.dealership) : .misplaced(event.dealership)
        } catch {
            self = .unreadable(error.description)
        }
    }

    /// Why services do not fold it; nil where they do.
    var deadLetter: String? {
        switch self {
        case .dealership: nil
        case .misplaced: "wrong-partition: it is not on its dealership's partition"
        case .unreadable(let reason): reason
        }
    }
}

/// From one number of partitions to another.
struct Route: Equatable, Sendable {
    let from: Int32
    let to: Int32

    /// The partition of the copy. What was a dead letter stays one: it goes by its old partition's number, and never
    /// to where its dealership is now, which would bring it to life.
    func partition(of owner: Owner, from partition: Int32) -> Int32 {
        switch owner {
        case .dealership(let id):
            return Partitioner.partition(id, of: to)
        case .unreadable:
            return partition % to
        case .misplaced(let id):
            let same = partition % to
            return same == Partitioner.partition(id, of: to) ? (same + 1) % to : same
        }
    }
}

/// The records of one partition that go to one other: they keep their order.
struct Flow: Hashable, Sendable {
    let from: Int32
    let to: Int32
}
