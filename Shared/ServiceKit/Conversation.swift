import Contracts
import GRDB

/// One conversation as the tables of `Threads` have it.
public struct Conversation: Sendable, Equatable {
    public enum Status: String, Codable, Sendable { case open, closed, ignored }

    /// The offset of its first message.
    public let began: Int64
    public let id: String
    public let dealership: String
    public let channel: Channel
    /// `chat`: begun by a customer.
    public let kind: String
    public let status: Status
    public let beganAt: Timestamp
    public let visitorId: String?
    /// By text: the customer's number and the dealership's.
    public let customerNumber: String?
    public let dealershipNumber: String?
    /// On the website: the number that the visitor shared and agreed to be texted at, E.164.
    public let contactPhone: String?
    /// How many messages it has, which is the last one's `seq`.
    public let messages: Int64
    /// The last message's offset.
    public let lastMessage: Int64
    /// The offset of the last message that staff have read; -1: none.
    public let readTo: Int64
    /// The id of the member of staff whose it is.
    public let assignedTo: String?
    /// The offset in `messages` that last changed it.
    public let changed: Int64

    init(row: Row) throws {
        guard let channel = Channel(rawValue: row["channel"]), let status = Status(rawValue: row["status"]) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a conversation of no known channel or status")
        }
        began = row["began"]
        id = row["id"]
        dealership = row["dealership"]
        self.channel = channel
        kind = row["kind"]
        self.status = status
        beganAt = Timestamp(milliseconds: row["began_at"])
        visitorId = row["visitor"]
        customerNumber = row["customer_number"]
        dealershipNumber = row["dealership_number"]
        contactPhone = row["contact_phone"]
        messages = row["messages"]
        lastMessage = row["last_message"]
        readTo = row["read_to"]
        assignedTo = row["assigned_id"]
        changed = row["changed"]
    }
}
