import Contracts
import Crypto
import Foundation

/// What a copy of a shard's file is a fold of, and how to tell that it is whole. Published beside the copy, as JSON.
public struct Snapshot: Codable, Sendable, Equatable {
    public struct Position: Codable, Sendable, Equatable {
        /// The next offset to fold.
        public var next: Int64
        /// The stamp of the record folded last; empty at the log's start.
        public var lastId: String
    }

    public var service: String
    public var shard: Int32
    public var partitions: Int32
    public var schemaVersion: Int
    public var madeAt: Timestamp
    /// By the topic's name without prefix; of kept topics.
    public var positions: [String: Position]
    public var bytes: Int64
    /// Of the file, in hex.
    public var sha256: String

    /// Records folded, of all kept topics.
    var records: Int64 { positions.values.reduce(0) { $0 + $1.next } }

    static func sha256(of url: URL) throws -> (hex: String, bytes: Int64) {
        let handle = try FileHandle(forReadingFrom: url)
        defer { try? handle.close() }
        var hash = SHA256()
        var bytes: Int64 = 0
        while let piece = try handle.read(upToCount: 1 << 20), !piece.isEmpty {
            hash.update(data: piece)
            bytes += Int64(piece.count)
        }
        return (hash.finalize().map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined(), bytes)
    }
}

/// Where instances leave snapshots for one another. A folder today; an object store fits behind the same four calls.
///
/// What it gives is never trusted: the fetched file's hash, the file's own account of itself and the log's ids are
/// checked before use, so a store may be late, torn or of another log.
public protocol SnapshotStore: Sendable {
    /// Of every schema version, newest first.
    func list(service: String, shard: Int32) throws -> [Snapshot]
    /// Copies the snapshot to a file that does not exist yet.
    func fetch(_ snapshot: Snapshot, to file: URL) throws
    /// Takes the file and makes it visible as a whole or not at all.
    func publish(_ file: URL, as snapshot: Snapshot) throws
    func remove(_ snapshot: Snapshot) throws
}
