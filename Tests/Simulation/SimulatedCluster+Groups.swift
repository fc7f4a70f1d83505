import Kafka

/// A consumer group as its coordinator sees it.
struct Group: Sendable {
    struct Member: Sendable {
        /// Nil after a static member has closed.
        var client: Int?
        let instanceId: String?
        let timeout: Int64
        var heard: Int64
        var assigned: Set<Int32> = []
    }

    let lead: String
    var members: [Int: Member] = [:]
    /// Who has joined the round that is under way; nil while there is none.
    var joined: Set<Int>?
    /// The lead's partitions in the last round.
    var partitions = 0
}

extension SimulatedCluster {
    /// Whoever can take its next step does.
    /// - Returns: whether anything happened.
    mutating func progress(_ name: String) -> Bool {
        var happened = false
        for id in clients.keys.sorted() where isFree(id, of: name) {
            if clients[id]?.membership?.member == nil {
                join(id, name)
                happened = true
            }
        }
        guard var group = groups[name] else { return happened }
        let partitions = topics[group.lead]?.count ?? 0
        if group.joined == nil, partitions != group.partitions, !group.members.isEmpty { group.joined = [] }
        if let joined = group.joined {
            let now = joined.union(group.members.filter { $0.value.client.map { isFree($0, of: name) } ?? false }.keys)
            happened = happened || now != joined
            group.joined = now
        }
        let isComplete = !group.members.isEmpty && group.joined == Set(group.members.keys)
        groups[name] = group
        if isComplete { complete(name) }
        return happened || isComplete
    }

    /// Heard by its group, and with no rebalance to hear of or to answer: then it joins in the background.
    private func isFree(_ id: Int, of name: String) -> Bool {
        guard let client = clients[id], let membership = client.membership else { return false }
        return membership.group == name && isHeard(client.process) && client.fatal == nil
            && membership.unanswered == nil && !client.queue.contains { $0.isRebalance }
    }

    private mutating func join(_ id: Int, _ name: String) {
        guard let membership = clients[id]?.membership, var group = groups[name] else { return }
        version += 1
        defer { groups[name] = group }
        let instance = membership.instanceId
        if let instance, let known = group.members.first(where: { $0.value.instanceId == instance })?.key {
            // A static member that is back: it has what it had, and nobody else hears of it.
            if let old = group.members[known]?.client {
                version += 1
                clients[old]?.fatal = .simulated(82, "FENCED_INSTANCE_ID", "another member has this id", fatal: true)
            }
            group.members[known]?.client = id
            group.members[known]?.heard = now
            let assigned = group.members[known]?.assigned ?? []
            clients[id]?.membership?.member = known
            // In a round it brings nothing, and is told of all that the round gives it.
            guard group.joined == nil else { return }
            clients[id]?.membership?.owned = assigned
            clients[id]?.queue.append(.assigned(assigned.sorted()))
            return
        }
        let member = mint()
        group.members[member] = Group.Member(
            client: id, instanceId: instance, timeout: membership.timeout, heard: now)
        clients[id]?.membership?.member = member
        group.joined = group.joined ?? []
    }

    /// Everybody is here: who has what, and who gives up what first.
    private mutating func complete(_ name: String) {
        guard var group = groups[name] else { return }
        group.joined = nil
        group.partitions = topics[group.lead]?.count ?? 0
        let owned = group.members.mapValues { $0.client.flatMap { clients[$0]?.membership?.owned } ?? [] }
        let given = CooperativeSticky.assign(partitions: group.partitions, owned: owned)
        for (member, partitions) in given {
            group.members[member]?.assigned = partitions
            if let client = group.members[member]?.client { tell(client, partitions) }
        }
        groups[name] = group
    }

    private mutating func tell(_ id: Int, _ assigned: Set<Int32>) {
        guard var membership = clients[id]?.membership else { return }
        version += 1
        let revoked = membership.owned.subtracting(assigned)
        let added = assigned.subtracting(membership.owned)
        if revoked.isEmpty {
            membership.owned = assigned
            clients[id]?.queue.append(.assigned(added.sorted()))
        } else {
            // What is new comes when what goes has been let go of.
            membership.added = added
            clients[id]?.queue.append(.revoked(revoked.sorted(), lost: false))
        }
        clients[id]?.membership = membership
    }

    /// Unless one is under way.
    mutating func beginRound(_ name: String) {
        if let group = groups[name], group.joined == nil { groups[name]?.joined = [] }
    }

    // MARK: Sessions

    mutating func restartSessions() {
        for (name, group) in groups {
            for member in group.members.keys { groups[name]?.members[member]?.heard = now }
        }
    }

    mutating func hearHeartbeats() {
        guard isUp else { return }
        for name in groups.keys.sorted() {
            for (id, member) in groups[name]?.members ?? [:] {
                if let client = member.client, let process = clients[client]?.process, isHeard(process) {
                    groups[name]?.members[id]?.heard = now
                } else if now - member.heard >= member.timeout {
                    remove(id, from: name)
                }
            }
        }
        for id in clients.keys.sorted() { hearOfEviction(id) }
    }

    mutating func remove(_ member: Int, from name: String) {
        groups[name]?.members[member] = nil
        version += 1
        // A round begins anew: who has joined it joins again.
        groups[name]?.joined = []
    }

    /// A member that was put out hears of it when it is heard again.
    private mutating func hearOfEviction(_ id: Int) {
        guard let client = clients[id], var membership = client.membership, isHeard(client.process),
            membership.unanswered == nil, let member = membership.member,
            groups[membership.group]?.members[member] == nil
        else { return }
        (membership.member, membership.added) = (nil, [])
        version += 1
        clients[id]?.queue.removeAll { $0.isRebalance }
        if !membership.owned.isEmpty { clients[id]?.queue.append(.revoked(membership.owned.sorted(), lost: true)) }
        clients[id]?.membership = membership
    }
}
