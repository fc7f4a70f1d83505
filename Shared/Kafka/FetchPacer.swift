import CRdKafka
import Foundation
import Synchronization

/// Slows down a consumer whose broker answers empty fetches at once.
///
/// Kafka holds an empty fetch back for `fetch.wait.max.ms` (500 ms). The local broker does not, and librdkafka asks
/// again as soon as it is answered: an idle consumer then takes a whole core, and the broker another. librdkafka
/// 2.0.2 has no setting for this, so its broker thread sleeps a little once several answers in a row came at once and
/// had the same size, as empty ones have. Kafka itself never gets here.
final class FetchPacer: Sendable {
    private struct Run {
        var size = 0
        var count = 0
    }

    /// By broker: each has a thread.
    private let runs = Mutex<[Int32: Run]>([:])

    private static let fetch: Int16 = 1

    /// Must be called before the client is made. The pacer lives as long as the process: broker threads may outlive
    /// a client whose destruction hangs.
    static func install(in conf: OpaquePointer) {
        let opaque = Unmanaged.passRetained(FetchPacer()).toOpaque()
        rd_kafka_conf_interceptor_add_on_new(
            conf, "pace",
            { rk, _, opaque, _, _ in
                rd_kafka_interceptor_add_on_response_received(
                    rk, "pace",
                    { _, _, _, broker, api, _, _, size, rtt, _, opaque in
                        guard api == FetchPacer.fetch, let opaque else { return RD_KAFKA_RESP_ERR_NO_ERROR }
                        Unmanaged<FetchPacer>.fromOpaque(opaque).takeUnretainedValue()
                            .answered(broker: broker, size: size, microseconds: rtt)
                        return RD_KAFKA_RESP_ERR_NO_ERROR
                    }, opaque)
            }, opaque)
    }

    private func answered(broker: Int32, size: Int, microseconds: Int64) {
        let isIdle = runs.withLock { runs in
            var run = runs[broker, default: Run()]
            let isRepeat = size == run.size && microseconds < Limits.promptFetchMicroseconds
            run = Run(size: size, count: isRepeat ? run.count + 1 : 0)
            runs[broker] = run
            return run.count >= Limits.promptFetches
        }
        if isIdle { usleep(Limits.fetchPauseMicroseconds) }
    }
}
