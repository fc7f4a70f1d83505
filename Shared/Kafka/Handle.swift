import CRdKafka
import Dispatch
import Foundation
import Synchronization

/// An `rd_kafka_t` and the queue its events come from.
///
/// `@unchecked Sendable`, the only one of the package: librdkafka locks both objects itself, and they are used from a
/// client's own thread (polling), from the threads that send, and from whoever wakes the poller. What librdkafka does
/// not guard is use after destroy: `wake` and `destroy` exclude each other by the mutex, and everybody else is ordered
/// before `destroy` by the actor or lock that the handle lives in.
final class Handle: @unchecked Sendable {
    let rk: OpaquePointer
    let queue: OpaquePointer
    private let state = Mutex(State())

    private struct State {
        var isOpen = true
        var isWaiting = false
    }

    /// - Parameter events: `RD_KAFKA_EVENT_…`, or-ed; only what is served, or it piles up.
    init(
        _ type: rd_kafka_type_t, _ settings: KeyValuePairs<String, String>, _ configuration: KafkaConfiguration,
        events: Int32
    ) throws {
        guard let conf = rd_kafka_conf_new() else {
            throw KafkaError(RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE, "configure")
        }
        var text = [CChar](repeating: 0, count: 512)
        func set(_ name: String, _ value: String) throws {
            guard rd_kafka_conf_set(conf, name, value, &text, text.count) == RD_KAFKA_CONF_OK else {
                rd_kafka_conf_destroy(conf)
                throw KafkaError(
                    RD_KAFKA_RESP_ERR__INVALID_ARG, "configure \(name)", reason: String(terminated: text))
            }
        }
        try set("bootstrap.servers", configuration.bootstrapServers)
        try set("client.id", configuration.clientId)
        try set("log.queue", "true")
        try set("socket.nagle.disable", "true")  // #4986: 40 ms stalls
        try set("statistics.interval.ms", String(Limits.statisticsMilliseconds))
        if type == RD_KAFKA_CONSUMER { for (name, value) in Self.reading { try set(name, value) } }
        for (name, value) in settings { try set(name, value) }
        for (name, value) in configuration.properties { try set(name, value) }
        rd_kafka_conf_set_events(conf, events)
        guard let rk = rd_kafka_new(type, conf, &text, text.count) else {
            rd_kafka_conf_destroy(conf)
            throw KafkaError(RD_KAFKA_RESP_ERR__FAIL, "create client", reason: String(terminated: text))
        }
        self.rk = rk
        if type == RD_KAFKA_CONSUMER {
            rd_kafka_poll_set_consumer(rk)
            queue = rd_kafka_queue_get_consumer(rk)
        } else {
            queue = rd_kafka_queue_get_main(rk)
        }
        rd_kafka_set_log_queue(rk, queue)
    }

    /// How everybody reads, in a group or not.
    private static let reading: KeyValuePairs<String, String> = [
        "enable.auto.commit": "false",
        "enable.auto.offset.store": "false",
        // The default, latest, silently loses what lies between (#521).
        "auto.offset.reset": "error",
        "enable.partition.eof": "true",
        "isolation.level": "read_committed",
        "check.crcs": "true",
        "allow.auto.create.topics": "false",
        "receive.message.max.bytes": String(Limits.receiveMessageBytes),
        "queued.min.messages": String(Limits.prefetchRecords),
        "queued.max.messages.kbytes": String(Limits.prefetchKilobytes),
    ]

    /// Waits for an event, and no longer than until `wake`.
    /// - Parameter mayWait: asked once `wake` would be heard; a wake-up in between is not lost.
    func poll(_ milliseconds: Int32, mayWait: () -> Bool) -> OpaquePointer? {
        if milliseconds == 0 { return rd_kafka_queue_poll(queue, 0) }
        state.withLock { $0.isWaiting = true }
        defer { state.withLock { $0.isWaiting = false } }
        return rd_kafka_queue_poll(queue, mayWait() ? milliseconds : 0)
    }

    /// Ends a `poll` that waits. Does nothing otherwise: librdkafka remembers a yield, and the next poll would come
    /// back empty though records are there.
    func wake() {
        state.withLock { state in
            if state.isOpen && state.isWaiting { rd_kafka_queue_yield(queue) }
        }
    }

    /// Blocks, on a thread of the caller's own, no longer than given.
    /// - Returns: false if librdkafka still hangs in it; its threads are then left behind.
    @discardableResult
    func destroy(within seconds: Double = Limits.destroySeconds, flags: Int32 = 0) -> Bool {
        let wasOpen = state.withLock { state in
            defer { state.isOpen = false }
            return state.isOpen
        }
        guard wasOpen else { return true }
        rd_kafka_queue_destroy(queue)
        let done = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            rd_kafka_destroy_flags(self.rk, flags)
            done.signal()
        }
        return done.wait(timeout: .now() + seconds) == .success
    }

    /// The fatal error that librdkafka has raised, if any.
    func fatalFailure(in operation: String) -> KafkaError? {
        var text = [CChar](repeating: 0, count: 512)
        let code = rd_kafka_fatal_error(rk, &text, text.count)
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        return KafkaError(code, operation, reason: String(terminated: text), fatal: true)
    }
}
