import Hummingbird
import Logging
import NIOCore

/// What a request carries through middleware and handlers.
public struct AppContext: RequestContext {
    public var coreContext: CoreRequestContextStorage
    /// In every log line, answer and problem of this request.
    public var correlationId: String
    /// The client's connection.
    public let channel: any Channel

    public init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        correlationId = ""
        channel = source.channel
    }
}
