import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// Makes one request.
protocol MediaClient: Sendable {
    /// - Parameters:
    ///   - address: the only one that it may connect to.
    ///   - authorization: the header's value.
    ///   - use: reads the answer; the connection ends with it.
    /// - Throws: `MediaFailure.unreachable` if there was nobody at the address; what `use` throws.
    func get<Value: Sendable>(
        _ url: MediaURL, at address: MediaAddress, authorization: String?,
        _ use: @Sendable (HTTPClientResponse) async throws -> Value
    ) async throws -> Value
}

/// Connects to an address that was checked, while TLS and `Host` have the name: whatever the name resolves to by then.
struct PinnedClient: MediaClient {
    var limits = MediaLimits()

    func get<Value: Sendable>(
        _ url: MediaURL, at address: MediaAddress, authorization: String?,
        _ use: @Sendable (HTTPClientResponse) async throws -> Value
    ) async throws -> Value {
        var request = HTTPClientRequest(url: url.text)
        request.headers.add(name: "User-Agent", value: "DirectChat")
        request.headers.add(name: "Accept", value: "*/*")
        // Nothing is unpacked: what comes is what is counted.
        request.headers.add(name: "Accept-Encoding", value: "identity")
        if let authorization { request.headers.add(name: "Authorization", value: authorization) }
        // A client for each request: no connection, and no cookie or session of TLS, is there for the next one.
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration(url, address))
        do {
            let value = try await use(Self.execute(request, http, TimeAmount(limits.total)))
            try? await http.shutdown()
            return value
        } catch {
            try? await http.shutdown()
            throw error
        }
    }

    private static func execute(
        _ request: HTTPClientRequest, _ http: HTTPClient, _ timeout: TimeAmount
    ) async throws -> HTTPClientResponse {
        do {
            return try await http.execute(request, timeout: timeout)
        } catch let error as IOError {
            throw MediaFailure.unreachable("\(error)")
        } catch let error as HTTPClientError where error == .connectTimeout {
            throw MediaFailure.unreachable("\(error)")
        }
    }

    private func configuration(_ url: MediaURL, _ address: MediaAddress) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: HTTPClient.Configuration.Timeout(
                connect: TimeAmount(limits.connect), read: TimeAmount(limits.silence)))
        configuration.httpVersion = .http1Only
        // async-http-client 1.37.0 makes a socket address of an override that is an IP address, and asks no resolver.
        // It finds the override by the host that Foundation reads in the address, which `MediaURL` has compared.
        configuration.dnsOverride = [url.origin.host: address.description]
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }
}
