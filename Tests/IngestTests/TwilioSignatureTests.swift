import Testing

@testable import Ingest

@Suite struct TwilioSignatureTests {
    let signature = TwilioSignature(tokens: ["12345"])
    let url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    let call = [
        (name: "To", value: "+18005551212"), (name: "CallSid", value: "CA1234567890ABCDE"),
        (name: "Digits", value: "1234"), (name: "From", value: "+14158675309"), (name: "Caller", value: "+14158675309"),
    ]

    @Test func twiliosOwnExample() {
        #expect(signature.isValid("RSOYDt4T1cUTdK1PDd93/VVr8B8=", url: url, parameters: call))
        #expect(!signature.isValid("SSOYDt4T1cUTdK1PDd93/VVr8B8=", url: url, parameters: call))
        #expect(!signature.isValid("RSOYDt4T1cUTdK1PDd93/VVr8B8=", url: url + "3", parameters: call))
        #expect(!signature.isValid("RSOYDt4T1cUTdK1PDd93/VVr8B8=", url: url, parameters: call.dropLast()))
    }

    @Test func repeatedNamesAreSignedOncePerValueInOrder() {
        let parameters = [
            (name: "Sid", value: "CA123"), (name: "SidAccount", value: "AC123"), (name: "Digits", value: "5678"),
            (name: "Digits", value: "1234"), (name: "Digits", value: "1234"),
        ]
        #expect(signature.isValid("IK+Dwps556ElfBT0I3Rgjkr1wJU=", url: url, parameters: parameters))
    }

    @Test func theDefaultPortMayBeThereOrNot() {
        #expect(signature.isValid("kvajT1Ptam85bY51eRf/AJRuM3w=", url: url, parameters: call))
        let withPort = "https://mycompany.com:443/myapp.php?foo=1&bar=2"
        #expect(signature.isValid("kvajT1Ptam85bY51eRf/AJRuM3w=", url: withPort, parameters: call))
        #expect(signature.isValid("RSOYDt4T1cUTdK1PDd93/VVr8B8=", url: withPort, parameters: call))
    }

    @Test func aJSONBodyIsSignedThroughItsHash() {
        let body = Array(#"{"property": "value", "boolean": true}"#.utf8)
        let url = url + "&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
        #expect(signature.isValid("a9nBmqA0ju/hNViExpshrM61xv4=", url: url, body: body))
        #expect(!signature.isValid("a9nBmqA0ju/hNViExpshrM61xv4=", url: url, body: body + [32]))
    }

    @Test func anInboundTextWithAnEmoji() {
        let form = FormBody(
            ("AccountSid=AC00000000000000000000000000000001"
                + "&Body=Is+stock+12886+still+available%3F+%F0%9F%9A%97&From=%2B13145550123"
                + "&MessageSid=SM00000000000000000000000000000001&SmsSid=SM00000000000000000000000000000001"
                + "&NumMedia=0&NumSegments=1&To=%2B13145550100").utf8)
        #expect(form["Body"] == "Is stock 12886 still available? 🚗")
        #expect(
            signature.isValid(
                "xrC+R3O+Wu4AMInbl3RZbsQVEjI=", url: "https://edge.example.com/twilio/inbound",
                parameters: form.parameters))
    }

    // The last one is HMAC-SHA1 of nothing with the key "": nobody may sign with an unset token.
    @Test func eitherOfTwoTokensAndNoEmptyOne() {
        let both = TwilioSignature(tokens: ["old", "12345"])
        #expect(both.isValid("RSOYDt4T1cUTdK1PDd93/VVr8B8=", url: url, parameters: call))
        #expect(!TwilioSignature(tokens: ["old"]).isValid("RSOYDt4T1cUTdK1PDd93/VVr8B8=", url: url, parameters: call))
        #expect(!TwilioSignature(tokens: [""]).isValid("+9sdGxiqbAgyS31ktx+3Y3BpDh0=", url: "", parameters: []))
    }

    @Test(arguments: ["", "no base64 at all", "AAAA", "RSOYDt4T1cUTdK1PDd93"])
    func whatIsNoSignature(_ text: String) {
        #expect(!signature.isValid(text, url: url, parameters: call))
    }

    @Test func spellings() {
        #expect(TwilioSignature.spellings(of: "http://a/b") == ["http://a/b", "http://a:80/b"])
        #expect(TwilioSignature.spellings(of: "http://a:80/b") == ["http://a:80/b", "http://a/b"])
        #expect(TwilioSignature.spellings(of: "https://a:8443/b") == ["https://a:8443/b"])
        #expect(TwilioSignature.spellings(of: "https://[::1]/b") == ["https://[::1]/b", "https://[::1]:443/b"])
        #expect(TwilioSignature.spellings(of: "https://[::1]:9/b") == ["https://[::1]:9/b"])
        #expect(
            TwilioSignature.spellings(of: "https://a?x=http://b:443") == [
                "https://a?x=http://b:443", "https://a:443?x=http://b:443",
            ])
    }
}
