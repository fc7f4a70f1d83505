import Synchronization

/// All metrics of the process, as Prometheus reads them.
public final class MetricsRegistry: Sendable {
    /// The one that `/metrics` shows: swift-metrics is one a process too.
    public static let shared = MetricsRegistry()

    enum Kind: String { case counter, gauge, histogram }

    struct Series: Hashable {
        var name: String
        var labels: [[String]]
    }

    private struct Family {
        var kind: Kind
        var series: [[[String]]: Instrument] = [:]
    }

    private let families = Mutex<[String: Family]>([:])

    /// The instrument of that name and those labels: the same one each time.
    func instrument(_ kind: Kind, _ label: String, _ dimensions: [(String, String)], suffix: String) -> Instrument {
        let labels = dimensions.map { [Self.name($0.0), $0.1] }.sorted { $0[0] < $1[0] }
        var name = Self.name(label)
        if !name.hasSuffix(suffix) { name += suffix }
        return families.withLock { families in
            // One name, one type: a second type under it would make the whole page unreadable.
            if let family = families[name], family.kind != kind { name += "_\(kind.rawValue)" }
            if let found = families[name]?.series[labels] { return found }
            let instrument = Instrument(kind, Series(name: name, labels: labels))
            families[name, default: Family(kind: kind)].series[labels] = instrument
            return instrument
        }
    }

    /// Shows it no more.
    func forget(_ instrument: Instrument) {
        let series = instrument.series
        families.withLock { families in
            guard families[series.name]?.series[series.labels] === instrument else { return }
            families[series.name]?.series[series.labels] = nil
            if families[series.name]?.series.isEmpty == true { families[series.name] = nil }
        }
    }

    /// The text format, version 0.0.4.
    public func exposition() -> String {
        let families = families.withLock { $0 }
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            if let help = MetricHelp.texts[name] { text += "# HELP \(name) \(help)\n" }
            text += "# TYPE \(name) \(family.kind.rawValue)\n"
            let all = family.series.sorted { $0.key.lexicographicallyPrecedes($1.key) { $0.joined() < $1.joined() } }
            for (labels, instrument) in all { instrument.write(name, labels, to: &text) }
        }
        return text
    }

    /// `[a-zA-Z_:][a-zA-Z0-9_:]*`.
    private static func name(_ label: String) -> String {
        var name = String(
            label.unicodeScalars.map { scalar -> Character in
                let isFine = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
                return isFine || scalar == "_" || scalar == ":" ? Character(scalar) : "_"
            })
        if name.first?.isNumber ?? true { name = "_" + name }
        return name
    }

    static func labels(_ labels: [[String]]) -> String {
        guard !labels.isEmpty else { return "" }
        let pairs = labels.map { pair in
            let value = pair[1].replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
            return "\(pair[0])=\"\(value)\""
        }
        return "{\(pairs.joined(separator: ","))}"
    }
}

/// One series: a number, or the buckets of a histogram.
final class Instrument: Sendable {
    /// Seconds; for requests, appends, folds and messages. Half a second and two are what is promised of messages.
    static let bounds: [Double] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30]

    private struct State {
        var value = 0.0
        var count: UInt64 = 0
        var buckets = [UInt64](repeating: 0, count: Instrument.bounds.count)
    }

    private let kind: MetricsRegistry.Kind
    let series: MetricsRegistry.Series
    private let state = Mutex(State())

    init(_ kind: MetricsRegistry.Kind, _ series: MetricsRegistry.Series) {
        self.kind = kind
        self.series = series
    }

    func add(_ amount: Double) {
        state.withLock { $0.value += amount }
    }

    func set(_ value: Double) {
        state.withLock { $0.value = value }
    }

    func observe(_ value: Double) {
        state.withLock { state in
            state.value += value
            state.count += 1
            if let bucket = Self.bounds.firstIndex(where: { value <= $0 }) { state.buckets[bucket] += 1 }
        }
    }

    func write(_ name: String, _ labels: [[String]], to text: inout String) {
        let state = state.withLock { $0 }
        guard kind == .histogram else {
            text += "\(name)\(MetricsRegistry.labels(labels)) \(Self.number(state.value))\n"
            return
        }
        var sum: UInt64 = 0
        for (bound, count) in zip(Self.bounds, state.buckets) {
            sum += count
            text += "\(name)_bucket\(MetricsRegistry.labels(labels + [["le", Self.number(bound)]])) \(sum)\n"
        }
        text += "\(name)_bucket\(MetricsRegistry.labels(labels + [["le", "+Inf"]])) \(state.count)\n"
        text += "\(name)_sum\(MetricsRegistry.labels(labels)) \(Self.number(state.value))\n"
        text += "\(name)_count\(MetricsRegistry.labels(labels)) \(state.count)\n"
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }
}
