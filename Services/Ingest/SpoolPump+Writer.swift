import Contracts
import Logging
import Shards

/// The one writer: whatever waits goes into the file in one transaction.
extension SpoolPump {
    func write() async {
        for await _ in writerWake.stream {
            while !Task.isCancelled, let (change, group) = nextChange() { await commit(change, group) }
        }
    }

    private func nextChange() -> (SpoolChange, [UInt64])? {
        guard !queue.isEmpty || !acknowledged.isEmpty || reclaim != nil || sweepIsDue else { return nil }
        var change = SpoolChange()
        let group = queue.prefix(Limits.groupCommit)
        queue.removeFirst(group.count)
        change.entries = group.map(\.entry)
        change.acknowledged = acknowledged
        for partition in newTails { change.tails[partition] = .some(tails[partition]) }
        newTails = []
        change.reclaimAfter = reclaim?.after
        change.spared = reclaim?.spared ?? []
        change.lost = lost
        if sweepIsDue {
            change.expireBefore = now().adding(milliseconds: -Limits.keptMilliseconds)
            change.probe = true
        }
        return (change, group.map(\.ticket))
    }

    private func commit(_ change: SpoolChange, _ group: [UInt64]) async {
        let reclaimed = reclaim
        let generation = lanes.generation
        do {
            // Whoever waited for these has been answered.
            if !change.acknowledged.isEmpty { Failpoint.reach("answered") }
            let outcome = try await spool.commit(change)
            if !status.writable { logger.notice("the spool can be written again") }
            status.writable = true
            if change.probe { sweepIsDue = false }
            // A connection lost meanwhile has emptied the list and started another.
            if generation == lanes.generation { acknowledged.removeFirst(change.acknowledged.count) }
            if let pending = outcome.pending { status.pending = pending }
            for (index, admission) in outcome.admissions.enumerated() {
                admit(group[index], admission, change.entries[index])
            }
            if let reclaimed, reclaimed.generation == lanes.generation {
                (reclaim, lost) = (nil, [])
                lanes.restart()
            }
            laneWake.continuation.yield()
        } catch {
            if status.writable { logger.error("the spool cannot be written", metadata: ["error": "\(error)"]) }
            status.writable = false
            newTails.formUnion(change.tails.keys)
            for ticket in group { finish(ticket, .failure(SpoolRefusal.unwritable)) }
            // Tries again by itself, so that readiness comes back without a customer's help.
            sweepIsDue = true
            try? await time.sleep(for: Limits.backOff)
        }
    }

    private func admit(_ ticket: UInt64, _ admission: Admission, _ entry: SpoolEntry) {
        let row: Int64
        switch admission {
        case .conflict: return finish(ticket, .failure(SpoolRefusal.conflict))
        case .same(_, acknowledged: true): return finish(ticket, .success(.log))
        case .same(let known, acknowledged: false):
            // The log has it, and only the mark in the file is on its way.
            guard !lanes.hasAppended(known, partition: entry.partition) else { return finish(ticket, .success(.log)) }
            row = known
        case .new(let new):
            row = new
            status.pending += 1
            lanes.admitted(row, partition: entry.partition)
        }
        guard tickets[ticket]?.isImpatient == false else { return finish(ticket, .success(.spool)) }
        tickets[ticket]?.row = row
        waitingForRow[row, default: []].append(ticket)
    }

    func sweep() async {
        while !Task.isCancelled {
            try? await time.sleep(for: Limits.sweep)
            sweepIsDue = true
            writerWake.continuation.yield()
        }
    }
}
