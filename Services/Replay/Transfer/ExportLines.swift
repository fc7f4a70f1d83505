import Crypto
import Foundation
import Kafka

/// The lines of an export, one after the other, however large the file is.
struct ExportLines {
    let path: String

    /// Of the whole file, in hexadecimal.
    func sha256() throws -> String {
        var hash = SHA256()
        let handle = try open()
        while let data = try handle.read(upToCount: 1 << 20), !data.isEmpty { hash.update(data: data) }
        try handle.close()
        return hash.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private func open() throws -> FileHandle {
        guard let handle = FileHandle(forReadingAtPath: path) else { throw Refusal("cannot read \(path)") }
        return handle
    }

    /// - Parameter body: takes a line's number, from 1, and what it says.
    /// - Throws: `Refusal` that names the first line that is none of `export`'s.
    func read(to topic: String, _ body: (Int64, OutgoingRecord) async throws -> Void) async throws {
        let handle = try open()
        let decoder = JSONDecoder()
        var rest = Data()
        var number: Int64 = 0
        var isAtEnd = false
        while !isAtEnd {
            let more = try handle.read(upToCount: 1 << 20) ?? Data()
            isAtEnd = more.isEmpty
            rest.append(more)
            var start = rest.startIndex
            while let end = rest[start...].firstIndex(of: 10)
                ?? (isAtEnd && start < rest.endIndex ? rest.endIndex : nil)
            {
                number += 1
                let line = rest[start..<end]
                start = min(end + 1, rest.endIndex)
                if line.allSatisfy({ $0 == 32 || $0 == 13 }) { continue }
                try await body(number, try record(line, number, topic, decoder))
            }
            rest = Data(rest[start...])
        }
        try handle.close()
    }

    private func record(
        _ line: Data, _ number: Int64, _ topic: String, _ decoder: JSONDecoder
    ) throws -> OutgoingRecord {
        do {
            return try decoder.decode(ExportedRecord.self, from: line).record(to: topic)
        } catch let mistake as ExportedRecord.Mistake {
            throw Refusal("\(path), line \(number): \(mistake)")
        } catch {
            throw Refusal("\(path), line \(number) is no line of `replay export`. Nothing was written")
        }
    }
}
