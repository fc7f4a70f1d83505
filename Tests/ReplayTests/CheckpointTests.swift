import Contracts
import Foundation
import Testing

@testable import Replay

@Suite struct CheckpointTests {
    private func folder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "checkpoint-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    @Test func itIsReadAsItWasWritten() throws {
        let path = try folder().appending(path: "c").path
        #expect(try Checkpoint.read(path, of: "s") == nil, "there is none")
        let made = Checkpoint(
            subject: "s", begunAt: .init(milliseconds: 1_000), places: [.init(partition: 1, next: 2, targetNext: 3)])
        try made.write(path)
        #expect(try Checkpoint.read(path, of: "s") == made)
        #expect(throws: Refusal.self) { try Checkpoint.read(path, of: "s elsewhere") }
    }

    @Test func oneThatCannotBeReadIsNotNone() throws {
        let folder = try folder()
        // Tests may run as root, who can read every file: a folder is none.
        #expect {
            try Checkpoint.read(folder.path, of: "s")
        } throws: {
            "\($0)".contains("cannot read")
        }
        let path = folder.appending(path: "c").path
        try Data("{}".utf8).write(to: URL(fileURLWithPath: path))
        #expect(throws: Refusal.self) { try Checkpoint.read(path, of: "s") }
    }
}
