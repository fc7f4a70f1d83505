import Foundation

/// The types of attachments that are kept, and how their bytes begin.
enum MediaType {
    /// - Parameter header: all values of `Content-Type`.
    /// - Returns: in small letters, without parameters.
    static func declared(_ header: [String]) throws(MediaRefusal) -> String {
        guard header.count == 1, let essence = header[0].split(separator: ";").first else { throw .type }
        let type = essence.trimmingCharacters(in: .whitespaces).lowercased()
        let isAudio = type.hasPrefix("audio/") && type.count > 6 && type.utf8.allSatisfy(isInType)
        guard isAudio || images.contains(type) || others.contains(type) else { throw .type }
        return type
    }

    /// What the bytes are, as far as the type that they came with allows it.
    ///
    /// - Returns: an image's type from its content, else the declared one.
    static func verified(_ type: String, _ bytes: [UInt8]) throws(MediaRefusal) -> String {
        if images.contains(type) {
            guard let image = image(bytes) else { throw .disguise }
            return image
        }
        let isIt =
            switch type {
            case "application/pdf": bytes.starts(with: "%PDF-".utf8)
            case "text/vcard": isCard(bytes)
            case "video/mp4", "video/3gpp": bytes.dropFirst(4).starts(with: "ftyp".utf8)
            // Audio has a dozen formats, some without a beginning of their own. What a browser might run begins with <.
            default: !isMarkup(bytes)
            }
        guard isIt else { throw .disguise }
        return type
    }

    /// `image/jpg` is no type, but is in use.
    private static let images: Set<String> = ["image/jpeg", "image/jpg", "image/png", "image/gif", "image/webp"]
    private static let others: Set<String> = ["video/mp4", "video/3gpp", "application/pdf", "text/vcard"]

    private static func image(_ bytes: [UInt8]) -> String? {
        if bytes.starts(with: [0xff, 0xd8, 0xff]) { return "image/jpeg" }
        if bytes.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) { return "image/png" }
        if bytes.starts(with: "GIF87a".utf8) || bytes.starts(with: "GIF89a".utf8) { return "image/gif" }
        let isWebP = bytes.starts(with: "RIFF".utf8) && bytes.dropFirst(8).starts(with: "WEBP".utf8)
        return isWebP ? "image/webp" : nil
    }

    private static func isCard(_ bytes: [UInt8]) -> Bool {
        String(decoding: text(bytes).prefix(11), as: UTF8.self).uppercased() == "BEGIN:VCARD"
    }

    private static func isMarkup(_ bytes: [UInt8]) -> Bool {
        // Also as UTF-16, in which a byte of zero stands before or after it.
        text(bytes).drop { $0 == 0 }.first == UInt8(ascii: "<")
    }

    /// Without byte order marks and space before it.
    private static func text(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        bytes.drop { $0 <= 0x20 || [0xef, 0xbb, 0xbf, 0xfe, 0xff].contains($0) }
    }

    private static func isInType(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"),
            UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
