import Kafka
import Testing

struct RecordTests {
    @Test func keepsWhatItIsMadeOf() {
        let headers = [
            Header(name: "a", value: [1, 2]), Header(name: "b", value: nil), Header(name: "a", value: []),
            Header(name: "ä", value: [3]),
        ]
        let record = Record(
            topic: "t", partition: 1, offset: 2, timestamp: 3, key: [9], value: [7, 8], headers: headers)
        #expect(record.key.map(Array.init) == [9])
        #expect(record.value.map(Array.init) == [7, 8])
        #expect(record.headers == headers)
        #expect(record.header("a").map(Array.init) == [], "the last one of a name")
        #expect(record.header("b") == nil)
        #expect(record.header("ä").map(Array.init) == [3])
        #expect(record.header("c") == nil)
    }

    @Test func absentAndEmptyDiffer() {
        func record(_ key: [UInt8]?, _ value: [UInt8]?) -> Record {
            Record(topic: "t", partition: 0, offset: 0, timestamp: -1, key: key, value: value, headers: [])
        }
        #expect(record(nil, nil).key == nil)
        #expect(record(nil, nil).value == nil)
        #expect(record([], []).key?.isEmpty == true)
        #expect(record([], []).value?.isEmpty == true)
        #expect(record(nil, [1]).value.map(Array.init) == [1])
    }
}
