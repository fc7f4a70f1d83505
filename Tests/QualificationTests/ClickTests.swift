import Contracts
import HTTPTypes
import ServiceKit
import Testing

@testable import Qualification

/// What staff may send, and how it is normalised.
@Suite struct ClickTests {
    private static func body(
        request: String = #""r1""#, customer: String = #"{"firstName":"Ana","lastName":"Ortiz","email":"a@b.example"}"#,
        deal: String = "true", rest: String = ""
    ) -> String {
        #"{"requestId":\#(request),"conversationId":"c1","customer":\#(customer),"startNewDeal":\#(deal)\#(rest)}"#
    }

    private static func customer(_ members: String) -> String {
        body(customer: #"{"firstName":"Ana","lastName":"Ortiz",\#(members)}"#)
    }

    private func click(_ body: String) throws -> Click {
        try Click(json: JSONView(Array(body.utf8)))
    }

    @Test func saysWhatStaffSaid() throws {
        let click = try click(Self.body())
        #expect(click.startNewDeal)
        #expect(click.knownDeals == nil)
        #expect(click.customer == ContactEntry(firstName: "Ana", lastName: "Ortiz", email: "a@b.example"))
        #expect(try !self.click(Self.body(deal: "false")).startNewDeal)
        #expect(try self.click(Self.body(rest: #","knownDeals":[]"#)).knownDeals == [])
    }

    @Test(arguments: [
        (#""email":" Ana.Ortiz+x@Example.COM ""#, "ana.ortiz+x@example.com"),
        (#""email":"o'neil@mail.co.uk""#, "o'neil@mail.co.uk"),
        (#""email":"жанна@пример.рф""#, "жанна@пример.рф"),
    ]) func emailsAreLowered(members: String, expected: String) throws {
        #expect(try click(Self.customer(members)).customer.email == expected)
    }

    @Test(arguments: [
        ("(314) 555-0123", "+13145550123"), ("314.555.0123", "+13145550123"), ("1 314 555 0123", "+13145550123"),
        ("13145550123", "+13145550123"), ("+1 (314) 555-0123", "+13145550123"), ("+44 20 7946 0958", "+442079460958"),
        ("+49 1234567", "+491234567"), (" 314‑555–0123 ", "+13145550123"),
    ]) func phonesAreE164(typed: String, expected: String) throws {
        #expect(try click(Self.customer(#""phone":"\#(typed)""#)).customer.phone == expected)
    }

    @Test(arguments: [
        ("{}", 400, "requestId"),
        (body(request: "7"), 400, "requestId"),
        (body(request: #""""#), 422, "requestId"),
        (body(request: #""a b""#), 422, "requestId"),
        (body(request: #""\#(String(repeating: "a", count: 65))""#), 422, "requestId"),
        (#"{"requestId":"r1","customer":{}}"#, 400, "conversationId"),
        (#"{"requestId":"r1","conversationId":"c1"}"#, 400, "customer"),
        (body(customer: "[]"), 400, "customer"),
        (body(customer: "{}"), 400, "customer.firstName"),
        (body(customer: #"{"firstName":"Ana","phone":"3145550123"}"#), 400, "customer.lastName"),
        (body(customer: #"{"firstName":" ","lastName":"O","phone":"3145550123"}"#), 422, "customer.firstName"),
        (body(customer: #"{"firstName":"A\nB","lastName":"O","phone":"3145550123"}"#), 422, "customer.firstName"),
        (
            body(customer: #"{"firstName":"A","lastName":"\#(String(repeating: "x", count: 101))","phone":"1"}"#), 422,
            "customer.lastName"
        ),
        (body(customer: #"{"firstName":"Ana","lastName":"Ortiz"}"#), 422, "customer.email"),
        (customer(#""email":" ","phone":"""#), 422, "customer.email"),
        (customer(#""email":"ana""#), 422, "customer.email"),
        (customer(#""email":"ana@example""#), 422, "customer.email"),
        (customer(#""email":"a b@example.com""#), 422, "customer.email"),
        (customer(#""email":"@example.com""#), 422, "customer.email"),
        (customer(#""email":"a@b@example.com""#), 422, "customer.email"),
        (customer(#""email":"a@-example.com""#), 422, "customer.email"),
        (customer(#""email":"a@example..com""#), 422, "customer.email"),
        (customer(#""email":"<a@example.com>""#), 422, "customer.email"),
        (customer(#""email":"a@example.com","phone":"call me""#), 422, "customer.phone"),
        (customer(#""phone":"5550123""#), 422, "customer.phone"),
        (customer(#""phone":"23145550123""#), 422, "customer.phone"),
        (customer(#""phone":"+1234567""#), 422, "customer.phone"),
        (customer(#""phone":"+1234567890123456""#), 422, "customer.phone"),
        (customer(#""phone":"+0123456789""#), 422, "customer.phone"),
        (customer(#""phone":"314-555-0123 x5""#), 422, "customer.phone"),
        (customer(#""phone":"٣١٤٥٥٥٠١٢٣""#), 422, "customer.phone"),
        (customer(#""phone":3145550123"#), 400, "customer.phone"),
        (body(deal: #""yes""#), 400, "startNewDeal"),
        (body(deal: "null"), 400, "startNewDeal"),
        (body(rest: #","knownDeals":"d1""#), 400, "knownDeals"),
        (body(rest: #","knownDeals":["a b"]"#), 422, "knownDeals"),
        (
            body(rest: #","knownDeals":[\#(Array(repeating: #""d""#, count: 101).joined(separator: ","))]"#), 422,
            "knownDeals"
        ),
    ]) func whatIsWrongIsNamed(body: String, status: Int, field: String) {
        do {
            _ = try click(body)
            Issue.record("accepted")
        } catch let problem as Problem {
            #expect(problem.status.code == status)
            #expect(problem.field == field)
            #expect(problem.detail.contains(field) || field == "customer.email")
        } catch let error as MalformedEvent {
            // ServiceKit makes a 400 of it, whose field is the detail's first word.
            #expect(status == 400)
            #expect(error.detail.split(separator: " ").first.map(String.init) == field)
        } catch {
            Issue.record(error)
        }
    }

    @Test func aRetryIsTheSameClick() throws {
        func same(_ event: Event, _ body: String) throws -> Bool {
            try click(body).isSame(as: try event.payload())
        }
        let ana = #"{"firstName":"Ana","lastName":"Ortiz","email":"ana@example.com"}"#
        #expect(try same(.click("r1", at: .test.adding(milliseconds: 7)), Self.body(customer: ana)))
        let loud = #"{"firstName":" Ana","lastName":"Ortiz","email":"ANA@example.com","phone":""}"#
        #expect(try same(.click("r1"), Self.body(customer: loud)))
        #expect(
            try same(.click("r1", known: ["a", "b"]), Self.body(customer: ana, rest: #","knownDeals":["b","a"]"#)))
        #expect(try !same(.click("r1", on: "c2"), Self.body(customer: ana)))
        #expect(try !same(.click("r1", first: "Bob"), Self.body(customer: ana)))
        #expect(try !same(.click("r1", phone: "+13145550123"), Self.body(customer: ana)))
        #expect(try !same(.click("r1", deal: false), Self.body(customer: ana)))
        #expect(try !same(.click("r1", known: []), Self.body(customer: ana)))
        #expect(try !same(.click("r1", known: ["a"]), Self.body(customer: ana, rest: #","knownDeals":[]"#)))
    }
}
