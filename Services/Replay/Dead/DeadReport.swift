import Contracts
import Shards

/// Dead letters with their records.
struct DeadReport: Sendable {
    let letters: [FoundLetter]
    let records: LetterRecords
    private let isWhole: Bool

    /// - Parameter limit: of the letters that are shown: the records of others are read only to tell whose they are.
    init(
        _ options: DeadOptions, _ session: Session, at place: RecordPlace? = nil, limit: Int = .max
    ) async throws {
        var (letters, silent) = try await ServiceClient.with(session) {
            try await LetterOffice(client: $0).letters(options, session)
        }
        if let place {
            let topic = session.topic(place.topic)
            letters = letters.filter {
                $0.topic == topic && $0.partition == place.partition && $0.offset == place.offset
            }
        }
        let needed = options.dealership == nil ? Array(letters.prefix(limit)) : letters
        let records = try await LetterRecords(needed, session)
        if let dealership = options.dealership {
            letters = letters.filter { records.dealership($0, unmask: true) == dealership }
        }
        (self.letters, self.records, isWhole) = (letters, records, silent.isEmpty)
        for one in silent {
            Output.say("\(one.address) did not answer, so the dead letters of its shards are missing: \(one.why)")
        }
    }

    var verdict: Verdict { isWhole ? .done : .failed }

    func line(_ letter: FoundLetter, _ view: RecordView) -> String {
        let place = view.place(letter.topic, letter.partition, letter.offset)
        let settled = letter.settled.map { "  (\($0.decision) by \($0.by), \($0.at): \($0.reason))" } ?? ""
        let head = "\(letter.service)  \(place)  \(letter.reason): \(letter.detail)\(settled)"
        guard let decoded = records[letter] else { return "\(head)\n    the record is not in the log any more" }
        return "\(head)\n    \(view.line(decoded))"
    }

    func json(_ letter: FoundLetter, _ view: RecordView) -> [UInt8] {
        JSONText.object { json in
            let members: [(String, String?)] = [
                ("service", letter.service), ("topic", letter.topic), ("reason", letter.reason),
                ("detail", letter.detail), ("eventId", letter.eventId.map(view.label)),
                ("dealership", records.dealership(letter, unmask: view.unmask)),
                ("decision", letter.settled?.decision),
            ]
            for (name, value) in members {
                json.name(name)
                json.string(value)
            }
            json.name("partition")
            json.integer(letter.partition)
            json.name("offset")
            json.integer(letter.offset)
            json.name("record")
            if let decoded = records[letter] { json.raw(view.json(decoded)) } else { json.string(nil) }
        }
    }
}
