import Contracts
import Logging
import Metrics
import ServiceKit
import Shards

/// One text on its way: claim it in the log, post it once, say in the log what came of it.
struct TextSend: Sendable {
    let carrier: any TextPosting
    let log: EventLog
    let dealerships: Dealerships
    let logger: Logger
    let clock: @Sendable () -> Timestamp
    let settled = SettledTexts()
    var time: any LoopTime = SystemTime()

    private typealias Moment = (steady: ContinuousClock.Instant, wall: Timestamp)

    /// - Returns: how long the two numbers are left alone; nil if the text is settled, or somebody else's.
    func send(_ text: OutgoingText, of shard: Shard) async -> Duration? {
        if let said = settled.events(of: text) {
            guard await isPending(text, shard) else { return nil }
            await append(said)
            return Limits.look
        }
        let began: Moment = (steady: time.instant, wall: clock())
        // Where the reply was folded here of late, as it nearly always was.
        let correlation = shard.consequence(of: .messages, text.offset) ?? Correlation(causationId: text.messageId)
        let claim = Claim(text, Identifier.timeOrdered(at: began.wall), at: began.wall, correlation)
        do {
            _ = try await shard.append(claim.event, to: .messages)
        } catch {
            // The claim may be in the log all the same; behind it, this takes it back.
            return await release(claim, rest: nil)
        }
        Failpoint.reach("text-claimed")
        var failures = 0
        while true {
            switch await decide(claim, shard, began, failures == 0 ? Limits.claimAge : Limits.claimRetries) {
            case .leave: return nil
            case .release: return await release(claim, rest: nil)
            case .fail(let reason):
                return await settle(claim, claim.status(TextStatus.failed, reason: reason), "blocked")
            case .send: break
            }
            let outcome = await carrier.post(text)
            Failpoint.reach("text-sent")
            guard case .notTaken(let retryAfter) = outcome else { return await settle(claim, outcome) }
            failures += 1
            let pause = max(Self.backOff(after: failures), retryAfter ?? .zero)
            guard self.waited(since: began) + pause < Limits.claimRetries, await hold(shard, pause) else {
                return await release(claim, rest: pause)
            }
        }
    }

    /// By both clocks: one stands still while a machine sleeps, the other is set.
    private func waited(since began: Moment) -> Duration {
        let wall = abs(clock().milliseconds - began.wall.milliseconds)
        return max(time.instant - began.steady, .milliseconds(wall))
    }

    private func decide(
        _ claim: Claim, _ shard: Shard, _ began: Moment, _ limit: Duration
    ) async -> SendDecision {
        let text = claim.text
        do {
            let (row, consent) = try await shard.read { db in
                (
                    try Threads().text(at: text.offset, in: db),
                    try Threads().consent(text.dealership, text.number, text.phone, db)
                )
            }
            // After the read: the process may have stood still in it.
            let now = clock()
            let isQuiet = dealerships[text.dealership]?.quietUntil(now) != nil
            return SendDecision(
                row, claim: claim.id, consent: consent, isQuiet: isQuiet, now: now, waited: waited(since: began),
                limit: limit)
        } catch {
            // The shard is lost, and with it what the customer said meanwhile. A claim that is not ours is not released.
            return .release
        }
    }

    /// Whether nobody has claimed it, as the state is now: it was found in an earlier one.
    private func isPending(_ text: OutgoingText, _ shard: Shard) async -> Bool {
        let row = try? await shard.read { try Threads().text(at: text.offset, in: $0) }
        return row?.rank == 0
    }

    /// Waits while the shard is here.
    /// - Returns: false if it is lost, or this process stops.
    private func hold(_ shard: Shard, _ pause: Duration) async -> Bool {
        let end = time.instant + pause
        while time.instant < end {
            do {
                try await time.sleep(for: min(end - time.instant, Limits.look))
                _ = try await shard.read { _ in true }
            } catch {
                return false
            }
        }
        return true
    }

