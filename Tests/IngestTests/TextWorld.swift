import Contracts
import Foundation
import GRDB
import Kafka
import Logging
import ServiceKit
import Synchronization
import Testing

@testable import Ingest
@testable import Shards

/// A live shard whose log folds what is appended at once, and a provider that answers as it is told.
final class TextWorld: Sendable {
    static let number = "+13145550100"
    static let phone = "+13145550123"
    /// At noon in Denver.
    static let start = Timestamp(milliseconds: 1_782_928_800_000)

    let folder: TemporaryFolder
    let file: ShardFile<IngestLogic>
    let log: FoldingLog
    let shard: Shard
    let time = TestTime()
    let carrier = FakeCarrier()
    let dealerships: Dealerships

    init(quietHours: QuietHours? = nil) throws {
        folder = try TemporaryFolder()
        let file = try ShardFile(
            url: folder.url.appending(path: "ingest-0.sqlite"), logic: IngestLogic(board: ConversationBoard()),
            partition: 0, partitions: 1, names: TopicNames())
        let log = FoldingLog(file: file)
        let shard = Shard(partition: 0, pool: file.pool, log: log.events, positions: [:])
        log.shard.withLock { $0 = shard }
        (self.file, self.log, self.shard) = (file, log, shard)
        dealerships = try Dealerships([
            Dealership(
                id: "north", name: "North", timeZone: "America/Denver", smsNumbers: [Self.number],
                quietHours: quietHours)
        ])
        send = Self.send(carrier, log.events, dealerships, time)
    }

    let send: TextSend

    private static func send(
        _ carrier: FakeCarrier, _ log: EventLog, _ dealerships: Dealerships, _ time: TestTime
    ) -> TextSend {
        TextSend(
            carrier: carrier, log: log, dealerships: dealerships,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, clock: { time.wall }, time: time)
    }

    /// A text to the customer, in a conversation that began with one of theirs.
    func reply(_ id: String, _ text: String = "Yes", to phone: String = TextWorld.phone, asks: Bool? = nil) async throws
    {
        let conversation = "sms-\(phone.suffix(4))"
        let received = MessageReceived(
            conversationId: conversation, clientMessageId: "AC1-SM\(id)", channel: .sms, text: "Still there?",
            from: phone, to: Self.number)
        let sent = MessageSent(
            conversationId: conversation, clientMessageId: id, channel: .sms, text: text,
            author: Staff(id: "sam", name: "Sam"), from: Self.number, to: phone, asksConsent: asks)
        try await log.fold(event(received, received.messageId))
        try await log.fold(event(sent, sent.messageId))
    }

    func receive(_ text: String, from phone: String = TextWorld.phone) async throws {
        let received = MessageReceived(
            conversationId: "sms-\(phone.suffix(4))", clientMessageId: "AC1-\(UUID().uuidString)", channel: .sms,
            text: text, from: phone, to: Self.number)
        try await log.fold(event(received, received.messageId))
    }

    func event(_ payload: some Payload, _ id: String) -> Event {
        Event(payload, id: id, dealership: "north", service: "ingest", time: time.wall)
    }

    func sendable() async throws -> [OutgoingText] {
        try await shard.read { try Threads().sendableTexts(limit: 100, in: $0) }
    }

    /// The first text that can be sent.
    func next() async throws -> OutgoingText { try #require(try await sendable().first) }

    func text(_ text: OutgoingText) async throws -> OutgoingText {
        try #require(try await file.pool.read { try Threads().text(at: text.offset, in: $0) })
    }

    /// The words about texts in the log, in order: `sending`, `released`, …
    var words: [String] { get throws { try log.statuses.map(\.status) } }

    deinit { try? file.pool.close() }
}

/// Gives each record an offset and folds it before it acknowledges it.
final class FoldingLog: LogAppender {
    private let file: ShardFile<IngestLogic>
    /// One by one: a file takes a record that comes behind a later one for folded already.
    private let order = Gate(limit: 1)
    private let appended = Mutex<[Event]>([])
    let shard = Mutex<Shard?>(nil)
    /// Called with each record that the code under test appends, before it is in the log.
    let before = Mutex<(@Sendable (Event) async throws -> Void)?>(nil)
    /// And after; what it throws is what the code hears.
    let after = Mutex<(@Sendable (Event) async throws -> Void)?>(nil)

