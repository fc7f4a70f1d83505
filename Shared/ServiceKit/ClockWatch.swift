import Contracts
import ServiceLifecycle
import Shards

/// Ends the process after its wall clock was set back by more than a moment; whoever runs it starts it again.
///
/// librdkafka's threads wait for moments of the wall clock, and sleep until it shows them again: an hour back is an hour
/// without Kafka, though everything else here answers (https://github.com/confluentinc/librdkafka/issues/2145).
struct ClockWatch: ServiceLifecycle.Service {
    let wall: @Sendable () -> Timestamp
    var time: any LoopTime = SystemTime()

    /// - Throws: `ClockSetBack`.
    func run() async throws {
        try await cancelWhenGracefulShutdown {
            var clocks = ClockPair(wall: wall(), steady: time.instant)
            while !Task.isCancelled {
                do { try await time.sleep(for: Limits.clockLook) } catch { return }
                if let error = clocks.look(wall: wall(), steady: time.instant) { throw error }
            }
        }
    }
}

/// The wall clock beside one that only goes on.
struct ClockPair {
    private var wall: Timestamp
    private var steady: ContinuousClock.Instant

    init(wall: Timestamp, steady: ContinuousClock.Instant) {
        self.wall = wall
        self.steady = steady
    }

    /// - Returns: that the wall clock was set back since the last look. Forward is no matter: then a wait ends at once.
    mutating func look(wall: Timestamp, steady: ContinuousClock.Instant) -> ClockSetBack? {
        let back = (steady - self.steady) - .milliseconds(wall.milliseconds - self.wall.milliseconds)
        (self.wall, self.steady) = (wall, steady)
        return back > Limits.clockSetBack ? ClockSetBack(by: back) : nil
    }
}

/// The process must end.
struct ClockSetBack: Error, Equatable, CustomStringConvertible {
    let by: Duration

    var description: String {
        "the wall clock was set back by \(by.components.seconds) s: the Kafka client sleeps until it shows that time again"
    }
}
