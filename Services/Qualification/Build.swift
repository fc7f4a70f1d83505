import Hummingbird
import Logging
import ServiceKit

/// The service and its routes; nothing runs yet.
func build(
    _ settings: ServiceSettings, _ logger: Logger, consoleOrigins: Set<String>
) throws -> (service: Service<QualificationLogic>, router: Router<AppContext>) {
    let service = try Service(settings: settings, logic: QualificationLogic(), logger: logger)
    let router = service.makeRouter(cors: CORS(origins: settings.allowedOrigins.union(consoleOrigins)))
    Clicks(service: service).add(to: router)
    Reads(service: service).add(to: router)
    return (service, router)
}
