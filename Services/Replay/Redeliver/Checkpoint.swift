import Contracts
import Foundation

/// How far a delivery is. Written after each batch, and on disk before the next one is sent.
struct Checkpoint: Codable, Equatable, Sendable {
    struct Place: Codable, Equatable, Sendable {
        var partition: Int32
        /// Of the source: the next one to send.
        var next: Int64
        /// Records that are in the target.
        var written = 0
        /// Of the target: after the last of them.
        var targetNext: Int64
    }

    /// What is delivered: the hash of the plan, or of the file with where it goes to.
    var subject: String
    var begunAt: Timestamp
    var places: [Place]
    var isDone = false

    var written: Int { places.reduce(0) { $0 + $1.written } }

    subscript(partition: Int32) -> Place? {
        get { places.first { $0.partition == partition } }
        set {
            guard let newValue else { return }
            if let index = places.firstIndex(where: { $0.partition == partition }) {
                places[index] = newValue
            } else {
                places.append(newValue)
            }
        }
    }

    /// Notes that the target has a record.
    /// - Parameter offset: where; less than 0 if the broker did not tell.
    mutating func note(_ partition: Int32, source: Int64, target offset: Int64) {
        guard var place = self[partition] else { return }
        // A producer that was replaced may have sent one twice: it is one.
        if source >= place.next {
            place.next = source + 1
            place.written += 1
        }
        if offset >= 0 { place.targetNext = max(place.targetNext, offset + 1) }
        self[partition] = place
    }

    /// - Returns: nil where there is none.
    /// - Throws: `Refusal` for one of something else.
    static func read(_ path: String, of subject: String) throws -> Checkpoint? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        // Without it all would be sent again.
        guard let data = FileManager.default.contents(atPath: path) else { throw Refusal("cannot read \(path)") }
        guard let found = try? JSONDecoder().decode(Checkpoint.self, from: data) else {
            throw Refusal("\(path) is no checkpoint: it is in the way")
        }
        guard found.subject == subject else {
            throw Refusal(
                "\(path) is of another plan, file, topic or cluster: what that one began may not be finished. Move it "
                    + "away if that does not matter")
        }
        return found
    }

    func write(_ path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        try DurableFile.write(try encoder.encode(self), to: path)
    }
}
