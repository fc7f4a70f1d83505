import Dispatch
import Foundation

/// Gives a name's addresses.
protocol MediaResolver: Sendable {
    /// - Returns: all of them, in the order in which they are to be tried.
    func addresses(of name: String) async throws(MediaFailure) -> [MediaAddress]
}

/// The system's: hosts file, DNS, whatever `nsswitch.conf` says.
struct SystemResolver: MediaResolver {
    func addresses(of name: String) async throws(MediaFailure) -> [MediaAddress] {
        // `getaddrinfo` blocks, for as long as `resolv.conf` lets it, and cannot be called off: it has a thread of its
        // own, and a caller that is cancelled leaves it alone.
        let (answers, answer) = AsyncStream.makeStream(of: Result<[MediaAddress], MediaFailure>.self)
        DispatchQueue.global().async {
            answer.yield(Result { () throws(MediaFailure) in try Self.look(up: name) })
            answer.finish()
        }
        for await result in answers { return try result.get() }
        throw .stopped
    }

    private static func look(up name: String) throws(MediaFailure) -> [MediaAddress] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_protocol = Int32(IPPROTO_TCP)
        // No IPv6 addresses where the machine has none itself.
        hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(name, nil, &hints, &list)
        guard code == 0 else { throw .unresolved(String(cString: gai_strerror(code))) }
        defer { freeaddrinfo(list) }
        var addresses: [MediaAddress] = []
        var next = list
        while let entry = next {
            next = entry.pointee.ai_next
            guard let address = entry.pointee.ai_addr else { continue }
            switch entry.pointee.ai_family {
            case AF_INET:
                address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    addresses.append(MediaAddress($0.pointee.sin_addr))
                }
            case AF_INET6:
                address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                    addresses.append(MediaAddress($0.pointee.sin6_addr))
                }
            default: continue
            }
        }
        return addresses
    }
}
