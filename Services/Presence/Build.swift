import Hummingbird
import Logging
import ServiceKit

/// The service and its route; nothing runs yet.
func build(
    _ settings: ServiceSettings, _ logger: Logger
) throws -> (service: Service<PresenceLogic>, router: Router<AppContext>) {
    let service = try Service(settings: settings, logic: PresenceLogic(), logger: logger)
    let router = service.makeRouter()
    Reads(service: service).add(to: router)
    return (service, router)
}
