/// Who gets which partition: as even as it goes, and whoever has one keeps it if that is fair.
enum CooperativeSticky {
    /// A partition that is to move is nobody's in this round: its owner lets go of it first (KIP-429).
    /// - Parameter owned: of each member, in the order of their numbers.
    static func assign(partitions: Int, owned: [Int: Set<Int32>]) -> [Int: Set<Int32>] {
        guard !owned.isEmpty else { return [:] }
        let all = Set((0..<Int32(partitions)))
        // Those that have most are the ones to have one more than others.
        let members = owned.keys.sorted { (-(owned[$0]?.count ?? 0), $0) < (-(owned[$1]?.count ?? 0), $1) }
        let (share, rest) = partitions.quotientAndRemainder(dividingBy: members.count)
        var given: [Int: Set<Int32>] = [:]
        var free = all.subtracting(owned.values.reduce(into: []) { $0.formUnion($1) }).sorted()
        for (index, member) in members.enumerated() {
            let fair = share + (index < rest ? 1 : 0)
            given[member] = Set((owned[member] ?? []).intersection(all).sorted().prefix(fair))
        }
        for (index, member) in members.enumerated() {
            let fair = share + (index < rest ? 1 : 0)
            while given[member, default: []].count < fair, !free.isEmpty {
                given[member, default: []].insert(free.removeFirst())
            }
        }
        return given
    }
}