    static func backOff(after failures: Int) -> Duration {
        let pause = min(Limits.textBackOff * (1 << min(failures - 1, 10)), Limits.textBackOffMost)
        return pause * Double.random(in: 0.5...1.5)
    }

    // MARK: What is said in the log

    private func settle(_ claim: Claim, _ outcome: SendOutcome) async -> Duration? {
        switch outcome {
        case .taken(let sid, let word, let code, let reason):
            // A word that we do not know moves nothing; that the provider has it does.
            let status = TextStatus.rank(word) == nil ? "accepted" : word
            // Without the claim: `sending` is a word of the provider's too.
            return await settle(
                claim, claim.status(status, sid: sid, code: code, reason: reason, isClaimed: false), "taken")
        case .refused(let code, let reason):
            return await settle(claim, claim.status(TextStatus.failed, code: code, reason: reason), "refused")
        case .unknown, .notTaken:
            return await settle(claim, claim.status(TextStatus.unconfirmed), "unconfirmed")
        }
    }

    private func settle(_ claim: Claim, _ status: MessageStatus, _ outcome: String) async -> Duration? {
        if outcome != "taken" {
            logger.warning(
                "a text was not taken",
                metadata: claim.correlation.metadata.merging([
                    "message": "\(claim.text.messageId)", "outcome": "\(outcome)",
                    "code": "\(status.errorCode.map { "\($0)" } ?? "none")",
                ]) { $1 })
        }
        let id = MessageStatus.resultId(claim.text.messageId, claim.id)
        let event = claim.says(status, id, at: clock())
        settled.note(claim.text, [claim.event, event], now: event.time)
        count(outcome)
        await append([event])
        return nil
    }

    private func release(_ claim: Claim, rest: Duration?) async -> Duration {
        let id = MessageStatus.releaseId(claim.text.messageId, claim.id)
        count("released")
        await append([claim.says(claim.status(TextStatus.released), id, at: clock())])
        return min(max(rest ?? .zero, Limits.releasedRest), Limits.releasedRestMost)
    }

    /// Not through the shard, which may be lost by now, and for as long as it takes: else nobody knows what we know.
    private func append(_ events: [Event]) async {
        while !Task.isCancelled {
            do {
                _ = try await log.append(events, to: .messages)
                return
            } catch is CancellationError {
                return
            } catch {
                logger.warning("what became of a text is not in the log yet", metadata: ["error": "\(error)"])
                try? await time.sleep(for: Limits.backOff)
            }
        }
    }

    private func count(_ outcome: String) {
        Counter(label: "dc_texts_sent", dimensions: [("outcome", outcome)]).increment()
    }
}

/// A text and our claim to it.
private struct Claim: Sendable {
    let text: OutgoingText
    let id: String
    let event: Event
    /// The reply's.
    let correlation: Correlation

    init(_ text: OutgoingText, _ id: String, at now: Timestamp, _ correlation: Correlation) {
        self.text = text
        self.id = id
        self.correlation = correlation
        let status = MessageStatus(
            conversationId: text.conversationId, messageId: text.messageId, status: TextStatus.sending, claim: id)
        event = Event(
            status, id: MessageStatus.claimId(text.messageId, id), dealership: text.dealership, service: "ingest",
            time: now, correlation: correlation)
    }

    func says(_ status: MessageStatus, _ id: String, at now: Timestamp) -> Event {
        Event(
            status, id: id, dealership: text.dealership, service: "ingest", time: now, correlation: correlation)
    }

    func status(
        _ status: String, sid: String? = nil, code: Int64? = nil, reason: String? = nil, isClaimed: Bool = true
    ) -> MessageStatus {
        MessageStatus(
            conversationId: text.conversationId, messageId: text.messageId, status: status,
            claim: isClaimed ? id : nil, sid: sid, errorCode: code, reason: reason)
    }
}
