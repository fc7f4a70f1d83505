import Foundation
import Shards

/// Asks instances of services for the dead letters of the shards that they have.
struct LetterOffice: Sendable {
    let client: ServiceClient

    struct Silent: Sendable {
        var address: String
        var why: String
    }

    private struct Page: Decodable {
        var items: [DeadLetter]
        var next: String?
    }

    private struct Status: Decodable {
        var service: String
    }

    /// The letters that are meant, in the log's order, and the instances that did not answer.
    func letters(
        _ options: DeadOptions, _ session: Session
    ) async throws -> (letters: [FoundLetter], silent: [Silent]) {
        var instances: [(service: String?, address: String)] = options.serviceURL.map { (nil, $0) }
        if instances.isEmpty {
            instances = try await ShardOwners(session).instances.map { ($0.service, $0.address) }
            instances.removeAll { !options.service.isEmpty && !options.service.contains($0.service ?? "") }
        }
        guard !instances.isEmpty else {
            throw Refusal("no instance is known to ask: name one with --service-url http://host:port")
        }
        var found: [FoundLetter] = []
        var silent: [Silent] = []
        for (service, address) in instances {
            do {
                var name = service
                if name == nil { name = try await get(Status.self, address, "/status").service }
                found += try await all(of: name ?? "", address).filter(options.chooses)
            } catch let refusal as Refusal {
                throw refusal
            } catch let problem as ServiceClient.Problem where problem.isRefusal {
                throw problem
            } catch {
                silent.append(Silent(address: address, why: "\(error)"))
            }
        }
        // A shard that moved meanwhile was told of by two.
        var seen: Set<String> = []
        found = found.filter { seen.insert("\($0.service) \($0.place) \($0.offset)").inserted }
        return (found.sorted(by: FoundLetter.precedes), silent)
    }

    private func all(of service: String, _ address: String) async throws -> [FoundLetter] {
        var found: [FoundLetter] = []
        var cursor: String?
        repeat {
            let more = cursor.map { "&cursor=\($0.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")" }
            let path = "/v1/dead-letters?limit=\(Limits.deadLetterPage)\(more ?? "")"
            let page = try await get(Page.self, address, path)
            found += page.items.map {
                FoundLetter(
                    service: service, topic: $0.topic, partition: $0.partition, offset: $0.offset, eventId: $0.eventId,
                    reason: $0.reason, detail: $0.detail, settled: $0.settled)
            }
            cursor = page.next
        } while cursor != nil
        return found
    }

    private func get<T: Decodable>(_: T.Type, _ address: String, _ path: String) async throws -> T {
        var base = address
        while base.hasSuffix("/") { base.removeLast() }
        return try await client.get(base + path, as: T.self)
    }
}
