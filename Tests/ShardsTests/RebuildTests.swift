import Contracts
import Foundation
import GRDB
import Kafka
import Logging
import TestKit
import Testing

@testable import LoopMember
@testable import Shards

/// Shards folded anew beside the live ones, on librdkafka's mock cluster.
@Suite(.serialized, .timeLimit(.minutes(5))) struct RebuildTests {
    private let cluster: MockCluster
    let world: World
    let snapshots: SnapshotFolder
    private let folder: Scratch

    init() throws {
        cluster = try MockCluster(topics: Topic.allCases.map { Wire.names.name($0) }, partitions: Wire.partitions)
        world = try World(on: cluster.configuration)
        folder = try Scratch()
        snapshots = try SnapshotFolder(folder.folder.appending(path: "shared"))
    }

    /// - Parameters:
    ///   - store: instead of a folder.
    ///   - log: where it appends, instead of at once.
    func start(
        snapshots: Bool = false, store: (any SnapshotStore)? = nil, log: EventLog? = nil
    ) -> Running {
        let settings = ShardSettings(
            names: Wire.names, partitions: Wire.partitions, dataDirectory: world.scratch.folder, instanceId: nil,
            address: "http://here", sessionTimeoutMs: 6_000, snapshots: store ?? (snapshots ? self.snapshots : nil),
            snapshotEvery: 10)
        return Running(
            ShardPool(
                logic: Tally(), settings: settings, log: log ?? world.log,
                client: KafkaLogClient(world.configuration, admin: world.admin),
                logger: Logger(label: "rebuild") { _ in SwiftLogNoOpLogHandler() }))
    }

    var file: URL {
        world.scratch.folder.appending(path: ShardFile<Tally>.name(Tally(), partition: Wire.partition))
    }

    func list() throws -> [Snapshot] { try snapshots.list(service: "tally", shard: Wire.partition) }

    func isThere(_ suffix: String) -> Bool {
        FileManager.default.fileExists(atPath: file.path + suffix)
    }

    /// Each owes an answer, which comes back: two topics have records.
    func fill(_ count: Int, from first: Int = 0, _ shard: Shard) async throws {
        _ = try await world.log.append((first..<first + count).map { world.said("m\($0)") }, to: .messages)
        try await wait("the answers") { try await world.count(shard, "answered") == first + count }
    }

    func change(_ sql: String, in suffix: String = "") throws {
        let database = try DatabaseQueue(path: file.path + suffix)
        try database.write { try $0.execute(sql: sql) }
        try database.close()
    }

    func rebuilt(_ pool: Running) async throws -> RebuildStatus {
        _ = try await pool.pool.rebuild(Wire.partition)
        try await wait("the rebuild") { try await pool.pool.rebuildReport(Wire.partition).state == .rebuilt }
        return try await pool.pool.rebuildReport(Wire.partition)
    }

    func verified(_ pool: Running) async throws -> RebuildStatus {
        _ = try await pool.pool.verify(Wire.partition)
        try await wait("the comparison") { try await pool.pool.rebuildReport(Wire.partition).state != .verifying }
        let report = try await pool.pool.rebuildReport(Wire.partition)
        #expect(report.state == .verified, "\(report.why ?? "")")
        return report
    }

    func ends() async throws -> [Int64] {
        [try await world.end(.messages), try await world.end(.qualifications), try await world.end(.dealCreated)]
    }

    @Test("a rebuilt shard is the live one, also with what came meanwhile, and appends nothing")
    func same() async throws {
        let pool = start()
        let shard = try await pool.live()
        try await fill(40, shard)
        let report = try await rebuilt(pool)
        #expect(report.positions.map(\.next) == [40, 40])
        try await fill(5, from: 40, shard)
        let before = try await ends()
        let found = try await verified(pool)
        #expect(found.isSame == true)
        #expect(found.positions.map(\.next) == [45, 45])
        #expect(found.verification?.map(\.table) == ["said", "answered"])
        #expect(found.verification?.allSatisfy { $0.isSame && $0.rebuilt.rows == 45 } == true)
        #expect(try await ends() == before)
        // In `/status` without rows.
        let status = await pool.pool.status().first { $0.shard == Wire.partition }
        #expect(status?.rebuild?.state == .verified && status?.rebuild?.verification == nil)
        try await pool.stop()
    }

    @Test("wrong, missing and additional rows are named with the record that wrote them, and a swap repairs them")
    func repairs() async throws {
        var pool = start(snapshots: true)
        var shard = try await pool.live()
        try await fill(30, shard)
        let hash = try await world.hash(shard)
        try await pool.stop()
        try change(
            """
            UPDATE said SET text = 'planted' WHERE id = 'm7';
            DELETE FROM said WHERE id = 'm9';
            INSERT INTO answered VALUES ('nobody');
            """)
        pool = start(snapshots: true)
        shard = try await pool.live()
        try await wait("a snapshot") { try !list().isEmpty }
        // m9 is owed nothing, since it is not there; the answer to it is.
        let before = try await ends()
        _ = try await rebuilt(pool)
        let report = try await verified(pool)
        #expect(report.isSame == false)
        let (said, answered) = (report.verification?[0], report.verification?[1])
        #expect(said?.different == 2 && answered?.different == 1)
        let first = try #require(said?.first)
        #expect(first.kind == .changed)
        #expect(first.key == [.init(name: "id", value: .text("m7"))])
        #expect(first.columns == [.init(name: "text", live: .text("planted"), rebuilt: .text("hello"))])
        #expect(first.writer == .init(topic: "directchat.messages", partition: Wire.partition, offset: 7))
        #expect(answered?.first?.kind == .extra && answered?.first?.writer == nil)
        #expect(first.masked().columns[0].live != .text("planted"))

        let wrong = try list()
        let swapped = try await pool.pool.swap(Wire.partition)
        #expect(swapped.replaced == file.lastPathComponent + ".replaced")
        await #expect(throws: ShardUnavailable.self) { _ = try await world.hash(shard) }
        shard = try await pool.live()
        #expect(try await world.hash(shard) == hash)
        #expect(isThere(".replaced") && !isThere(".rebuild"))
        #expect(try list().allSatisfy { !wrong.contains($0) }, "what could bring the wrong state back is gone")
        #expect(try await ends() == before)
        // It lives on.
        try await fill(1, from: 30, shard)
        try await pool.stop()
        let old = try DatabaseQueue(path: file.path + ".replaced")
        let text = try await old.read { try String.fetchOne($0, sql: "SELECT text FROM said WHERE id = 'm7'") }
        #expect(text == "planted")
    }

    @Test("the record that wrote a missing row is named too")
    func missing() async throws {
        var pool = start()
        try await fill(12, try await pool.live())
        try await pool.stop()
        try change("DELETE FROM answered WHERE id = 'm4'; DELETE FROM said WHERE id = 'm4'")
        pool = start()
        _ = try await pool.live()
        _ = try await rebuilt(pool)
        let report = try await verified(pool)
        let first = try #require(report.verification?[1].first)
        #expect(first.kind == .missing && first.writer?.topic == "directchat.qualifications")
        #expect(first.writer?.offset == 4)
        try await pool.stop()
    }

    @Test("nothing is swapped that was not compared, and a question again answers for the one that is there")
    func refuses() async throws {
        let pool = start()
        let shard = try await pool.live()
        try await fill(10, shard)
        await refused("no-rebuild") { _ = try await pool.pool.rebuildReport(Wire.partition) }
        await refused("no-rebuild") { _ = try await pool.pool.swap(Wire.partition) }
        let first = try await rebuilt(pool)
        #expect(first.state == .rebuilt)
        await refused("not-verified") { _ = try await pool.pool.swap(Wire.partition) }
        #expect(try await pool.pool.rebuild(Wire.partition).state == .rebuilt)
        _ = try await verified(pool)
        #expect(try await pool.pool.rebuild(Wire.partition).state == .verified)
        let anew = try await pool.pool.rebuild(Wire.partition, anew: true)
        #expect([.waiting, .rebuilding].contains(anew.state))
        await refused(nil) { _ = try await pool.pool.swap(Wire.partition) }
        try await pool.stop()
        #expect(!isThere(".rebuild"), "it goes with the shard")
    }

    @Test("a file too far behind the live one is not put in place")
    func behind() async throws {
        let pool = start()
        let shard = try await pool.live()
        try await fill(3, shard)
        _ = try await rebuilt(pool)
        _ = try await verified(pool)
        let many = Int(Limits.swapBehindRecords) + 10
        let events = (0..<many).map { world.said("x\($0)", "cannot be answered") }
        _ = try await world.log.append(events, to: .messages)
        try await wait("the live shard to have them") { try await world.count(shard, "said") == many + 3 }
        await refused("behind") { _ = try await pool.pool.swap(Wire.partition) }
        _ = try await verified(pool)
        _ = try await pool.pool.swap(Wire.partition)
        #expect(try await world.count(pool.live(), "said") == many + 3)
        try await pool.stop()
    }

    @Test("what a killed process left of a rebuild is deleted, and a rebuild begins anew")
    func leftovers() async throws {
        var pool = start()
        try await fill(10, try await pool.live())
        try await pool.stop()
        for suffix in [".rebuild", ".rebuild-wal", ".watch"] {
            try Data([1, 2, 3]).write(to: URL(filePath: file.path + suffix))
        }
        // A swap left it, and its version is served nowhere any more.
        let older = ShardFile<Tally>.name(Tally(), partition: Wire.partition, version: 0)
        let kept = world.scratch.folder.appending(path: older + ".replaced")
        try Data([1, 2, 3]).write(to: kept)
        pool = start()
        _ = try await pool.live()
        #expect(!isThere(".rebuild") && !isThere(".rebuild-wal") && !isThere(".watch"))
        try await wait("the older version to go") { !FileManager.default.fileExists(atPath: kept.path) }
        _ = try await rebuilt(pool)
        #expect(try await verified(pool).isSame == true)
        try await pool.stop()
    }

    func refused(_ code: String?, _ body: () async throws -> Void) async {
        let error = await #expect(throws: RebuildRefused.self) { try await body() }
        if let code { #expect(error?.code == code) }
    }
}
