import GRDB

/// A customer as `GET /v1/customers/{id}` shows it.
struct CustomerView: Codable, Equatable {
    var id: String
    var firstName: String
    var lastName: String
    var emails: [String]
    var phones: [String]

    /// From a row with the columns of `customers`, `id` being `customer`.
    init(_ row: Row) {
        self.init(
            id: row["customer"], firstName: row["first_name"], lastName: row["last_name"],
            emails: TextList.split(row["emails"]), phones: TextList.split(row["phones"]))
    }

    init(id: String, firstName: String, lastName: String, emails: [String], phones: [String]) {
        self.id = id
        self.firstName = firstName
        self.lastName = lastName
        self.emails = emails
        self.phones = phones
    }

    static func find(_ id: String, of dealership: String, in db: Database) throws -> CustomerView? {
        let statement = try db.cachedStatement(
            sql: "SELECT id AS customer, * FROM customers WHERE dealership = ? AND id = ?")
        return try Row.fetchOne(statement, arguments: [dealership, id]).map(CustomerView.init)
    }
}
