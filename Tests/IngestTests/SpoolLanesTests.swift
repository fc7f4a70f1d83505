import Testing

@testable import Ingest

@Suite struct SpoolLanesTests {
    private var lanes = SpoolLanes()

    /// The macro evaluates its arguments where nothing can be changed.
    private func equal<T: Equatable>(_ got: T, _ wanted: T, at location: SourceLocation = #_sourceLocation) {
        #expect(got == wanted, sourceLocation: location)
    }

    @Test mutating func aLaneIsBusyOnceAndGivesItsStretch() {
        lanes.restart()
        lanes.admitted(3, partition: 1)
        equal(lanes.takeIdle(), [1])
        equal(lanes.takeIdle(), [])
        equal(lanes.next(1), SpoolLanes.Span(after: 0, through: 3, generation: 0))
    }

    @Test mutating func aRowThatArrivesWhileALaneIsBusyIsNotForgotten() throws {
        lanes.restart()
        lanes.admitted(3, partition: 1)
        _ = lanes.takeIdle()
        let next = lanes.next(1)
        let span = try #require(next)
        lanes.admitted(4, partition: 1)
        let isCurrent = lanes.advance(1, through: 3, span)
        #expect(isCurrent)
        #expect(lanes.hasAppended(3, partition: 1) && !lanes.hasAppended(4, partition: 1))
        equal(lanes.next(1), SpoolLanes.Span(after: 3, through: 4, generation: 0))
        _ = lanes.advance(1, through: 4, span)
        equal(lanes.next(1), nil)
        lanes.admitted(5, partition: 1)
        equal(lanes.takeIdle(), [1])
    }

    @Test mutating func anAnswerFromBeforeALossCountsForNothing() throws {
        lanes.restart()
        lanes.admitted(3, partition: 1)
        _ = lanes.takeIdle()
        let next = lanes.next(1)
        let span = try #require(next)
        lanes.suspend()
        let isCurrent = lanes.advance(1, through: 3, span)
        #expect(!isCurrent)
        equal(lanes.next(1), nil)
        equal(lanes.takeIdle(), [])
        lanes.restart()
        equal(lanes.takeIdle(), [1])
        equal(lanes.next(1), SpoolLanes.Span(after: 0, through: 3, generation: 1))
    }

    @Test mutating func nothingStartsBeforeTheFirstRestart() {
        lanes.admitted(1, partition: 0)
        equal(lanes.takeIdle(), [])
    }
}
