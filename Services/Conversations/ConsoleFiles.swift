import Crypto
import Foundation

/// The files of the staff's page, compiled in so that the service works from any directory.
enum ConsoleFiles {
    /// One page for all its addresses: which one it is, its router reads from the address.
    static let page = PackageResources.console_html

    /// Served under `/console/`.
    static let all: [String: [UInt8]] = [
        "activity.js": PackageResources.activity_js,
        "api.js": PackageResources.api_js,
        "app.js": PackageResources.app_js,
        "attachments.js": PackageResources.attachments_js,
        "base.css": PackageResources.base_css,
        "bubble.js": PackageResources.bubble_js,
        "card.css": PackageResources.card_css,
        "channels.js": PackageResources.channels_js,
        "composer.js": PackageResources.composer_js,
        "connection.js": PackageResources.connection_js,
        "contact.js": PackageResources.contact_js,
        "contacts.js": PackageResources.contacts_js,
        "dealcard.js": PackageResources.dealcard_js,
        "dealfacts.js": PackageResources.dealfacts_js,
        "deals.js": PackageResources.deals_js,
        "dealslist.js": PackageResources.dealslist_js,
        "desk.js": PackageResources.desk_js,
        "dom.js": PackageResources.dom_js,
        "draft.js": PackageResources.draft_js,
        "events.js": PackageResources.events_js,
        "feed.js": PackageResources.feed_js,
        "filters.js": PackageResources.filters_js,
        "head.js": PackageResources.head_js,
        "icon.svg": PackageResources.icon_svg,
        "keys.js": PackageResources.keys_js,
        "links.js": PackageResources.links_js,
        "list.js": PackageResources.list_js,
        "log.js": PackageResources.log_js,
        "memory.js": PackageResources.memory_js,
        "menu.css": PackageResources.menu_css,
        "menu.js": PackageResources.menu_js,
        "notices.js": PackageResources.notices_js,
        "outbox.js": PackageResources.outbox_js,
        "presence.js": PackageResources.presence_js,
        "preview.js": PackageResources.preview_js,
        "qualify.js": PackageResources.qualify_js,
        "router.js": PackageResources.router_js,
        "row.js": PackageResources.row_js,
        "segments.js": PackageResources.segments_js,
        "session.js": PackageResources.session_js,
        "signin.js": PackageResources.signin_js,
        "sse.js": PackageResources.sse_js,
        "support.js": PackageResources.support_js,
        "tabs.js": PackageResources.tabs_js,
        "talk.js": PackageResources.talk_js,
        "textfirst.js": PackageResources.textfirst_js,
        "texting.js": PackageResources.texting_js,
        "texttools.js": PackageResources.texttools_js,
        "thread.css": PackageResources.thread_css,
        "thread.js": PackageResources.thread_js,
        "topbar.js": PackageResources.topbar_js,
        "typing.js": PackageResources.typing_js,
        "visitor.js": PackageResources.visitor_js,
        "words.js": PackageResources.words_js,
    ]

    /// - Returns: nil for what no page asks for.
    static func type(of name: String) -> String? {
        switch name.split(separator: ".").last {
        case "js": "text/javascript; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "svg": "image/svg+xml"
        default: nil
        }
    }

    /// A strong ETag.
    static func tag(of bytes: [UInt8]) -> String {
        "\"" + SHA256.hash(data: bytes).prefix(12).map { String(format: "%02x", $0) }.joined() + "\""
    }
}
