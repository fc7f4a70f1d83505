import Contracts
import ServiceKit

/// Who asks, for the console's head and its choice of dealership: all of it stands in the token and the settings, so
/// that it is answered while no shard is.
struct Me: Encodable, Sendable, Equatable {
    struct Place: Encodable, Sendable, Equatable {
        var id: String
        var name: String
        /// IANA.
        var timeZone: String
        /// Staff see what visitors type.
        var previews: Bool
    }

    let id: String
    let name: String
    let role: Role
    let expiresAt: Timestamp
    /// In the token's order; those that this service does not know are left out.
    let dealerships: [Place]

    init(_ identity: StaffIdentity) {
        (id, name, role, expiresAt) = (identity.id, identity.name, identity.role, identity.expiresAt)
        dealerships = identity.knownDealerships.map {
            Place(id: $0.id, name: $0.name, timeZone: $0.timeZone, previews: $0.previews)
        }
    }
}
