import CoreMetrics

/// swift-metrics' back end: what the process measures, kept in a registry.
///
/// Only meters are forgotten when they are destroyed: Prometheus wants a counter that was once there to stay.
public struct PrometheusFactory: MetricsFactory {
    private let registry: MetricsRegistry

    public init(registry: MetricsRegistry) {
        self.registry = registry
    }

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        CounterSink(registry.instrument(.counter, label, dimensions, suffix: "_total"))
    }

    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        CounterSink(registry.instrument(.counter, label, dimensions, suffix: "_total"))
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        GaugeSink(registry.instrument(.gauge, label, dimensions, suffix: ""))
    }

    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        aggregate
            ? HistogramSink(registry.instrument(.histogram, label, dimensions, suffix: ""))
            : GaugeSink(registry.instrument(.gauge, label, dimensions, suffix: ""))
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        HistogramSink(registry.instrument(.histogram, label, dimensions, suffix: "_seconds"))
    }

    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {
        if let sink = handler as? GaugeSink { registry.forget(sink.instrument) }
    }
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}
}

private final class CounterSink: CounterHandler, FloatingPointCounterHandler {
    private let instrument: Instrument
    init(_ instrument: Instrument) { self.instrument = instrument }
    func increment(by amount: Int64) { instrument.add(Double(amount)) }
    func increment(by amount: Double) { instrument.add(amount) }
    func reset() { instrument.set(0) }
}

private final class GaugeSink: MeterHandler, RecorderHandler {
    let instrument: Instrument
    init(_ instrument: Instrument) { self.instrument = instrument }
    func set(_ value: Int64) { instrument.set(Double(value)) }
    func set(_ value: Double) { instrument.set(value) }
    func increment(by amount: Double) { instrument.add(amount) }
    func decrement(by amount: Double) { instrument.add(-amount) }
    func record(_ value: Int64) { instrument.set(Double(value)) }
    func record(_ value: Double) { instrument.set(value) }
}

private final class HistogramSink: RecorderHandler, TimerHandler {
    private let instrument: Instrument
    init(_ instrument: Instrument) { self.instrument = instrument }
    func record(_ value: Int64) { instrument.observe(Double(value)) }
    func record(_ value: Double) { instrument.observe(value) }
    func recordNanoseconds(_ duration: Int64) { instrument.observe(Double(duration) / 1e9) }
}
