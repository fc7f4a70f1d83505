import Kafka

/// The whole state of a log in memory: topics, groups, and what their clients are about to hear.
///
/// A value with an explicit clock, and without randomness, threads or waiting: the same calls make the same events.
/// `SimulatedLog` puts the loop's protocols before it; a driver may also step it by hand.
public struct SimulatedCluster: Sendable {
    /// What stands of a partition: its head may have been trimmed.
    struct Partition: Sendable {
        var start: Int64 = 0
        var records: [Record] = []
        var end: Int64 { start + Int64(records.count) }
    }

    public enum Health: Sendable {
        case alive
        /// Nothing that it says reaches its groups; it reads and appends all the same.
        case silent
        case dead
    }

    /// Milliseconds; only `advance` moves it.
    public private(set) var now: Int64 = 0
    /// Down: nobody is answered, and nobody's session runs out.
    public private(set) var isUp = true
    var topics: [String: [Partition]] = [:]
    var groups: [String: Group] = [:]
    var clients: [Int: Client] = [:]
    var outbox: [Parcel] = []
    var receipts: [Int: Result<[Int64], KafkaError>] = [:]
    var faults: [(process: String?, fault: AppendFault)] = []
    var delivery = Delivery.prompt
    /// Grows with whatever somebody may wait for.
    var version = 0
    /// When `settle` was done last.
    private var settled: (now: Int64, version: Int) = (-1, -1)
    private var health: [String: Health] = [:]
    private var lastId = 0

    public init() {}

    mutating func mint() -> Int {
        lastId += 1
        return lastId
    }

    // MARK: Time and faults

    /// Time passes: sessions run out, and what was delayed arrives.
    public mutating func advance(milliseconds: Int64) {
        let before = now
        now += milliseconds
        if isDelivering(since: before) { version += 1 }
        settle()
    }

    /// Does all that can be done without time passing.
    mutating func settle() {
        if settled.now != now || settled.version != version { hearHeartbeats() }
        deliver()
        // Groups move only when something has changed.
        if settled.version != version { while groups.keys.sorted().map({ progress($0) }).contains(true) {} }
        settled = (now, version)
    }

    public mutating func set(_ health: Health, process: String) {
        self.health[process] = health
        version += 1
        if health == .dead { outbox.removeAll { $0.process == process } }
        settle()
    }

    /// Down, every client hears that its connection is lost.
    public mutating func set(isUp: Bool) {
        guard isUp != self.isUp else { return }
        self.isUp = isUp
        version += 1
        if isUp {
            restartSessions()
        } else {
            let error = KafkaError.simulated(-187, "_ALL_BROKERS_DOWN", "the simulated log is down", retriable: true)
            for id in clients.keys { clients[id]?.queue.append(.connectionLost(error)) }
        }
        settle()
    }

    func isDead(_ process: String) -> Bool { health[process] == .dead }

    /// Its groups hear it.
    func isHeard(_ process: String) -> Bool { isUp && health[process, default: .alive] == .alive }

    // MARK: Topics

    /// Makes a topic, or adds partitions to one.
    public mutating func create(_ topic: String, partitions: Int) {
        let missing = partitions - topics[topic, default: []].count
        version += 1
        topics[topic, default: []] += Array(repeating: Partition(), count: max(0, missing))
        settle()
    }

    public mutating func delete(_ topic: String) {
        topics[topic] = nil
        version += 1
        settle()
    }

    /// Deletes the records before `offset`.
    public mutating func trim(_ place: TopicPartition, before offset: Int64) {
        edit(place) { partition in
            let count = min(max(0, offset - partition.start), Int64(partition.records.count))
            partition.records.removeFirst(Int(count))
            partition.start += count
        }
    }

    /// Loses the records from `offset` on.
    public mutating func truncate(_ place: TopicPartition, from offset: Int64) {
        edit(place) { partition in
            partition.records.removeLast(Int(min(max(0, partition.end - offset), Int64(partition.records.count))))
        }
    }

    /// Of every partition.
    public var ends: [TopicPartition: Int64] {
        var ends: [TopicPartition: Int64] = [:]
        for (topic, partitions) in topics {
            for (index, partition) in partitions.enumerated() {
                ends[TopicPartition(topic, Int32(index))] = partition.end
            }
        }
        return ends
    }

    /// What stands there now, in order.
    public func records(_ place: TopicPartition) -> [Record] { partition(place)?.records ?? [] }

    func range(_ place: TopicPartition) -> Range<Int64>? {
        partition(place).map { $0.start..<$0.end }
    }

    func partition(_ place: TopicPartition) -> Partition? {
        let (partitions, index) = (topics[place.topic] ?? [], Int(place.partition))
        return partitions.indices.contains(index) ? partitions[index] : nil
    }

    mutating func edit(_ place: TopicPartition, _ body: (inout Partition) -> Void) {
        guard partition(place) != nil else { return }
        version += 1
        topics[place.topic]?.withUnsafeMutableBufferPointer { body(&$0[Int(place.partition)]) }
    }
}

extension KafkaError {
    static func simulated(
        _ code: Int32, _ name: String, _ reason: String, retriable: Bool = false, fatal: Bool = false
    ) -> KafkaError {
        KafkaError(
            code: code, name: name, reason: reason, operation: "simulation", isRetriable: retriable, isFatal: fatal)
    }
}
