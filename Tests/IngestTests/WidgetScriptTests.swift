import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceKit
import Testing

@testable import Ingest

@Suite struct WidgetScriptTests {
    private func answer(ifNoneMatch: String? = nil) async throws -> (Response, String) {
        var head = HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/widget.js")
        head.headerFields[.ifNoneMatch] = ifNoneMatch
        let response = IngestService.widget(Request(head: head, body: RequestBody(buffer: ByteBuffer())))
        let written = Written()
        try await response.body.write(written)
        return (response, String(buffer: await written.bytes.all))
    }

    @Test func itIsSmall() {
        #expect(WidgetScript.source.utf8.count < 31_000)
    }

    @Test func whatIsServedIsEveryFileInOneFunction() async throws {
        let (response, body) = try await answer()
        #expect(response.status == .ok && body == WidgetScript.source)
        #expect(response.headers[.contentType] == "text/javascript; charset=utf-8")
        #expect(response.headers[.cacheControl] == "public, max-age=300")
        #expect(body.hasPrefix("(()=>{\"use strict\";") && body.hasSuffix("})();\n"))
        #expect(WidgetScript.parts.count == 12)
        // One string of each file: strings stay to the letter.
        let strings = [
            "script[data-dealership][src*='/widget.js']", "open", "/v1/sessions", "/v1/messages", "/v1/draft",
            "/v1/beats", "text/event-stream", "noopener noreferrer nofollow", "Not sent",
            "How can we reach you if you leave?", "Our staff can see what you type before you send it.",
            "visibilitychange",
        ]
        for (part, string) in zip(WidgetScript.parts, strings) {
            #expect(part.contains("\"\(string)\"") && body.contains("\"\(string)\""), "\(string)")
        }
        #expect(!body.contains("innerHTML") && !body.contains("eval("))
    }

    @Test func aBrowserThatHasItIsToldSo() async throws {
        let tag = try #require(try await answer().0.headers[.eTag])
        let (response, body) = try await answer(ifNoneMatch: "W/\(tag), \"other\"")
        #expect(response.status == .notModified && body.isEmpty && response.headers[.eTag] == tag)
        #expect(try await answer(ifNoneMatch: "\"other\"").0.status == .ok)
    }
}

@Suite struct SqueezeTests {
    @Test func commentsAndSpacesGo() {
        #expect(Squeeze.script("// Why.\na = b + 1;\n\n  c(d, {\n    e: 2,\n  });\n") == "a=b+1;c(d,{e:2});")
        #expect(Squeeze.script("a = 1 - -b\nreturn c") == "a=1- -b\nreturn c")
        #expect(Squeeze.style("a {\n  color: red;\n}\nb > i, u { top: 0 }\n") == "a{color:red}b>i,u{top:0}")
    }

    @Test func stringsAndExpressionsStay() {
        for literal in [#""a  + \" // b""#, #"/[/ ] \/ "/g"#, #""{ x }""#] {
            #expect(Squeeze.script("f( \(literal) )") == "f(\(literal))")
        }
        #expect(Squeeze.script("a / b / c") == "a/b/c")
    }

    @Test func ownNamesGetShortOnes() {
        #expect(Squeeze.script("const value = 1;\nuse(value + other);") == "const $a=1;use($a+other);")
        #expect(Squeeze.script("(first, ...many) => many + first") == "(first,...many)=>many+first")
        #expect(Squeeze.script("const many = [];\ncall(...many, 1);") == "const $a=[];call(...$a,1);")
    }

    @Test func whatMayBeAPropertysNameStays() {
        for code in [
            "const value=1;use(it.value)", "const value=1;use({value:2})", "const{value}=it;use(value)",
            "const value=1;use({other,value})", "const value=1;use(it?.value)", "use(\"value\")",
        ] {
            #expect(Squeeze.script(code) == code)
        }
    }
}

private actor Bytes {
    private(set) var all = ByteBuffer()

    func add(_ more: ByteBuffer) { all.writeImmutableBuffer(more) }
}

private struct Written: ResponseBodyWriter {
    let bytes = Bytes()

    mutating func write(_ buffer: ByteBuffer) async throws { await bytes.add(buffer) }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