    init(file: ShardFile<IngestLogic>) { self.file = file }

    var events: EventLog { EventLog(names: TopicNames(), partitions: 1, appender: self) }

    var statuses: [MessageStatus] {
        get throws {
            try appended.withLock { $0 }.filter { $0.type == MessageStatus.type }.map { try $0.payload() }
        }
    }
    var all: [Event] { appended.withLock { $0 } }

    func send(_ records: [OutgoingRecord]) async throws -> [Int64] {
        var offsets: [Int64] = []
        for record in records {
            let whole = Kafka.Record(
                topic: record.topic, partition: 0, offset: 0, timestamp: record.timestamp ?? 0, key: record.key,
                value: record.value, headers: record.headers)
            let event = try CloudEvents.event(key: whole.key, value: whole.value) { whole.header($0) }
            try await before.withLock { $0 }?(event)
            offsets.append(try await fold(event))
            try await after.withLock { $0 }?(event)
        }
        return offsets
    }

    func post(_ record: OutgoingRecord) {}

    @discardableResult
    func fold(_ event: Event) async throws -> Int64 {
        try await order.enter()
        let result: Result<Int64, any Error>
        do { result = .success(try await foldNext(event)) } catch { result = .failure(error) }
        await order.leave()
        return try result.get()
    }

    private func foldNext(_ event: Event) async throws -> Int64 {
        let offset = appended.withLock { all in
            all.append(event)
            return Int64(all.count - 1)
        }
        let record = Kafka.Record(
            topic: TopicNames().name(.messages), partition: 0, offset: offset,
            timestamp: event.time.milliseconds, key: Array(event.key.utf8), value: event.data,
            headers: CloudEvents.headers(of: event).map { Header(name: $0.name, value: $0.value) })
        _ = try await file.apply([record], verifying: [])
        shard.withLock { $0 }?.moved([.messages: offset + 1])
        return offset
    }
}

/// Sleeping takes no time but moves both clocks.
final class TestTime: LoopTime {
    private let began = ContinuousClock.now
    private let passed = Mutex((steady: Duration.zero, wall: Duration.zero))

    var instant: ContinuousClock.Instant { began + passed.withLock { $0.steady } }
    var wall: Timestamp {
        let passed = passed.withLock { $0.wall.components }
        return TextWorld.start.adding(
            milliseconds: passed.seconds * 1_000 + passed.attoseconds / 1_000_000_000_000_000)
    }

    func sleep(for duration: Duration) async throws {
        try Task.checkCancellation()
        advance(duration)
        await Task.yield()
    }

    func advance(_ duration: Duration) {
        passed.withLock { $0 = ($0.steady + duration, $0.wall + duration) }
    }

    /// One clock alone: a machine that slept, or a clock that was set.
    func setWall(by duration: Duration) { passed.withLock { $0.wall += duration } }
    func setSteady(by duration: Duration) { passed.withLock { $0.steady += duration } }
}

/// Answers in turn, then takes everything.
final class FakeCarrier: TextPosting {
    private let state = Mutex((posted: [OutgoingText](), answers: [SendOutcome]()))
    let during = Mutex<(@Sendable (OutgoingText) async -> Void)?>(nil)

    var posted: [String] { state.withLock { $0.posted.map(\.text) } }

    func answer(_ outcomes: SendOutcome...) { state.withLock { $0.answers = outcomes } }
    func answerAlways(_ outcome: SendOutcome) { state.withLock { $0.answers = Array(repeating: outcome, count: 100) } }

    func post(_ text: OutgoingText) async -> SendOutcome {
        let (number, answer) = state.withLock { state in
            state.posted.append(text)
            return (state.posted.count, state.answers.isEmpty ? nil : state.answers.removeFirst())
        }
        await during.withLock { $0 }?(text)
        return answer ?? .taken(sid: "SM\(number)", status: "queued")
    }
}
