import Contracts
import Kafka

@testable import Replay

/// An event as DirectChat writes it, on its dealership's partition of twelve.
func eventRecord(
    _ type: String = "message.received", of dealership: String = "shop-1", id: String = "e-1",
    subject: String? = "c-1", body: String = "{}", offset: Int64 = 0, timestamp: Int64 = 1_000,
    more headers: [Header] = [], partition: Int32? = nil
) -> Record {
    let event = Event(
        id: id, type: type, dealership: dealership, service: "ingest", subject: subject,
        time: Timestamp(milliseconds: timestamp), data: Array(body.utf8))
    return Record(
        topic: "directchat.messages", partition: partition ?? Partitioner.partition(dealership, of: 12), offset: offset,
        timestamp: timestamp, key: Array(dealership.utf8), value: event.data,
        headers: CloudEvents.headers(of: event).map { Header(name: $0.name, value: $0.value) } + headers)
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
