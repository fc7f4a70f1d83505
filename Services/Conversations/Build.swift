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
    let hasSecret = settings.env("DIRECTCHAT_SMS_SECRET") != nil
    FirstTexts(desk: desk, secret: hasSecret ? try settings.secret("DIRECTCHAT_SMS_SECRET") : nil).add(to: router)
    page.add(to: router)
    return (service, router)
}
