import HTTPTypes
import Hummingbird
import ServiceKit
import Testing

@testable import Ingest

@Suite struct DemoPageTests {
    private let hostile = Dealership(
        id: "north", name: "<b>\"{{nonce}}\" & 'Sons'", timeZone: "UTC", smsNumbers: ["+13145550100"],
        color: "#ffee00")
    private let places: [DemoPage.Place] = [.home, .inventory] + DemoCar.all.map(DemoPage.Place.car)

    @Test func namesAreTextAndNothingIsLeftOpen() {
        for place in places {
            let html = DemoPage(dealership: hostile, place: place).html("abc")
            #expect(html.contains("&lt;b&gt;&quot;{{nonce}}&quot; &amp; &#39;Sons&#39;") && !html.contains("<b>\""))
            #expect(html.matches(of: /\{\{(\w+)\}\}/).allSatisfy { $0.output.1 == "nonce" })
            #expect(html.contains("<style nonce=\"abc\">") && html.contains("(314) 555-0100"))
            #expect(html.contains("<script src=\"/widget.js\" data-dealership=\"north\" defer></script>"))
            #expect(!html.contains("style="), "the policy allows one style sheet and no attributes")
        }
    }

    @Test func onePageLeadsToTheOthers() {
        let inventory = DemoPage(dealership: hostile, place: .inventory).html("abc")
        for car in DemoCar.all { #expect(inventory.contains("href=\"/demo/north/inventory/\(car.stock)\"")) }
        let home = DemoPage(dealership: hostile, place: .home).html("abc")
        #expect(home.contains("<a href=\"/demo/north\" aria-current=\"page\">"))
        #expect(inventory.contains("<a href=\"/demo/north/inventory\" aria-current=\"page\">"))
    }

    @Test func itAllowsItselfOnlyWhatTheWidgetNeeds() throws {
        let page = DemoPage(dealership: hostile, place: .home)
        let policy = try #require(page.response.headers[.contentSecurityPolicy])
        #expect(policy.hasPrefix("default-src 'none'; script-src 'self'; style-src 'nonce-"))
        #expect(policy.contains("; connect-src 'self';") && policy.contains("; require-trusted-types-for 'script'"))
        #expect(page.response.headers[.contentSecurityPolicy] != policy, "a nonce is used once")
    }

    @Test func textReadsOnTheDealershipsColour() {
        for color in ["#ffffff", "#ffee00", "#8ab4ff", "#808080"] { #expect(DemoPage.isLight(color)) }
        for color in ["#000000", "#0f766e", "#1d5bd6", "#b3372f"] { #expect(!DemoPage.isLight(color)) }
    }
}
