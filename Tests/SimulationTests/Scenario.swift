import Simulation

/// What a seed decides before anything happens.
struct Scenario: Sendable {
    /// Which services are there: a run is cheap where it can be, and all four meet often enough.
    enum Cast: Sendable {
        case talk, deals, chat, dots, all

        var services: [ServiceName] {
            switch self {
            case .talk: [.ingest, .conversations]
            case .deals: [.ingest, .qualification]
            case .chat: [.ingest, .conversations, .qualification]
            case .dots: [.presence, .conversations]
            case .all: ServiceName.allCases
            }
        }

        var hasVisits: Bool { services.contains(.presence) }
    }

    let seed: UInt64
    var cast: Cast
    var partitions: Int
    /// Of each service.
    var instances: Int
    /// A restart within the session time-out moves nothing.
    var isStatic: Bool
    /// Records behind which a shard is restored by a reader of its own.
    var restoreApartAbove: Int64
    /// Instances leave copies of their files for one another.
    var hasSnapshots: Bool
    /// A restore takes many turns where records come one by one. What an owner appended must be back in good time, or it is
    /// appended again.
    var delivery: Delivery
    /// A member of staff reads a stream, and is cut off again and again.
    var hasReader: Bool
    var conversations: Int
    var faults: [Fault]
    /// For how long clients do something and faults come, in milliseconds.
    var milliseconds: Int
    /// For what happens in it.
    var random: SeededRandom

    init(seed: UInt64) {
        var random = SeededRandom(seed)
        self.seed = seed
        let casts: [Cast] = [.talk, .talk, .talk, .deals, .deals, .chat, .chat, .chat, .dots, .all]
        cast = casts.randomElement(using: &random) ?? .all
        partitions = random.chance(60) ? 1 : random.int(2...3)
        instances = random.chance(45) ? 1 : random.chance(85) ? 2 : 3
        isStatic = random.chance(25)
        restoreApartAbove = random.chance(30) ? Int64(random.int(0...6)) : 5_000
        hasSnapshots = restoreApartAbove < 5_000 && random.chance(60)
        delivery =
            random.chance(30)
            ? .prompt
            : Delivery(records: random.int(1...3), pause: Int64(random.chance(70) ? random.int(1...100) : 0))
        hasReader = cast != .dots && cast.services.contains(.conversations) && random.chance(60)
        conversations = random.int(1...3)
        milliseconds = random.int(2_000...9_000)
        let count = random.chance(5) ? 0 : random.int(1...4)
        faults = []
        for _ in 0..<count {
            faults.append(Fault.drawn(&random, services: cast.services, instances: instances, within: milliseconds))
        }
        faults.sort { $0.at < $1.at }
        self.random = random
    }

    /// A quiet one, in which one process crashes at a step that is given.
    init(crashing service: ServiceName, cast: Cast, seed: UInt64, step: Int, isAnswered: Bool) {
        self.init(seed: seed)
        self.cast = cast
        (partitions, instances, conversations, milliseconds) = (1, 1, 2, 3_000)
        (isStatic, restoreApartAbove, hasSnapshots) = (false, 5_000, false)
        (delivery, hasReader) = (.prompt, false)
        faults = step > 0 ? [Fault(at: 0, jobs: 0, kind: .crash(service, 0, step: step, isAnswered: isAnswered))] : []
        random = SeededRandom(seed)
    }

    /// Nothing of what goes wrong can bring a record into the log twice, except by whoever keeps a spool.
    var isWithoutDoubles: Bool {
        faults.allSatisfy { fault in
            switch fault.kind {
            case .crash, .lostFiles, .powerLoss, .restart, .disk: true
            case .zombie, .outage, .loseTail, .append: false
            }
        }
    }
}

enum ServiceName: String, CaseIterable, Sendable {
    case ingest, presence, conversations, qualification
}
