"""The provider of text messages: what it signs, takes and refuses, and that each of its faults happens as planned."""

import re
import struct
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from listener import Listener

ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "Tests/System"), str(ROOT / "compose/carrier")]

from kit.carrier import Carrier  # noqa: E402
from kit.dealerships import Dealerships  # noqa: E402
from kit.secrets import Secrets  # noqa: E402
from kit.texter import signature  # noqa: E402
from kit.wait import until  # noqa: E402
from plan import Plan  # noqa: E402
from segments import segments  # noqa: E402
from signature import sign  # noqa: E402

OURS, ANA, BEN = "+13145550001", "+13145550142", "+13145550143"
AT_ONCE = {"callbacks": {"delay": [0, 0]}}


# A loaded machine answers late.
http = httpx.Client(timeout=60)


@pytest.fixture(scope="module")
def listener():
    with Listener() as one:
        yield one


@pytest.fixture
def make(tmp_path, listener):
    """Makes carriers that call the listener, each with a journal of its own."""
    listener.calls.clear()
    listener.answers.clear()
    listener.release()
    listener.content = b"<Response></Response>"
    made = []

    def one(name="one", **options):
        dealerships = Dealerships(2).write(tmp_path / "dealerships.json")
        options = {"plan": AT_ONCE, **options}
        made.append(Carrier(tmp_path / name, Secrets(), dealerships, listener.url + "/sms", **options))
        return made[-1].start()

    yield one
    for carrier in made:
        if carrier.process.is_alive():
            carrier.kill()


@pytest.fixture
def carrier(make):
    return make()


def told(listener, key="MessageStatus"):
    return [call.form[key] for call in listener.calls]


CALL = [("CallSid", "CA1234567890ABCDE"), ("Digits", "1234"), ("From", "+14158675309"), ("To", "+18005551212"),
        ("Caller", "+14158675309")]
TEXT = [("AccountSid", "AC00000000000000000000000000000001"), ("Body", "Is stock 12886 still available? 🚗"),
        ("From", "+13145550123"), ("MessageSid", "SM00000000000000000000000000000001"),
        ("SmsSid", "SM00000000000000000000000000000001"), ("NumMedia", "0"), ("NumSegments", "1"),
        ("To", "+13145550100")]
HASH = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"


@pytest.mark.parametrize("url, parameters, signed", [
    ("https://mycompany.com/myapp.php?foo=1&bar=2", CALL, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    ("https://mycompany.com/myapp.php?foo=1&bar=2",
     [("Sid", "CA123"), ("SidAccount", "AC123"), ("Digits", "5678"), ("Digits", "1234"), ("Digits", "1234")],
     "IK+Dwps556ElfBT0I3Rgjkr1wJU="),
    ("https://mycompany.com:443/myapp.php?foo=1&bar=2", CALL, "kvajT1Ptam85bY51eRf/AJRuM3w="),
    (f"https://mycompany.com/myapp.php?foo=1&bar=2&bodySHA256={HASH}", [], "a9nBmqA0ju/hNViExpshrM61xv4="),
    ("https://edge.example.com/twilio/inbound", TEXT, "xrC+R3O+Wu4AMInbl3RZbsQVEjI="),
])
def test_signatures_are_twilios(url, parameters, signed):
    assert sign(url, parameters, "12345") == signed


@pytest.mark.parametrize("text, count", [
    ("", 1), ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3), ("€" * 80, 1), ("€" * 81, 2),
    ("é" * 160, 1), ("ê" * 70, 1), ("ê" * 71, 2), ("🚗" * 35, 1), ("🚗" * 36, 2), ("🚗" * 66, 2), ("🚗" * 67, 3),
])
def test_segments(text, count):
    assert segments(text) == count


