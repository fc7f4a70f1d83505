import Kafka

/// A consumer's side of its group.
struct Membership: Sendable {
    let group: String
    let lead: String
    let instanceId: String?
    let timeout: Int64
    /// The number that the group knows it by; nil before it has joined.
    var member: Int?
    /// What it tells the group that it has: given to it, be that answered or not.
    var owned: Set<Int32> = []
    /// Given to it and answered.
    var held: Set<Int32> = []
    /// To be given to it when it has let go of other partitions.
    var added: Set<Int32> = []
    /// Delivered, and not yet answered.
    var unanswered: ConsumerEvent?
}

extension SimulatedCluster {
    mutating func addMember(_ membership: Membership, process: String) -> Int {
        let id = mint()
        clients[id] = Client(process: process, membership: membership)
        version += 1
        groups[membership.group] = groups[membership.group] ?? Group(lead: membership.lead)
        return id
    }

    mutating func answer(_ id: Int) {
        guard var membership = clients[id]?.membership, let event = membership.unanswered else { return }
        membership.unanswered = nil
        version += 1
        defer { clients[id]?.membership = membership }
        switch event {
        case .assigned(let partitions):
            membership.held.formUnion(partitions)
        case .revoked(let partitions, let lost):
            membership.owned.subtract(partitions)
            membership.held.subtract(partitions)
            let held = membership.held
            keep(id) { held.contains($0) }
            if !membership.added.isEmpty {
                membership.owned.formUnion(membership.added)
                clients[id]?.queue.append(.assigned(membership.added.sorted()))
                membership.added = []
            }
            // What it let go of can be given to others now.
            if !lost { beginRound(membership.group) }
        default: break
        }
    }

    mutating func start(_ offsets: [String: Int64], partition: Int32, member id: Int) throws {
        try check(id, partition)
        start(Dictionary(uniqueKeysWithValues: offsets.map { (TopicPartition($0, partition), $1) }), client: id)
    }

    mutating func stop(partition: Int32, member id: Int) throws {
        try check(id, partition)
        keep(id) { $0 != partition }
    }

    /// The other runs end.
    private mutating func keep(_ id: Int, where isKept: (Int32) -> Bool) {
        let runs = clients[id]?.runs ?? [:]
        clients[id]?.runs = runs.filter { isKept($0.key.partition) }
    }

    private func check(_ id: Int, _ partition: Int32) throws {
        guard let client = clients[id], let membership = client.membership else { throw KafkaError.notAssigned }
        let isRevoked = (client.queue + [membership.unanswered].compactMap { $0 }).contains { event in
            if case .revoked(let partitions, _) = event { partitions.contains(partition) } else { false }
        }
        guard membership.held.contains(partition), !isRevoked else { throw KafkaError.notAssigned }
    }

    /// A static member stays in its group until its session runs out.
    mutating func close(_ id: Int) {
        guard let client = clients[id], !isDead(client.process) else { return }
        clients[id] = nil
        version += 1
        guard let membership = client.membership, let member = membership.member else { return }
        guard groups[membership.group]?.members[member]?.client == id else { return }
        if membership.instanceId == nil {
            remove(member, from: membership.group)
        } else {
            groups[membership.group]?.members[member]?.client = nil
        }
    }
}
