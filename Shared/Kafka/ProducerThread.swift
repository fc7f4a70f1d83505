import CRdKafka
import Dispatch
import Foundation
import Logging
import Synchronization

/// The producer's thread: it may block, and is the only one that serves reports.
extension ProducerCore {
    private struct Report {
        let sequence: Int
        let code: rd_kafka_resp_err_t
        let offset: Int64
    }

    func startThread() {
        let thread = Thread { self.run() }
        thread.name = "kafka-producer"
        thread.start()
    }

    private func run() {
        while true {
            let (handle, closing) = state.withLock { ($0.handle, $0.closing) }
            // While closing there is always work, so that the poll has to wait all the same, for a little.
            let wait = closing == nil ? Limits.pollMilliseconds : 20
            if let event = handle.poll(wait, mayWait: { closing != nil || !self.hasWork() }) {
                serve(event, handle, keepingErrors: false)
            }
            let (topics, replacement) = state.withLock { ($0.unknownTopics, $0.replacement) }
            for topic in topics { learn(topic, handle) }
            if let replacement { replace(replacement, handle) }
            if let closing, isDrained() || ContinuousClock.now >= closing {
                finish()
                return
            }
        }
    }

    // MARK: reports

    /// Takes the event over.
    /// - Parameter keepingErrors: records that failed stay open, to be sent again or given up together.
    private func serve(_ event: OpaquePointer, _ handle: Handle, keepingErrors: Bool) {
        switch rd_kafka_event_type(event) {
        case RD_KAFKA_EVENT_DR:
            reports(event, handle, keepingErrors)
            return
        case RD_KAFKA_EVENT_ERROR: error(event, handle)
        default: telemetry.serve(event)
        }
        rd_kafka_event_destroy(event)
    }

    /// The broker and librdkafka disagree about what was sent: not the record's fault, and not always called fatal.
    private static let unfit = [
        RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH,
        RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING,
        RD_KAFKA_RESP_ERR_PRODUCER_FENCED, RD_KAFKA_RESP_ERR__FENCED, RD_KAFKA_RESP_ERR__FATAL,
    ]

    /// Takes the event over.
    private func reports(_ event: OpaquePointer, _ handle: Handle, _ keepingErrors: Bool) {
        var reports: [Report] = []
        reports.reserveCapacity(rd_kafka_event_message_count(event))
        var hasErrors = false
        while let message = rd_kafka_event_message_next(event) {
            let code = message.pointee.err
            hasErrors = hasErrors || code != RD_KAFKA_RESP_ERR_NO_ERROR
            reports.append(
                Report(
                    sequence: Int(bitPattern: message.pointee._private), code: code, offset: message.pointee.offset))
        }
        // Only this gives the messages' room in the queue back, which is wanted below.
        rd_kafka_event_destroy(event)
        let isUnfit =
            hasErrors
            && (handle.fatalFailure(in: "send") != nil
                || kind == .kept && reports.contains { Self.unfit.contains($0.code) })
        let dropped = state.withLock { state in
            var dropped = 0
            for report in reports {
                if report.sequence == 0 {
                    if report.code != RD_KAFKA_RESP_ERR_NO_ERROR { dropped += 1 }
                } else if report.code == RD_KAFKA_RESP_ERR_NO_ERROR {
                    state.window.report(report.sequence, .success(report.offset))
                } else if !isUnfit && !keepingErrors {
                    state.window.report(report.sequence, .failure(KafkaError(report.code, "send")))
                }
            }
            if isUnfit && state.replacement == nil { state.replacement = .resend }
            feed(&state)
            state.window.trim()
            return dropped
        }
        if dropped > 0 { telemetry.count("kafka_client_dropped_total", by: dropped) }
    }

    private func error(_ event: OpaquePointer, _ handle: Handle) {
        if let fatal = handle.fatalFailure(in: "send") {
            telemetry.error(fatal, level: .error)
            state.withLock { if $0.replacement == nil { $0.replacement = .resend } }
            return
        }
        let code = rd_kafka_event_error(event)
        let reason = rd_kafka_event_error_string(event).map { String(cString: $0) }
        telemetry.error(KafkaError(code, "send", reason: reason))
        switch code {
        case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__TRANSPORT:
            let losses = state.withLock { state in
                defer { state.expectsLoss = false }
                return state.expectsLoss ? Array(state.losses.values) : []
            }
            for loss in losses { loss.yield() }
        default: break
        }
    }

    // MARK: topics

    /// Asks for a topic's partitions, so that none is ever sent to that does not exist.
    private func learn(_ topic: String, _ handle: Handle) {
        let (partitions, error) = partitionCount(topic, handle)
        if partitions == nil && error == nil {
            giveUpWaiting(for: topic)
            // Some refusals come at once, and must not be asked for in a busy loop.
            if let event = handle.poll(100, mayWait: { true }) { serve(event, handle, keepingErrors: false) }
            return
        }
        state.withLock { state in
            state.unknownTopics.remove(topic)
            state.sender.learn(topic, partitions: partitions ?? 0)
            feed(&state)
            for record in state.parked where record.topic == topic { _ = state.sender.produce(record, tag: 0) }
            state.parked.removeAll { $0.topic == topic }
            if partitions == nil { state.sender.forget(topic) }
        }
        if let error { telemetry.error(error) }
    }

