import Contracts
import Kafka
import Testing

@testable import Replay

/// Where a record goes, and what stays a dead letter.
@Suite struct RouteTests {
    private func record(of dealership: String, partition: Int32, key: String? = nil) -> Record {
        let event = Event(
            id: "e-1", type: "message.received", dealership: dealership, service: "ingest", subject: nil,
            time: Timestamp(milliseconds: 1_000), data: Array("{}".utf8))
        return Record(
            topic: "t", partition: partition, offset: 0, timestamp: 1_000, key: Array((key ?? dealership).utf8),
            value: event.data, headers: CloudEvents.headers(of: event).map { Header(name: $0.name, value: $0.value) })
    }

    @Test func aDealershipGoesWhereItsReadersLook() {
        for number in 1...200 {
            let id = "shop-\(number)"
            let old = Partitioner.partition(id, of: 12)
            let owner = Owner(record(of: id, partition: old), among: 12)
            #expect(owner == .dealership(id))
            #expect(Route(from: 12, to: 24).partition(of: owner, from: old) == Partitioner.partition(id, of: 24))
        }
    }

    /// Whatever the numbers: on no way does it come to its dealership's partition.
    @Test(arguments: [(12, 24), (12, 18), (12, 5), (3, 2), (7, 1_000)])
    func aMisplacedRecordStaysMisplaced(_ numbers: (Int32, Int32)) {
        let route = Route(from: numbers.0, to: numbers.1)
        for number in 1...300 {
            let id = "shop-\(number)"
            let wrong = (Partitioner.partition(id, of: route.from) + 1) % route.from
            let owner = Owner(record(of: id, partition: wrong), among: route.from)
            #expect(owner == .misplaced(id))
            let partition = route.partition(of: owner, from: wrong)
            #expect((0..<route.to).contains(partition) && partition != Partitioner.partition(id, of: route.to))
        }
    }

    @Test func whatIsNoEventKeepsItsPartitionsNumber() {
        let owner = Owner(record(of: "shop-1", partition: 7, key: "other"), among: 12)
        #expect(owner.deadLetter?.hasPrefix("invalid-key") == true)
        #expect(Route(from: 12, to: 24).partition(of: owner, from: 7) == 7)
        #expect(Route(from: 12, to: 5).partition(of: owner, from: 7) == 2)
    }

    @Test func aDigestIsOfAllThatACopyKeeps() {
        func digest(
            _ key: String? = "k", _ value: String? = "v", _ headers: [Header] = [Header(name: "h", value: [1])],
            _ timestamp: Int64 = 1, partition: Int32 = 0, offset: Int64 = 0
        ) -> RecordDigest {
            RecordDigest(
                Record(
                    topic: "t", partition: partition, offset: offset, timestamp: timestamp,
                    key: key.map { Array($0.utf8) }, value: value.map { Array($0.utf8) }, headers: headers))
        }
        #expect(digest() == digest(partition: 3, offset: 9), "the place is not of the record")
        let others = [
            digest("l"), digest(nil), digest("k", "w"), digest("k", nil), digest("k", ""), digest("kv", ""),
            digest("k", "v", []), digest("k", "v", [Header(name: "h", value: nil)]),
            digest("k", "v", [Header(name: "h", value: [1]), Header(name: "h", value: [1])]),
            digest("k", "v", [Header(name: "h", value: [1])], 2),
        ]
        #expect(Set(others + [digest()]).count == others.count + 1)
    }
}