def test_a_text_is_taken_journalled_and_reported(carrier, listener):
    callback = listener.url + "/status?dealership=shop-1&message=m%201&conversation=c%2F1"
    answer = carrier.send(OURS, ANA, "Yes, it is on the lot. ê", callback)
    assert answer.status_code == 201
    body = answer.json()
    assert re.fullmatch(r"SM[0-9a-f]{32}", body["sid"])
    assert (body["status"], body["from"], body["to"], body["num_segments"]) == ("queued", OURS, ANA, "1")
    assert body["error_code"] is None and body["error_message"] is None
    carrier.wait_until_quiet()

    assert told(listener) == ["sent", "delivered"]
    for call in listener.calls:
        assert call.path == "/status?dealership=shop-1&message=m%201&conversation=c%2F1"
        assert call.signature == signature(callback, call.form, carrier.secrets.twilio_token)
        assert call.form["MessageSid"] == call.form["SmsSid"] == body["sid"]
        assert (call.form["From"], call.form["To"], call.form["ApiVersion"]) == (OURS, ANA, "2010-04-01")
        assert call.form["AccountSid"] == carrier.secrets.twilio_account
        assert call.form["SmsStatus"] == call.form["MessageStatus"] and "ErrorCode" not in call.form
    [entry] = carrier.journal("accepted")
    assert (entry["sid"], entry["from"], entry["to"], entry["body"]) == (
        body["sid"], OURS, ANA, "Yes, it is on the lot. ê")
    assert carrier.phone(ANA, OURS).received() == ["Yes, it is on the lot. ê"]
    assert carrier.phone(BEN, OURS).received() == []


@pytest.mark.parametrize("sender, to, body, status, code", [
    (OURS, "314-555", "x", 400, 21211), (OURS, "", "x", 400, 21604), ("", ANA, "x", 400, 21603),
    ("+13145559999", ANA, "x", 400, 21606), ("shop", ANA, "x", 400, 21212), (OURS, OURS, "x", 400, 21266),
    (OURS, ANA, "", 400, 21602), (OURS, ANA, "x" * 1601, 400, 21617),
])
def test_what_twilio_refuses_is_refused(carrier, sender, to, body, status, code):
    answer = carrier.send(sender, to, body)
    assert answer.status_code == status
    said = answer.json()
    assert (said["code"], said["status"]) == (code, status) and said["message"]
    assert said["more_info"].endswith(str(code))
    assert carrier.journal("accepted") == [] and [one["code"] for one in carrier.journal("refused")] == [code]
    assert carrier.state()["codes"] == {str(code): 1}


def test_the_longest_text_is_taken(carrier):
    assert carrier.send(OURS, ANA, "x" * 1600).json()["num_segments"] == "11"


def test_a_stranger_sends_nothing(carrier):
    for auth in (None, (carrier.secrets.twilio_account, "wrong"), ("AC" + "0" * 32, carrier.secrets.twilio_token)):
        answer = carrier.send(OURS, ANA, "x", auth=auth)
        assert (answer.status_code, answer.json()["code"]) == (401, 20003)
    assert carrier.journal() == []


def test_stop_is_heard_by_the_carrier_too(carrier, listener):
    phone = carrier.phone(ANA, OURS)
    phone.text(" stop ")
    phone.text("Stop")
    assert [call.form["Body"] for call in listener.calls] == [" stop ", "Stop"]
    answer = carrier.send(OURS, ANA, "Are you sure?")
    assert (answer.status_code, answer.json()["code"]) == (400, 21610)
    assert carrier.send("+13145550002", ANA, "Another dealership").status_code == 201
    assert carrier.send(OURS, BEN, "Another phone").status_code == 201
    carrier.kill()
    carrier.start()
    assert carrier.send(OURS, ANA, "And now?").json()["code"] == 21610
    phone.text("please stop texting me")
    phone.text("YES")
    assert carrier.send(OURS, ANA, "Welcome back").status_code == 201
    phone.text("HELP")
    carrier.wait_until_quiet()
    assert phone.received() == ["Welcome back"]
    said = [one["text"].split(".")[0] for one in phone.thread() if one["side"] == "carrier"]
    assert said == ["You have successfully been unsubscribed",
                    "You have successfully been re-subscribed to messages from this number",
                    "Reply STOP to unsubscribe"]


def test_a_phone_texts_the_webhook(carrier, listener):
    listener.content = b"<?xml version='1.0'?><Response><Message>We will be right with you.</Message></Response>"
    phone = carrier.phone(ANA, OURS)
    sent = phone.text("Is it there? 🚗", "car.png", "dent.png")
    [call] = listener.calls
    assert call.path == "/sms"
    assert call.signature == signature(listener.url + "/sms", call.form, carrier.secrets.twilio_token)
    assert (call.form["From"], call.form["To"], call.form["Body"]) == (ANA, OURS, "Is it there? 🚗")
    assert call.form["MessageSid"] == call.form["SmsSid"] == call.form["SmsMessageSid"] == sent["sid"]
    assert (call.form["NumMedia"], call.form["NumSegments"], call.form["SmsStatus"]) == ("2", "1", "received")
    assert call.form["MediaContentType0"] == call.form["MediaContentType1"] == "image/png"
    assert phone.wait_for("We will be right with you.")["side"] == "dealership"
    for name in ("MediaUrl0", "MediaUrl1"):
        answer = http.get(call.form[name])
        assert answer.headers["content-type"] == "image/png" and answer.content.startswith(b"\x89PNG\r\n\x1a\n")
        assert struct.unpack(">II", answer.content[16:24]) == (240, 180)
    assert [one["credentials"] for one in carrier.journal("fetched")] == ["none", "none"]


