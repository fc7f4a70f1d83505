import Crypto
import Foundation

/// `/widget.js`: the files of Widget/ in one function, so that nothing of them reaches the page.
enum WidgetScript {
    /// In this order: each file's code runs after that of those before it.
    static let parts = [
        PackageResources.start_js, PackageResources.storage_js, PackageResources.session_js,
        PackageResources.outbox_js, PackageResources.draft_js, PackageResources.beat_js, PackageResources.stream_js,
        PackageResources.element_js, PackageResources.thread_js, PackageResources.contact_js,
        PackageResources.view_js, PackageResources.main_js,
    ].map { String(decoding: $0, as: UTF8.self) }

    /// Put together once.
    static let source: String = {
        let style = quoted(Squeeze.style(String(decoding: PackageResources.style_css, as: UTF8.self)))
        let code = (["\"use strict\";", "const STYLE = \(style);"] + parts).joined(separator: "\n")
        return "(()=>{" + Squeeze.script(code) + "})();\n"
    }()

    /// For `If-None-Match`: of the bytes, so the same from every instance of a version.
    static let entityTag: String = {
        let hash = SHA256.hash(data: Data(source.utf8)).prefix(12)
        return "\"" + hash.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() + "\""
    }()

    /// A JavaScript string: every JSON string is one.
    private static func quoted(_ text: String) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return (try? encoder.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }
}
