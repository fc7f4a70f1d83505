import Kafka

/// A reader, or a member of a group.
struct Client: Sendable {
    /// One start of one partition.
    struct Run: Sendable {
        var next: Int64
        /// The end that was told last.
        var told: Int64?
        /// When it was served last: turns go round.
        var turn = 0
    }

    let process: String
    var runs: [TopicPartition: Run] = [:]
    var queue: [ConsumerEvent] = []
    /// Nil of a reader.
    var membership: Membership?
    var fatal: KafkaError?
    /// Until then it gets no records.
    var pausedUntil: Int64 = 0
}

extension SimulatedCluster {
    mutating func addReader(process: String) -> Int {
        let id = mint()
        clients[id] = Client(process: process)
        return id
    }

    mutating func start(_ offsets: [TopicPartition: Int64], client: Int) {
        version += 1
        for (place, offset) in offsets {
            let range = range(place) ?? 0..<0
            let next =
                switch offset {
                case Offset.beginning: range.lowerBound
                case Offset.end: range.upperBound
                default: offset
                }
            clients[client]?.runs[place] = Client.Run(next: next)
        }
    }

    /// The client's next event, if there is one.
    public mutating func poll(_ id: Int) throws -> ConsumerEvent? {
        guard let client = clients[id], !isDead(client.process) else { return nil }
        if let fatal = client.fatal { throw fatal }
        precondition(client.membership?.unanswered == nil, "a rebalance must be answered first")
        if let event = client.queue.first {
            clients[id]?.queue.removeFirst()
            if event.isRebalance { clients[id]?.membership?.unanswered = event }
            // As the real one: there is nothing to decide.
            if case .assigned([]) = event { answer(id) }
            return event
        }
        return isUp ? fetch(id) : nil
    }

    /// Whether the client has a next event.
    func hasEvent(_ id: Int) -> Bool {
        guard let client = clients[id], !isDead(client.process) else { return false }
        if client.fatal != nil || !client.queue.isEmpty { return true }
        guard isUp, client.pausedUntil <= now else { return false }
        return client.runs.contains { place, run in run.told != run.next || run.next != partition(place)?.end }
    }

    private mutating func fetch(_ id: Int) -> ConsumerEvent? {
        guard let client = clients[id], client.pausedUntil <= now else { return nil }
        let places = client.runs.keys.sorted {
            let (a, b) = (client.runs[$0]?.turn ?? 0, client.runs[$1]?.turn ?? 0)
            return (a, $0.topic, $0.partition) < (b, $1.topic, $1.partition)
        }
        for place in places {
            guard let run = client.runs[place], !contains(run.next, place) else { continue }
            clients[id]?.runs[place] = nil
            return .fault(place, .simulated(-140, "_AUTO_OFFSET_RESET", "offset \(run.next) is out of range"))
        }
        var batch: [Record] = []
        for place in places where batch.count < delivery.records {
            guard let run = client.runs[place], let partition = partition(place), run.next < partition.end else {
                continue
            }
            let room = delivery.records - batch.count
            let records = partition.records[Int(run.next - partition.start)...].prefix(room)
            batch += records
            let turn = mint()
            clients[id]?.runs[place]?.next += Int64(records.count)
            clients[id]?.runs[place]?.turn = turn
        }
        if !batch.isEmpty {
            clients[id]?.pausedUntil = now + delivery.pause
            return .records(batch)
        }
        for place in places {
            guard let run = client.runs[place], run.told != run.next else { continue }
            clients[id]?.runs[place]?.told = run.next
            return .reachedEnd(place, run.next)
        }
        return nil
    }

    private func contains(_ offset: Int64, _ place: TopicPartition) -> Bool {
        range(place).map { $0.lowerBound <= offset && offset <= $0.upperBound } ?? false
    }
}

extension ConsumerEvent {
    var isRebalance: Bool {
        switch self {
        case .assigned, .revoked: true
        default: false
        }
    }
}