@pytest.mark.parametrize("answers, calls, state", [
    ([500], 2, "taken"), ([0], 2, "taken"), ([503, 503], 2, "failed"), ([403], 1, "failed"),
])
def test_a_webhook_is_called_again_once(carrier, listener, answers, calls, state):
    listener.answers[:] = answers
    phone = carrier.phone(ANA, OURS)
    phone.text("Hello", is_awaited=False)
    carrier.wait_until_quiet()
    assert len(listener.calls) == calls and len({call.form["MessageSid"] for call in listener.calls}) == 1
    assert [one["state"] for one in phone.thread()] == [state]


def test_webhooks_come_twice_and_are_overtaken(make, listener):
    carrier = make(plan={"webhooks": {"double": 1, "reorder": 1, "late": 60}})
    phone = carrier.phone(ANA, OURS)
    phone.text("first", is_awaited=False)
    carrier.control(webhooks={"reorder": 0})
    phone.text("second")
    until(lambda: len(listener.calls) == 4, "both texts twice")
    bodies = [call.form["Body"] for call in listener.calls]
    assert bodies[0] == "second" and Counter(bodies) == {"first": 2, "second": 2}
    assert len({call.form["MessageSid"] for call in listener.calls}) == 2


def test_a_text_that_nothing_overtakes_comes_late(make, listener):
    carrier = make(plan={"webhooks": {"reorder": 1, "late": 0.1}})
    carrier.phone(ANA, OURS).text("alone")
    assert len(listener.calls) == 1


# In this order: what the sender sees, and whether the phone has it nevertheless.
@pytest.mark.parametrize("answer, seen, is_taken", [
    ("429", (429, 20429), False), ("500", (500, 20500), False), ("503", (503, 20503), False),
    ("hang", httpx.ReadTimeout, False), ("close", httpx.ReadError, False),
    ("accept-then-500", (500, 20500), True), ("accept-then-hang", httpx.ReadTimeout, True),
    ("accept-then-close", httpx.RemoteProtocolError, True),
])
def test_each_misbehaviour_happens(carrier, listener, answer, seen, is_taken):
    carrier.answer_next(answer, times=2, to=ANA)
    patience = 1 if seen is httpx.ReadTimeout else 60
    assert carrier.send(OURS, BEN, "not meant").status_code == 201
    for _ in range(2):
        if isinstance(seen, tuple):
            given = carrier.send(OURS, ANA, "Hello", listener.url)
            assert (given.status_code, given.json()["code"]) == seen
        else:
            with pytest.raises(seen):
                carrier.send(OURS, ANA, "Hello", listener.url, timeout=httpx.Timeout(60, read=patience))
    assert carrier.send(OURS, ANA, "Good again").status_code == 201
    carrier.wait_until_quiet()
    taken = ["Hello"] * 2 if is_taken else []
    assert [one["body"] for one in carrier.journal("accepted") if one["to"] == ANA] == [*taken, "Good again"]
    assert sorted(carrier.phone(ANA, OURS).received()) == sorted([*taken, "Good again"])
    assert told(listener) == [] if not is_taken else Counter(told(listener)) == {"sent": 2, "delivered": 2}
    assert carrier.state()["next"] == []


def test_the_journal_is_complete_after_accept_then_close_and_a_kill(carrier, listener):
    carrier.control(callbacks={"delay": [600, 600]}, next=[{"answer": "accept-then-close", "times": 20}])
    for number in range(20):
        with pytest.raises(httpx.RemoteProtocolError):
            carrier.send(OURS, ANA, f"text {number}", listener.url)
    carrier.kill()
    with open(carrier.path, "ab") as file:
        file.write(b'{"event": "accepted", "cut o')
    bodies = [f"text {number}" for number in range(20)]
    assert [one["body"] for one in carrier.journal("accepted")] == bodies
    carrier.start()
    assert carrier.send(OURS, ANA, "after").status_code == 201
    entries = [one for one in carrier.path.read_text().splitlines() if '"number": 21' in one]
    assert len(entries) == 1 and '"after"' in entries[0]
    assert carrier.state()["waiting"] >= 20, "what was under way goes on"


