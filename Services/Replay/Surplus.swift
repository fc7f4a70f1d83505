/// The records of a target topic that no progress file knows of: an earlier run of the copy was killed after it had
/// sent them, or the file is gone.
///
/// The source tells which they are. What one partition sends to another arrives in order and without a gap, so of each
/// flow the target has the first records and no others; whatever is left over was not copied from there.
struct Surplus: Sendable {
    private struct Found {
        let offset: Int64
        let digest: RecordDigest
        var isTaken = false
    }

    private var found: [Int32: [Found]] = [:]
    private var places: [Int32: [RecordDigest: [Int]]] = [:]
    /// Where the next record of a flow may stand.
    private var next: [Flow: Int] = [:]
    /// A record of these is missing, so nothing after it was copied either.
    private var ended: Set<Flow> = []
    /// Records that are there already, the first of their flow.
    private(set) var copied: [Flow: Int] = [:]
    /// Records that are not explained yet.
    private(set) var left = 0

    /// In the target's order.
    mutating func add(_ digest: RecordDigest, partition: Int32, offset: Int64) {
        places[partition, default: [:]][digest, default: []].append(found[partition]?.count ?? 0)
        found[partition, default: []].append(Found(offset: offset, digest: digest))
        left += 1
    }

    /// Asks for the source's records one after another, in each partition's order.
    /// - Returns: `true` if the target has it.
    mutating func take(_ digest: RecordDigest, _ flow: Flow) -> Bool {
        guard !ended.contains(flow) else { return false }
        let place = places[flow.to]?[digest]?.first { place in
            place >= next[flow, default: 0] && found[flow.to]?[place].isTaken == false
        }
        guard let place else {
            ended.insert(flow)
            return false
        }
        found[flow.to]?[place].isTaken = true
        next[flow] = place + 1
        copied[flow, default: 0] += 1
        left -= 1
        return true
    }

    /// The newest record of a target's partition.
    func last(_ partition: Int32) -> Mark.Last? {
        found[partition]?.last.map { Mark.Last(offset: $0.offset, digest: $0.digest) }
    }

    /// The first record of the target that is none of the source's.
    var stranger: (partition: Int32, offset: Int64)? {
        for partition in found.keys.sorted() {
            if let stranger = found[partition]?.first(where: { !$0.isTaken }) { return (partition, stranger.offset) }
        }
        return nil
    }
}
