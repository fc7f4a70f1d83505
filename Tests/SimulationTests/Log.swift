import Contracts
import Kafka
import Shards
import Simulation

/// What stands in the log at the end of a run, decoded, and what every service must make of it.
struct Log {
    struct Entry {
        var topic: Topic
        var record: Kafka.Record
        var event: Event
        var coordinates: Coordinates {
            Coordinates(topic: topic, partition: record.partition, offset: record.offset)
        }
    }

    /// A message as every reader of `messages` must have it.
    struct Message: Equatable, Hashable {
        var conversation: String
        var dealership: String
        var seq: Int64
        var side: String
        var clientMessageId: String
        var text: String
        var offset: Int64
        var id: String {
            (Side(rawValue: side) ?? .customer).messageId(conversation: conversation, clientMessageId: clientMessageId)
        }
    }

    private(set) var entries: [Topic: [[Entry]]] = [:]
    private(set) var malformed: [String] = []

    init(_ log: SimulatedLog, _ names: TopicNames, partitions: Int) {
        for topic in Topic.allCases where topic != .owners {
            entries[topic] = []
            for partition in 0..<partitions {
                let records = log.look { $0.records(TopicPartition(names.name(topic), Int32(partition))) }
                var found: [Entry] = []
                for record in records {
                    do {
                        let event = try CloudEvents.event(key: record.key, value: record.value) { record.header($0) }
                        found.append(Entry(topic: topic, record: record, event: event))
                        if Partitioner.partition(event.dealership, of: Int32(partitions)) != record.partition {
                            malformed.append("\(event.id) stands on partition \(partition) of \(topic.rawValue)")
                        }
                    } catch {
                        malformed.append("\(topic.rawValue) \(partition) \(record.offset): \(error)")
                    }
                }
                entries[topic]?.append(found)
            }
        }
    }

    func entries(_ topic: Topic, _ partition: Int) -> [Entry] { entries[topic]?[partition] ?? [] }

    /// The first of each (conversation, side, client id) counts, and a conversation begins with a customer's.
    func messages(_ partition: Int) -> [Message] {
        var (owners, counts): ([String: String], [String: Int64]) = ([:], [:])
        var seen: Set<String> = []
        var all: [Message] = []
        for entry in entries(.messages, partition) {
            let event = entry.event
            let message: (conversation: String, side: Side, client: String, text: String)
            switch event.type {
            case MessageReceived.type:
                guard let payload = try? event.payload(MessageReceived.self) else { continue }
                message = (payload.conversationId, .customer, payload.clientMessageId, payload.text)
                owners[payload.conversationId] = owners[payload.conversationId] ?? event.dealership
            case MessageSent.type:
                guard let payload = try? event.payload(MessageSent.self) else { continue }
                message = (payload.conversationId, .staff, payload.clientMessageId, payload.text)
            default: continue
            }
            let id = message.side.messageId(conversation: message.conversation, clientMessageId: message.client)
            guard owners[message.conversation] == event.dealership, seen.insert(id).inserted else { continue }
            counts[message.conversation, default: 0] += 1
            all.append(
                Message(
                    conversation: message.conversation, dealership: event.dealership,
                    seq: counts[message.conversation, default: 0], side: message.side.rawValue,
                    clientMessageId: message.client, text: message.text, offset: entry.record.offset))
        }
        return all
    }

    /// Each click's first outcome, and each deal that such an outcome opened.
    func outcomes(_ partition: Int) -> (clicks: Set<String>, outcomes: [String: String], deals: [String: [UInt8]]) {
        var clicks: Set<String> = []
        var outcomes: [String: String] = [:]
        var deals: [String: [UInt8]] = [:]
        for entry in entries(.qualifications, partition) {
            switch entry.event.type {
            case QualifyRequested.type:
                guard let click = try? entry.event.payload(QualifyRequested.self) else { continue }
                clicks.insert(click.requestId)
            case ConversationQualified.type:
                guard let outcome = try? entry.event.payload(ConversationQualified.self),
                    clicks.contains(outcome.requestId), outcomes[outcome.requestId] == nil
                else { continue }
                outcomes[outcome.requestId] = outcome.deal?.dealId ?? ""
                if let deal = outcome.deal { deals[deal.dealId] = deal.encoded() }
            case QualifyDeclined.type:
                guard let outcome = try? entry.event.payload(QualifyDeclined.self),
                    clicks.contains(outcome.requestId), outcomes[outcome.requestId] == nil
                else { continue }
                outcomes[outcome.requestId] = ""
            default: continue
            }
        }
        return (clicks, outcomes, deals)
    }

    /// Records that are in the log more than once, and ids that are there with different bodies.
    ///
    /// - Returns: how many, ids with two bodies, and of the doubles those of owed records.
    func doubles() -> (count: Int, differing: [String], owed: [String]) {
        var count = 0
        var (differing, owed): ([String], [String]) = ([], [])
        for topic in [Topic.messages, .qualifications, .dealCreated] {
            var firsts: [String: Event] = [:]
            for entry in entries[topic, default: []].joined() {
                guard let first = firsts[entry.event.id] else {
                    firsts[entry.event.id] = entry.event
                    continue
                }
                count += 1
                // A click that is repeated tells where the conversation stands then; its first record counts.
                guard entry.event.type != QualifyRequested.type else { continue }
                if topic != .messages { owed.append(entry.event.id) }
                // What a person repeats is another request, at another time; what is owed is the same to the letter.
                let isSame = topic == .messages ? first.data == entry.event.data : first == entry.event
                if !isSame { differing.append("\(topic.rawValue) \(entry.event.id)") }
            }
        }
        return (count, differing, owed)
    }
}