def test_what_a_kill_interrupted_goes_on(carrier, listener):
    listener.held = {"delivered"}
    carrier.send(OURS, ANA, "Hello", listener.url)
    until(lambda: "delivered" in told(listener), "the second callback")
    carrier.kill()
    assert [one["status"] for one in carrier.journal("callback")] == ["sent"]
    listener.release()
    listener.calls.clear()
    carrier.start()
    carrier.wait_until_quiet()
    assert told(listener) == ["delivered"]
    assert [one["status"] for one in carrier.journal("callback")] == ["sent", "delivered"]
    assert carrier.phone(ANA, OURS).received() == ["Hello"]


def test_callbacks_double_turn_around_and_get_lost(make, listener):
    def reported(**rules):
        listener.calls.clear()
        carrier = make(name=str(rules), plan={"callbacks": {"delay": [0.01, 0.02], **rules}})
        carrier.send(OURS, ANA, "Hello", listener.url)
        carrier.wait_until_quiet()
        return told(listener)

    assert reported(reorder=1) == ["delivered", "sent"]
    assert Counter(reported(double=1)) == {"sent": 2, "delivered": 2}
    assert reported(drop=1) == []


def test_texts_fail_with_a_reason(make, listener):
    carrier = make(plan={**AT_ONCE, "texts": {"fail": 1, "codes": [30005, 30007]}})
    for number in range(20):
        assert carrier.send(OURS, ANA, str(number), listener.url).json()["error_code"] is None
    carrier.wait_until_quiet()
    last = {call.form["MessageSid"]: call.form for call in listener.calls}
    assert {form["MessageStatus"] for form in last.values()} == {"undelivered", "failed"}
    assert {form["ErrorCode"] for form in last.values()} == {"30005", "30007"}
    assert all(form["ErrorMessage"] for form in last.values())
    assert carrier.phone(ANA, OURS).received() == []
    assert {one["state"] for one in carrier.phone(ANA, OURS).thread()} == {"lost"}

    carrier.control(texts={"fail": 0, "phones": {BEN: 30006}})
    carrier.send(OURS, ANA, "now", listener.url)
    carrier.send(OURS, BEN, "never", listener.url)
    carrier.wait_until_quiet()
    assert carrier.phone(ANA, OURS).received() == ["now"] and carrier.phone(BEN, OURS).received() == []
    assert listener.calls[-1].form.get("ErrorCode", "30006") == "30006"


def test_a_callback_is_tried_again_only_if_the_connection_fails(carrier, listener):
    listener.answers[:] = [0, 200, 503, 200]
    carrier.send(OURS, ANA, "Hello", listener.url)
    carrier.wait_until_quiet()
    assert told(listener) == ["sent", "sent", "delivered"]
    assert [one["results"] for one in carrier.journal("callback")] == [["RemoteDisconnected", 200], [503]]


MIXED = {
    "answers": {"429": 0.1, "500": 0.1, "accept-then-500": 0.1, "accept-then-close": 0.1},
    "texts": {"fail": 0.3}, "callbacks": {"delay": [0, 0.05], "double": 0.3, "reorder": 0.3, "drop": 0.2},
}


def test_a_run_can_be_had_again_by_its_seed(make, listener):
    def run(name, seed):
        carrier = make(name=name, seed=seed, plan=MIXED)
        for number in range(60):
            try:
                carrier.send(OURS, ANA, str(number), listener.url)
            except httpx.RemoteProtocolError:
                pass
        carrier.wait_until_quiet()
        # In the order of the texts: of different texts, calls are made side by side.
        events = [one for one in carrier.journal() if one["event"] in ("accepted", "refused")]
        calls = Counter((one["status"], one["index"]) for one in carrier.journal("callback"))
        return [{name: one.get(name) for name in ("event", "number", "body", "answer", "code", "callbacks", "arrives")}
                for one in events], calls

    first = run("first", "7")
    assert run("again", "7") == first
    assert run("other", "8") != first
    answers = Counter(one["answer"] for one in first[0])
    assert set(answers) == {"201", "429", "500", "close"} and answers["201"] > 20


