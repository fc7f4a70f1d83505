/// A header of a record: names may repeat, and a value may be missing, which differs from empty.
public struct Header: Sendable, Equatable {
    public var name: String
    public var value: [UInt8]?

    public init(name: String, value: [UInt8]?) {
        self.name = name
        self.value = value
    }
}

/// A consumed record. Key, value and headers share one allocation; the slices handed out are views of it.
public struct Record: Sendable {
    public let topic: String
    public let partition: Int32
    public let offset: Int64
    /// Milliseconds since 1970; -1 if the broker has none.
    public let timestamp: Int64
    let storage: RecordStorage

    init(topic: String, partition: Int32, offset: Int64, timestamp: Int64, storage: RecordStorage) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.timestamp = timestamp
        self.storage = storage
    }

    /// A record that no broker gave, for tests and simulation.
    public init(
        topic: String, partition: Int32, offset: Int64, timestamp: Int64, key: [UInt8]?, value: [UInt8]?,
        headers: [Header]
    ) {
        self.init(
            topic: topic, partition: partition, offset: offset, timestamp: timestamp,
            storage: RecordStorage(key: key, value: value, headers: headers))
    }

    /// Nil if the record has no key, which differs from an empty one.
    public var key: ArraySlice<UInt8>? { storage.key }

    /// Nil for a tombstone, which differs from an empty value.
    public var value: ArraySlice<UInt8>? { storage.value }

    /// Decoded anew on each call; order and duplicates as on the wire.
    public var headers: [Header] { storage.headers }

    /// The value of the last header of that name, without allocating; nil if there is none or if it has no value.
    public func header(_ name: StaticString) -> ArraySlice<UInt8>? { storage.header(name) }

    public var topicPartition: TopicPartition { TopicPartition(topic, partition) }
}

/// A record to send. The partition is always explicit: see `Partitioner`.
public struct OutgoingRecord: Sendable {
    public var topic: String
    public var partition: Int32
    public var key: [UInt8]?
    /// Nil makes a tombstone.
    public var value: [UInt8]?
    public var headers: [Header]
    /// Milliseconds since 1970; nil for the time of sending.
    public var timestamp: Int64?

    public init(
        topic: String, partition: Int32, key: [UInt8]?, value: [UInt8]?, headers: [Header] = [],
        timestamp: Int64? = nil
    ) {
        self.topic = topic
        self.partition = partition
        self.key = key
        self.value = value
        self.headers = headers
        self.timestamp = timestamp
    }
}
