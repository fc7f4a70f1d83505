import Foundation
import Hummingbird
import Logging
import ServiceKit
import Shards

/// The service and its routes: the fold, the staff's API and the page.
func build(
    _ settings: ServiceSettings, console: ConsoleOptions, _ logger: Logger
) throws -> (service: Service<ConversationsLogic>, router: Router<AppContext>) {
    let page = try ConsolePage(console, settings.env)
    let drafts = Drafts(now: ShardSettings.systemClock)
    let service = try Service(settings: settings, logic: ConversationsLogic(drafts: drafts), logger: logger)
    let router = service.makeRouter()
    let desk = Desk(service: service, drafts: drafts)
    Reads(desk: desk).add(to: router)
    Writes(desk: desk).add(to: router)
    Replies(desk: desk).add(to: router)
    Consents(desk: desk).add(to: router)
    Media(desk: desk, store: try mediaFolder(settings)).add(to: router)
    FirstTexts(desk: desk, secret: try textSecret(settings)).add(to: router)
    page.add(to: router)
    return (service, router)
}

/// What ingest keeps of attachments; nil: they are named, not shown.
private func mediaFolder(_ settings: ServiceSettings) throws -> MediaFolder? {
    guard let path = settings.env("DIRECTCHAT_MEDIA") else { return nil }
    do {
        return try MediaFolder(URL(fileURLWithPath: path, isDirectory: true))
    } catch {
        throw ConfigurationError(["DIRECTCHAT_MEDIA: \(path) cannot be made: \(error)"])
    }
}

/// The same as ingest's; nil: nobody is texted first from here.
private func textSecret(_ settings: ServiceSettings) throws -> Secret? {
    guard settings.env("DIRECTCHAT_SMS_SECRET") != nil else { return nil }
    return try settings.secret("DIRECTCHAT_SMS_SECRET")
}