def test_a_change_of_one_rule_leaves_the_other_decisions():
    one, other = Plan("1"), Plan("1")
    other.change({"callbacks": {"double": 0.5, "drop": 0.5}, "answers": {"429": 1}})
    for plan in (one, other):
        plan.change({"texts": {"fail": 0.5}, "webhooks": {"delay": [0, 1]}})
    assert [one.fate(n, ANA) for n in range(100)] == [other.fate(n, ANA) for n in range(100)]
    assert [one.webhooks(n) for n in range(100)] == [other.webhooks(n) for n in range(100)]


@pytest.mark.parametrize("change", [
    {"callback": {}}, {"callbacks": {"dely": [0, 1]}}, {"callbacks": {"delay": [2, 1]}}, {"callbacks": {"double": 2}},
    {"texts": {"codes": []}}, {"texts": {"phones": [1]}}, {"next": [{"answer": "418"}]}, {"next": [{"answr": "429"}]},
    {"next": [{"answer": "429", "times": 0}]},
])
def test_a_wrong_change_of_plan_is_refused(carrier, change):
    before = carrier.state()
    answer = http.post(carrier.url + "/control", json=change)
    assert answer.status_code == 400 and answer.json()["message"]
    assert carrier.state() == before


@pytest.mark.parametrize("change", [
    {"to": "+19995550000"}, {"text": ""}, {"text": "x" * 1601}, {"text": 1}, {"media": "car.png"},
    {"media": [{"url": 1}]},
])
def test_a_wrong_text_of_a_phone_is_refused(carrier, change):
    answer = http.post(f"{carrier.url}/phone/{ANA}/texts", json={"to": OURS, "text": "Hello", **change})
    assert answer.status_code == 400 and answer.json()["message"]
    assert carrier.journal() == []


def test_another_website_cannot_text(carrier):
    answer = http.post(f"{carrier.url}/phone/{ANA}/texts", content='{"to": "%s", "text": "x"}' % OURS,
                        headers={"Content-Type": "text/plain"})
    assert answer.status_code == 400 and carrier.journal() == []


def test_a_page_waits_for_what_is_new(carrier):
    phone = carrier.phone(ANA, OURS)
    phone.text("Hello")
    first = http.get(f"{carrier.url}/phone/{ANA}/texts").json()
    assert [one["text"] for one in first["texts"]] == ["Hello"]
    carrier.control(callbacks={"delay": [600, 600]})
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(
            http.get, f"{carrier.url}/phone/{ANA}/texts", params={"after": first["next"], "wait": 25})
        carrier.send(OURS, BEN, "For another phone")
        carrier.send(OURS, ANA, "Hi there")
        news = asked.result().json()
    assert [(one["text"], one["state"]) for one in news["texts"]] == [("Hi there", "on its way")]
    assert news["next"] > first["next"]


def test_the_page_and_its_files_are_served(carrier):
    page = http.get(carrier.url + "/")
    assert page.status_code == 200 and "default-src 'none'" in page.headers["content-security-policy"]
    files = set(re.findall(r'(?:src|href)="(/page/[^"]+)"', page.text))
    for path in sorted(files):
        file = http.get(carrier.url + path)
        assert file.status_code == 200, path
        if path.endswith(".js"):
            for name in re.findall(r'from "\./([^"]+)"', file.text):
                assert http.get(f"{carrier.url}/page/{name}").status_code == 200, name
    assert files and "http://" not in page.text and "https://" not in page.text
    assert http.get(carrier.url + "/page/..%2Fcarrier.py").status_code == 404


def test_help_says_how_it_is_used_and_secrets_are_needed():
    command = [sys.executable, str(ROOT / "compose/carrier")]
    said = subprocess.run([*command, "--help"], capture_output=True, text=True, env={})
    assert said.returncode == 0 and "--journal" in said.stdout and "accept-then-close" in said.stdout
    said = subprocess.run(command, capture_output=True, text=True, env={})
    assert said.returncode == 2 and "TWILIO_ACCOUNT_SID" in said.stderr
    env = {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "t", "TWILIO_PUBLIC_URL": "localhost:8081"}
    said = subprocess.run(command, capture_output=True, text=True, env=env)
    assert said.returncode == 2 and "--webhook" in said.stderr
