import Contracts
import Kafka

/// What a redelivered record says of itself, beside all that it was.
enum Provenance {
    static let prefix = "dc_redelivery_"

    static func outgoing(_ record: Record, _ plan: Plan, at time: Timestamp) -> OutgoingRecord {
        var copy = TargetWriter.outgoing(record, to: plan.target.topic, partition: record.partition)
        // Those of an earlier redelivery are of that one's source.
        copy.headers.removeAll { $0.name.hasPrefix(prefix) }
        let facts = [
            ("id", plan.id), ("of", "\(record.topic)/\(record.partition)/\(record.offset)"), ("by", plan.by),
            ("reason", plan.reason), ("at", time.description),
        ]
        copy.headers += facts.map { Header(name: prefix + $0, value: Array($1.utf8)) }
        return copy
    }

    /// At most what a copy is larger by.
    static func bytes(to topic: String, _ purpose: Purpose) -> Int64 {
        // Names and lengths of the headers, the id, the place's numbers and the time have some 250.
        Int64(300 + topic.utf8.count + purpose.person.utf8.count + purpose.reason.utf8.count)
    }

    /// The id of the redelivery that has put a record there; nil for what is no copy.
    static func redelivery(of record: Record) -> String? {
        RecordView.text(record.header("dc_redelivery_id"))
    }

    /// The source's offset of a record that this plan has put there; nil for any other.
    static func source(of record: Record, _ plan: Plan) -> Int64? {
        guard record.header("dc_redelivery_id")?.elementsEqual(plan.id.utf8) == true,
            let of = RecordView.text(record.header("dc_redelivery_of")), let place = RecordPlace(argument: of),
            place.topic == plan.source.topic, place.partition == record.partition
        else { return nil }
        return place.offset
    }
}
