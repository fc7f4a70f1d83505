import Foundation
import ServiceKit

/// The provider's account, and the one origin that may see its token.
struct MediaAccount: Sendable {
    let origin: MediaOrigin
    /// A header's value.
    private let basic: Secret

    init(origin: MediaOrigin, sid: String, token: String) {
        self.origin = origin
        basic = Secret(Array("Basic \(Data("\(sid):\(token)".utf8).base64EncodedString())".utf8))
    }

    /// Whoever lets another server stand in for the provider, such as a simulator, trusts it.
    var trusted: Set<MediaOrigin> { origin == .twilio ? [] : [origin] }

    var authorization: String { String(decoding: basic.bytes, as: UTF8.self) }
}
