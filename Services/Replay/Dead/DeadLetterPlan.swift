import Contracts

/// Whether a decision is appended, after those that the log has of the same letter. The first one counts.
enum DeadLetterPlan: Equatable {
    case append
    /// The same, at this offset.
    case isThere(Int64)

    /// - Parameter again: the copies of before were refused as the letter was.
    /// - Throws: `Refusal` if something else was decided.
    init(
        _ settlement: DeadLetterSettlement, after earlier: [(settlement: DeadLetterSettlement, offset: Int64)],
        again: Bool
    ) throws {
        if let same = earlier.first(where: { $0.settlement.id == settlement.id }) {
            self = .isThere(same.offset)
            return
        }
        for (other, offset) in earlier {
            switch other.decision {
            case .discarded:
                throw Refusal(
                    "the letter was discarded by \(other.by), \(other.time), at offset \(offset): \(other.reason)")
            case .amended:
                guard again else {
                    throw Refusal(
                        "the letter was amended by \(other.by), \(other.time), at offset \(offset): \(other.reason). If "
                            + "that copy is a dead letter too, --again decides once more; the first decision that a "
                            + "service takes counts")
                }
            }
        }
        self = .append
    }
}
