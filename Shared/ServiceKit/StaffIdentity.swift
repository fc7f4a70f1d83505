import Contracts
import Hummingbird

public enum Role: String, Codable, Sendable {
    case agent, manager, ops
}

/// Who a staff token names.
public struct StaffIdentity: Sendable {
    public let id: String
    public let name: String
    public let dealerships: [String]
    public let role: Role
    public let expiresAt: Timestamp
    private let known: Dealerships

    public init(
        id: String, name: String, dealerships: [String], role: Role, expiresAt: Timestamp, known: Dealerships
    ) {
        self.id = id
        self.name = name
        self.dealerships = dealerships
        self.role = role
        self.expiresAt = expiresAt
        self.known = known
    }

    /// As events name them.
    public var staff: Staff { Staff(id: id, name: name) }

    /// Those of the token's dealerships that there are, each once and in the token's order.
    public var knownDealerships: [Dealership] {
        var seen: Set<String> = []
        return dealerships.filter { seen.insert($0).inserted }.compactMap { known[$0] }
    }

    /// The one that `?dealership=` names, else the token's first.
    /// - Throws: a 404 problem for a foreign one, as for one that does not exist.
    public func dealership(_ request: Request) throws -> Dealership {
        guard let wanted = request.query("dealership") ?? dealerships.first, dealerships.contains(wanted),
            let dealership = known[wanted]
        else { throw Problem.notFound("no such dealership") }
        return dealership
    }

    /// - Throws: a 403 problem unless the role is one of `roles`.
    public func require(_ roles: Role...) throws {
        guard roles.contains(role) else { throw Problem.forbidden("wrong-role", "the role \(role) may not do this") }
    }
}
