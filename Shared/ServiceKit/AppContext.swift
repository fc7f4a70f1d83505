import Contracts
import Hummingbird
import Logging
import NIOCore

/// What a request carries through middleware and handlers.
public struct AppContext: RequestContext {
    public var coreContext: CoreRequestContextStorage
    /// In every log line, answer and problem of this request.
    public var correlationId: String
    /// This request's span; nil before it has gone through the middleware.
    public var trace: Traceparent?
    /// The client's connection.
    public let channel: any NIOCore.Channel

    public init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        correlationId = ""
        channel = source.channel
    }

    /// For the records that this request appends.
    public var correlation: Correlation {
        correlationId.isEmpty ? .none : Correlation(id: correlationId, trace: trace)
    }
}