    /// Nobody answered: kept records wait on, passing ones are out of date.
    private func giveUpWaiting(for topic: String) {
        let dropped = state.withLock { state in
            defer { state.parked = [] }
            if kind == .passing {
                state.window.failOpen(before: .max, KafkaError(RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, "send \(topic)"))
                feed(&state)
                state.window.trim()
            }
            if state.window.isFed { state.unknownTopics.remove(topic) }
            return state.parked.count
        }
        if dropped > 0 { telemetry.count("kafka_client_dropped_total", by: dropped) }
    }

    /// - Returns: nil and no error if the cluster did not answer in time.
    private func partitionCount(_ topic: String, _ handle: Handle) -> (Int32?, KafkaError?) {
        guard let pointer = rd_kafka_topic_new(handle.rk, topic, nil) else { return (nil, nil) }
        defer { rd_kafka_topic_destroy(pointer) }
        var metadata: UnsafePointer<rd_kafka_metadata>?
        let code = rd_kafka_metadata(handle.rk, 0, pointer, &metadata, Limits.metadataMilliseconds)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let metadata, let found = metadata.pointee.topics else {
            return (nil, nil)
        }
        defer { rd_kafka_metadata_destroy(metadata) }
        guard metadata.pointee.topic_cnt > 0 else { return (nil, nil) }
        let count = found[0].partition_cnt
        if count > 0 { return (count, nil) }
        let missing = [RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED]
        return missing.contains(found[0].err) ? (nil, KafkaError(found[0].err, "send \(topic)")) : (nil, nil)
    }

    // MARK: replacing and closing

    /// Puts a new librdkafka producer in the place of the old one.
    private func replace(_ replacement: Replacement, _ handle: Handle) {
        telemetry.count("kafka_client_replacements_total")
        telemetry.logger.notice("Replacing the producer inside", metadata: ["reason": "\(replacement)"])
        purge(handle)
        var next: Handle?
        while next == nil {
            do {
                next = try Self.makeHandle(configuration, kind)
            } catch {
                telemetry.logger.error("No new producer could be made", metadata: ["error": "\(error)"])
                Thread.sleep(forTimeInterval: 1)
                if let closing = state.withLock({ $0.closing }), ContinuousClock.now >= closing { return }
            }
        }
        guard let next else { return }
        // First the old connections, so that nothing of theirs comes after what the next one sends.
        state.withLock { $0.sender.close() }
        if !handle.destroy() {
            telemetry.logger.warning("Left a replaced producer behind: librdkafka hangs in destroying it")
        }
        let waiters = state.withLock { state in
            // A reset may have been asked for while the old one was being purged.
            if case .reset(let end) = state.replacement ?? replacement {
                state.window.failOpen(before: end, .reset)
            }
            state.handle = next
            state.sender = Sender(next)
            state.replacement = nil
            state.window.rewind()
            state.window.trim()
            feed(&state)
            defer { state.resetWaiters = [] }
            return state.resetWaiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Takes back what librdkafka has; what it acknowledged meanwhile counts.
    private func purge(_ handle: Handle) {
        rd_kafka_purge(handle.rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
        let deadline = Date.now + Limits.purgeSeconds
        while rd_kafka_outq_len(handle.rk) > 0 && Date.now < deadline {
            if let event = handle.poll(100, mayWait: { true }) { serve(event, handle, keepingErrors: true) }
        }
    }

    private func isDrained() -> Bool {
        state.withLock { state in
            state.window.isEmpty && state.parked.isEmpty && rd_kafka_outq_len(state.handle.rk) == 0
        }
    }

    private func finish() {
        let (handle, leftOver) = state.withLock { state in
            // From here on nothing is fed: what the purge frees is not to be filled again.
            state.replacement = .resend
            return (state.handle, state.window.openCount)
        }
        purge(handle)
        // The topics of the sender must go before the handle, or its destroy waits for ever.
        let (waiters, resets, losses) = state.withLock { state in
            state.window.failOpen(before: .max, .closed("send"))
            state.sender.close()
            state.leftOver = leftOver
            defer {
                state.closeWaiters = []
                state.resetWaiters = []
                state.losses = [:]
            }
            return (state.closeWaiters, state.resetWaiters, Array(state.losses.values))
        }
        if !handle.destroy() {
            telemetry.logger.warning("Left a producer behind: librdkafka hangs in destroying it")
        }
        for loss in losses { loss.finish() }
        for waiter in resets { waiter.resume() }
        for waiter in waiters { waiter.resume(returning: leftOver) }
    }
}
