import Logging
import Shards

/// A lane a partition: appends the rows that the spool names as pending, in order.
extension SpoolPump {
    func startLanes() async {
        await withDiscardingTaskGroup { group in
            for await _ in laneWake.stream {
                for partition in lanes.takeIdle() { group.addTask { await self.work(partition) } }
            }
            group.cancelAll()
        }
    }

    private func work(_ partition: Int32) async {
        var failures = 0
        while !Task.isCancelled, let span = lanes.next(partition) {
            do {
                let rows = try await spool.pending(
                    partition: partition, after: span.after, through: span.through, limit: Limits.appendBatch)
                // A connection lost while the rows were read: they wait for those in doubt before them.
                guard span.generation == lanes.generation else { continue }
                if !rows.isEmpty {
                    Failpoint.reach("spooled")
                    let last = try await append(rows.map(\.event))
                    Failpoint.reach("spool-appended")
                    note(last, partition, span)
                }
                let isLast = rows.count < Limits.appendBatch
                acknowledge(rows, partition, through: isLast ? span.through : rows[rows.count - 1].row, span)
                failures = 0
            } catch is CancellationError {
                return
            } catch  where span.generation != lanes.generation {
                // Given up by the reset after a lost connection.
                continue
            } catch {
                // What is here is promised, so there is no error after which it is given up.
                failures += 1
                if failures == 1 || failures.isMultiple(of: 40) {
                    logger.warning(
                        "the log does not take messages",
                        metadata: ["partition": "\(partition)", "error": "\(error)", "failures": "\(failures)"])
                }
                try? await time.sleep(for: Limits.backOff)
            }
        }
    }

    private func note(_ last: AppendedRecord?, _ partition: Int32, _ span: SpoolLanes.Span) {
        guard span.generation == lanes.generation else { return }
        tails[partition] = last
        newTails.insert(partition)
    }

    private func acknowledge(_ rows: [SpoolRow], _ partition: Int32, through: Int64, _ span: SpoolLanes.Span) {
        guard lanes.advance(partition, through: through, span) else { return }
        let time = now()
        for row in rows {
            acknowledged.append((row.row, time))
            for ticket in waitingForRow.removeValue(forKey: row.row) ?? [] { finish(ticket, .success(.log)) }
        }
        status.pending -= rows.count
        writerWake.continuation.yield()
    }
}
