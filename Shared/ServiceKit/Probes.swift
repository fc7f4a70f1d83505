import Synchronization

/// What is measured when somebody looks: each probe is asked before `/metrics` is written.
final class Probes: Sendable {
    typealias Probe = @Sendable () async -> Void

    private let probes = Mutex<[Probe]>([])

    func add(_ probe: @escaping Probe) {
        probes.withLock { $0.append(probe) }
    }

    func run() async {
        for probe in probes.withLock({ $0 }) { await probe() }
    }
}
