import Contracts
import Testing

@Suite struct ConsentTests {
    @Test(arguments: [
        "STOP", "stop", " Stop. ", "“Stop!”", "STOP 🛑", "stopall", "Stop all", "unsubscribe", "END", "quit", "Cancel",
        "revoke", "opt out", "OPT-OUT", "Optout", "Arrêt", "ＳＴＯＰ", "s\u{200B}top",
    ])
    func anOptOut(_ text: String) {
        #expect(ConsentKeyword(text) == .stop)
    }

    @Test(arguments: [
        "stop by tomorrow", "Please stop texting me", "don't stop", "STOP 2", "", "the end", "yes we can", "no way",
        "🛑", "cancel my appointment", String(repeating: "stop ", count: 40),
    ])
    func notAWordAlone(_ text: String) {
        #expect(ConsentKeyword(text) == nil)
    }

    @Test func whatAWordMakesOfTheLedger() {
        #expect(ConsentKeyword("stop")?.next(after: nil) == .stopped)
        #expect(ConsentKeyword("stop")?.next(after: .stopped) == nil)
        #expect(ConsentKeyword("start")?.next(after: .stopped) == .granted)
        #expect(ConsentKeyword("unstop")?.next(after: nil) == nil)
        #expect(ConsentKeyword("yes")?.next(after: .asked) == .granted)
        #expect(ConsentKeyword("yes")?.next(after: .stopped) == .granted)
        #expect(ConsentKeyword("yes")?.next(after: nil) == nil)
        #expect(ConsentKeyword("no")?.next(after: .asked) == .declined)
        #expect(ConsentKeyword("no")?.next(after: .granted) == nil)
        #expect(ConsentKeyword("help")?.next(after: .asked) == nil)
    }

    @Test(arguments: [
        "Please stop texting me", "pls STOP sending these", "don’t text me anymore", "do not contact this number",
        "Take me off your list", "wrong number", "Can you unsubscribe me?", "please stop",
    ])
    func freeWordsAreFlagged(_ text: String) {
        #expect(OptOutRequest.isOne(text))
    }

    @Test(arguments: ["stop", "I can stop by at 5", "Is it still available?", "Text me when it is ready", ""])
    func otherWordsAreNot(_ text: String) {
        #expect(!OptOutRequest.isOne(text))
    }
}
