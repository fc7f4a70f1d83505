import Crypto
import Foundation
import Testing

@testable import ServiceKit

@Suite struct MediaFolderTests {
    private let bytes = Array("a picture".utf8)

    private func inFolder(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "media-\(UUID().uuidString)")
        do {
            try await body(folder)
            try FileManager.default.removeItem(at: folder)
        } catch {
            try? FileManager.default.removeItem(at: folder)
            throw error
        }
    }

    private func files(_ folder: URL) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
    }

    @Test func theSameBytesAreOneFileUnderTheirHash() async throws {
        try await inFolder { folder in
            let store = try MediaFolder(folder)
            let sha256 = try await store.put(bytes)
            #expect(sha256 == SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined())
            #expect(try await store.put(bytes) == sha256)
            #expect(try files(folder) == [String(sha256.prefix(2)), "\(sha256.prefix(2))/\(sha256)"])
            // Another service's look at the same folder.
            #expect(try await MediaFolder(folder).bytes(sha256) == bytes)
            let mode = try FileManager.default.attributesOfItem(atPath: folder.path)[.posixPermissions] as? Int
            #expect(mode == 0o700)
        }
    }

    @Test func whatIsNoHashIsNoPath() async throws {
        try await inFolder { folder in
            let store = try MediaFolder(folder.appending(path: "store"))
            let sha256 = try await store.put(bytes)
            try Data("secret".utf8).write(to: folder.appending(path: "secret"))
            let names = [
                "", "..", "../secret", "../../secret", "/etc/passwd", sha256.uppercased(), String(sha256.dropLast()),
                sha256 + "0", sha256 + "/..", String(repeating: "../", count: 21) + "a", "\(sha256)\0",
                String(repeating: "é", count: 32),
            ]
            for name in names {
                #expect(try await store.bytes(name) == nil, "\(name)")
            }
            #expect(try await store.bytes(String(repeating: "0", count: 64)) == nil)
        }
    }

    @Test func aDamagedFileIsNotGivenOutAndPutAgainIsWhole() async throws {
        try await inFolder { folder in
            let store = try MediaFolder(folder)
            let sha256 = try await store.put(bytes)
            try Data("a pict".utf8).write(to: folder.appending(path: "\(sha256.prefix(2))/\(sha256)"))
            await #expect(throws: MediaDamaged.self) { try await store.bytes(sha256) }
            #expect(try await store.put(bytes) == sha256)
            #expect(try await store.bytes(sha256) == bytes)
        }
    }

    @Test func whatAKilledInstanceLeftIsRemovedAfterAnHour() async throws {
        try await inFolder { folder in
            let store = try MediaFolder(folder)
            for (name, age) in [(".unfinished-old", 7_200.0), (".unfinished-new", 60)] {
                let path = folder.appending(path: name).path
                try Data("half".utf8).write(to: URL(fileURLWithPath: path))
                try FileManager.default.setAttributes(
                    [.modificationDate: Date(timeIntervalSinceNow: -age)], ofItemAtPath: path)
            }
            let sha256 = try await store.put(bytes)
            #expect(
                try files(folder) == [".unfinished-new", String(sha256.prefix(2)), "\(sha256.prefix(2))/\(sha256)"])
        }
    }

    @Test func aFailedWriteLeavesNothing() async throws {
        try await inFolder { folder in
            let store = try MediaFolder(folder)
            let first = SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined().prefix(2)
            // A file where the folder would be.
            try Data().write(to: folder.appending(path: String(first)))
            await #expect(throws: (any Error).self) { try await store.put(bytes) }
            #expect(try files(folder) == [String(first)])
        }
    }
}
