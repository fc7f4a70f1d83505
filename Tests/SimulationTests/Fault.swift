import Contracts
import GRDB
import Simulation

/// One thing that goes wrong, and when.
struct Fault: Sendable {
    enum Kind: Sendable {
        /// In its n-th call to the outside from then on; it is started again later.
        case crash(ServiceName, Int, step: Int, isAnswered: Bool)
        /// The machine loses power: what SQLite wrote in the last milliseconds is gone, where it was not synchronised.
        case powerLoss(ServiceName, Int, milliseconds: Int)
        /// The machine and its files are gone: another one folds the log from its start. A spool is on a disk that lasts.
        case lostFiles(ServiceName, Int)
        case restart(ServiceName, Int)
        /// Its group gives its shards away, and it goes on all the same; what it appends is late.
        case zombie(ServiceName, Int, milliseconds: Int, late: Int)
        case outage(milliseconds: Int)
        /// The broker goes down and comes back without the last records of some topics.
        case loseTail(milliseconds: Int, [Topic: Int])
        case append([AppendFault])
        case disk(ServiceName, Int, call: Int, SimulatedProcess.DiskFault)
    }

    /// Milliseconds from the beginning.
    var at: Int
    /// And then so many turns later, in the middle of whatever goes on.
    var jobs: Int
    var kind: Kind

    static func drawn(
        _ random: inout SeededRandom, services: [ServiceName], instances: Int, within: Int
    ) -> Fault {
        let service = services.randomElement(using: &random) ?? .conversations
        let index = random.int(0...(instances - 1))
        let kind: Kind
        switch random.int(0...99) {
        case ..<18: kind = .crash(service, index, step: random.int(1...60), isAnswered: random.chance(50))
        case ..<28: kind = .lostFiles(service, index)
        case ..<33: kind = .powerLoss(service, index, milliseconds: random.int(1...1_500))
        case ..<40: kind = .restart(service, index)
        case ..<52:
            kind = .zombie(
                service, index, milliseconds: random.int(3_500...9_000), late: random.int(0...1) * random.int(1...4_000)
            )
        case ..<60: kind = .outage(milliseconds: random.int(100...4_000))
        case ..<72:
            var lost: [Topic: Int] = [:]
            for topic in Topic.allCases where random.chance(50) { lost[topic] = random.int(1...6) }
            kind = .loseTail(milliseconds: random.int(100...2_500), lost)
        case ..<86: kind = .append((0..<random.int(1...4)).map { _ in appendFault(&random) })
        default: kind = .disk(service, index, call: random.int(1...20), diskFault(&random))
        }
        return Fault(at: random.int(0...within), jobs: random.chance(50) ? random.int(0...150) : 0, kind: kind)
    }

    private static func appendFault(_ random: inout SeededRandom) -> AppendFault {
        switch random.int(0...3) {
        case 0: .refuse(.injected)
        case 1: .tear(after: random.int(0...2), .injected)
        case 2: .double
        default: .delay(milliseconds: Int64(random.int(1...6_000)))
        }
    }

    private static func diskFault(_ random: inout SeededRandom) -> SimulatedProcess.DiskFault {
        let code = [ResultCode.SQLITE_IOERR, .SQLITE_FULL, .SQLITE_BUSY].randomElement(using: &random) ?? .SQLITE_IOERR
        return random.chance(30) ? .refused(code) : .at(access: random.int(1...12), code)
    }
}
