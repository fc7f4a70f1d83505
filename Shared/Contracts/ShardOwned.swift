/// An instance's claim to serve a shard. Topic `owners`, compacted: the last claim of a key counts.
///
/// It is about a service and no dealership, so it is the one record that is no `Event`.
public struct ShardOwned: Payload, Equatable {
    public static let type = "shard.owned"
    public var service: String
    public var shard: Int32
    /// Base URL under which other instances reach the owner, such as `http://10.0.0.7:8083`.
    public var address: String

    public init(service: String, shard: Int32, address: String) {
        self.service = service
        self.shard = shard
        self.address = address
    }

    public var subject: String? { key }
    public var key: String { "\(service)/\(shard)" }

    public init(json: JSONView) throws(MalformedEvent) {
        service = try json.string("service")
        shard = Int32(clamping: try json.integer("shard"))
        address = try json.string("address")
    }

    public func headers(at time: Timestamp) -> [(name: String, value: [UInt8])] {
        CloudEvents.headers(
            id: Identifier.timeOrdered(at: time), source: "/services/\(service)", type: ShardOwned.type, time: time,
            subject: subject)
    }
}
