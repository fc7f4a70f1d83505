import Testing

@testable import Ingest

@Suite struct MediaTypeTests {
    @Test(arguments: [
        ("image/jpeg", "image/jpeg"), ("IMAGE/PNG", "image/png"), ("image/gif ; q=1", "image/gif"),
        ("text/vcard; charset=utf-8", "text/vcard"), ("audio/amr", "audio/amr"), ("audio/vnd.wave", "audio/vnd.wave"),
        ("video/3gpp", "video/3gpp"), ("video/mp4", "video/mp4"), ("application/pdf", "application/pdf"),
    ])
    func typesThatAreKept(_ header: String, _ type: String) throws {
        #expect(try MediaType.declared([header]) == type)
    }

    @Test(arguments: [
        [], ["image/png", "text/html"], [""], [";"], ["text/html"], ["image/svg+xml"], ["application/octet-stream"],
        ["application/javascript"], ["audio/"], ["audio/x y"], ["audio/<b>"], ["image/png, text/html"], ["text/plain"],
        ["image"], ["application/xhtml+xml"],
    ])
    func typesThatAreNot(_ header: [String]) {
        #expect(throws: MediaRefusal.type) { try MediaType.declared(header) }
    }

    @Test func anImageIsWhatItsBytesAre() throws {
        let jpeg: [UInt8] = [0xff, 0xd8, 0xff, 0xe0]
        #expect(try MediaType.verified("image/png", png) == "image/png")
        #expect(try MediaType.verified("image/jpeg", png) == "image/png")
        #expect(try MediaType.verified("image/png", jpeg) == "image/jpeg")
        #expect(try MediaType.verified("image/jpg", jpeg) == "image/jpeg")
        #expect(try MediaType.verified("image/gif", Array("GIF87a....".utf8)) == "image/gif")
        #expect(try MediaType.verified("image/gif", Array("GIF89a....".utf8)) == "image/gif")
        #expect(try MediaType.verified("image/webp", Array("RIFF....WEBPVP8 ".utf8)) == "image/webp")
    }

    @Test(arguments: [
        ("image/png", "<!DOCTYPE html><script>alert(1)</script>"), ("image/png", "<svg xmlns='…' onload='x'/>"),
        ("image/gif", "GIF88a"), ("image/jpeg", "%PDF-1.7"), ("image/webp", "RIFF....WAVEfmt "),
        ("image/png", "\u{89}PNG"),
        ("application/pdf", "<html>"), ("application/pdf", " %PDF-1.7"), ("text/vcard", "<html>BEGIN:VCARD"),
        ("text/vcard", "hello"), ("video/mp4", "<html><body>"), ("video/3gpp", "...."), ("audio/mpeg", "<html>"),
        ("audio/mpeg", " \n\t<?xml"), ("audio/ogg", "\u{feff}<script>"), ("audio/ogg", "\u{0}<\u{0}h"),
    ])
    func whatIsDressedUp(_ type: String, _ content: String) {
        #expect(throws: MediaRefusal.disguise) { try MediaType.verified(type, Array(content.utf8)) }
    }

    @Test(arguments: [
        ("application/pdf", "%PDF-1.7"), ("text/vcard", "BEGIN:VCARD\r\nVERSION:3.0"),
        ("text/vcard", "\u{feff}begin:vcard"),
        ("video/mp4", "....ftypmp42"), ("video/3gpp", "....ftyp3gp4"), ("audio/amr", "#!AMR\n<"), ("audio/mpeg", "ID3"),
        ("audio/ogg", "OggS"),
    ])
    func whatIsNot(_ type: String, _ content: String) throws {
        #expect(try MediaType.verified(type, Array(content.utf8)) == type)
    }
}
