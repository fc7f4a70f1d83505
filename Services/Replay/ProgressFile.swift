import Foundation

/// Where a copy is, so that its next run need not compare everything. Nothing depends on it: without it, or where it
/// does not fit what the topics hold, the run compares from their starts.
struct ProgressFile: Sendable {
    private struct Content: Codable {
        var from: String
        var to: String
        var partitions: [Int32]
        var cuts: [String: Cut]
    }

    let path: String
    private var content: Content

    init(path: String, from: String, to: String, route: Route) {
        self.path = path
        content = Content(from: from, to: to, partitions: [route.from, route.to], cuts: [:])
        guard let data = FileManager.default.contents(atPath: path),
            let found = try? JSONDecoder().decode(Content.self, from: data),
            found.from == from, found.to == to, found.partitions == content.partitions
        else { return }
        content = found
    }

    subscript(topic: String) -> Cut? { content.cuts[topic] }

    /// Whole or not at all.
    mutating func write(_ cut: Cut, of topic: String) throws {
        content.cuts[topic] = cut
        try JSONEncoder().encode(content).write(to: URL(fileURLWithPath: path), options: .atomic)
    }
}
