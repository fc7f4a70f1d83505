"""Each invariant is violated once in a forged run, and must be the one that is found."""

import dataclasses
import json
import sqlite3

import pytest


from checker import record
from checker.invariants import check
from checker.run import Run
from forged import Forger


@pytest.fixture
def forger(tmp_path) -> Forger:
    return Forger(tmp_path / "states").all()


def broken(run: Run) -> list[str]:
    return [one.invariant for one in check(run) if not one.holds]


def only(run: Run, *words: str) -> str:
    """One invariant is broken, and these words are in it or in its evidence."""
    findings = [one for one in check(run) if not one.holds]
    assert len(findings) == 1, [(one.invariant, one.violations) for one in findings]
    said = f"{findings[0].invariant}\n" + "\n".join(findings[0].violations)
    for word in words:
        assert word in said, said
    return said


def among(run: Run, *words: str) -> None:
    """As `only`, where something else cannot help being wrong too."""
    said = ["\n".join([one.invariant, *one.violations]) for one in check(run) if not one.holds]
    assert any(all(word in text for word in words) for text in said), said


def execute(run: Run, statement: str, state: str = "live", service: str = "conversations", shard: int = 0) -> Run:
    db = sqlite3.connect(run.states[state][service][shard])
    db.execute(statement)
    db.commit()
    db.close()
    return run


def execute_everywhere(run: Run, statement: str, service: str) -> Run:
    for state in run.states:
        execute(run, statement, state, service)
    return run


def spoiled(record, **body):
    return dataclasses.replace(record, value=json.dumps({**record.json, **body}).encode())


def test_nothing_is_found_where_nothing_is_wrong(forger):
    assert broken(forger.run()) == []


def test_a_run_is_saved_and_loaded(forger, tmp_path):
    run = forger.run()
    (tmp_path / "streams").mkdir()
    for name, events in [("history", run.history), *[(f"streams/{one}", it) for one, it in run.streams.items()]]:
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(one) + "\n" for one in events))
    record.save(tmp_path / "topics.jsonl", [one for all in run.records.values() for one in all])
    (tmp_path / "facts.json").write_text(json.dumps(run.facts))
    loaded = Run.load(tmp_path)
    assert broken(loaded) == []
    assert loaded.records["messages"] == run.records["messages"]


def test_nothing_to_look_at_is_a_violation(forger):
    run = forger.run()
    run.history, run.streams, run.facts["streams"] = [], {}, {}
    assert len(broken(run)) >= 4


# Messages

@pytest.mark.parametrize("op", ["message", "reply", "text"])
def test_an_accepted_message_is_missing(forger, op):
    forger.history.append({**next(one for one in forger.history if one["op"] == op), "client": "gone", "number": 9})
    only(forger.run(), "accepted and not in the log", "gone")


def test_a_message_that_was_not_accepted_may_be_missing(forger):
    forger.history.append({**forger.history[0], "client": "gone", "number": 9, "told": None})
    assert broken(forger.run()) == []


def test_a_message_is_in_another_conversation(forger):
    forger.history[0]["conversation"] = "web-9"
    only(forger.run(), "accepted and not in the log")


def test_a_message_is_another_dealerships(forger):
    forger.history[0]["dealership"] = "shop-2"
    only(forger.run(), "of shop-2 is at messages/0")


def test_a_message_says_something_else(forger):
    forger.history[0]["text"] = "something else"
    only(forger.run(), "something else")


def test_texts_of_one_pair_of_numbers_are_in_two_conversations(forger):
    forger.message("shop-2", "sms-2", "t9", op="text", **{"from": "+1", "to": "+2"})
    among(forger.run(), "are in ['sms-1', 'sms-2']")


def test_nobody_sent_it(forger):
    forger.message("shop-1", "web-1", "ghost")
    forger.history.pop()
    only(forger.run(), "nobody sent", "ghost")


def test_a_double_says_something_else(forger):
    first = forger.records["messages"][0]
    run = forger.run()
    run.records["messages"].append(dataclasses.replace(spoiled(first, text="other"), offset=99))
    only(run, "says the same twice", "messages/0@99")


def test_a_reply_that_the_broker_lost(forger):
    """Excused right before a kill that lost a tail of its partition, and only then."""
    reply = {**next(one for one in forger.history if one["op"] == "reply"), "client": "gone", "number": 9}
    reply.update(sent=99.5, told=100.0)
    forger.history.append(reply)
    forger.losses.append({"since": 99.0, "at": 101.0, "what": "kill", "topics": {"messages": {"0": [50, 60]}}})
    assert broken(forger.run()) == []
    forger.losses[0]["topics"] = {"messages": {"1": [50, 60]}}
    only(forger.run(), "gone")
    loss = {"since": 99.0, "at": 103.0, "what": "kill", "topics": {"messages": {"0": [50, 60]}}}
    for change in ({"since": 100.5}, {"at": 99.2}, {"at": 89.0, "since": 88.0}):
        forger.losses[0] = {**loss, **change}
        only(forger.run(), "gone")
    forger.losses[0] = {**loss, "at": 99.8}  # The answer came right after it.
    assert broken(forger.run()) == []
    # On another partition nothing was seen to be lost: only what came after the last look may have been.
    for looked, excused in ((99.9, True), (100.5, False), (None, False)):
        forger.losses[0] = {**loss, "at": 101.0, "looked": looked, "topics": {"messages": {"1": [50, 60]}}}
        assert (broken(forger.run()) == []) == excused


def test_a_customers_message_is_never_excused(forger):
    forger.history.append({**forger.history[0], "client": "gone", "number": 9, "sent": 99.5, "told": 100.0})
    forger.losses.append({"since": 99.0, "at": 101.0, "what": "kill", "topics": {"messages": {"0": [50, 60]}}})
    only(forger.run(), "gone")


# Order

@pytest.mark.parametrize("statement", [
    "UPDATE messages SET seq = seq + 1 WHERE seq > 1", "UPDATE messages SET seq = 6 - seq WHERE seq IN (2, 4)",
    "DELETE FROM messages WHERE seq = 3", "INSERT INTO messages SELECT * FROM messages WHERE seq = 3",
    "UPDATE messages SET text = 'x' WHERE seq = 1"])
@pytest.mark.parametrize("service", ["conversations", "ingest"])
def test_a_thread_is_not_what_the_log_says(forger, statement, service):
    only(execute_everywhere(forger.run(), statement, service), f"{service} has")


def test_a_sender_is_out_of_order(forger):
    ops = [one for one in forger.history if one["sender"] == "customer of web-1"]
    ops[0]["number"], ops[1]["number"] = ops[1]["number"], ops[0]["number"]
    only(forger.run(), "stands before")


def test_another_instances_spool_may_be_late(forger):
    ops = [one for one in forger.history if one["sender"] == "customer of web-1"]
    ops[0]["number"], ops[1]["number"] = ops[1]["number"], ops[0]["number"]
    ops[1].update(kept="spool", by="two")
    assert broken(forger.run()) == []
    ops[1].update(by="one")
    only(forger.run(), "stands before")


# Deals

def test_a_click_has_no_deal(forger):
    forger.history.append({**forger.history[-1], "client": "click-9"})
    only(forger.run(), "accepted and without a deal")
    forger.history[-1]["told"] = None
    assert broken(forger.run()) == []


def test_a_click_that_the_broker_lost(forger):
    forger.history.append({**forger.history[-1], "client": "click-9", "sent": 99.5, "told": 100.0})
    forger.losses.append({"since": 99.0, "at": 101.0, "what": "kill", "topics": {"qualifications": {"1": [5, 6]}}})
    assert broken(forger.run()) == []


def test_a_lost_click_may_have_been_announced(forger):
    forger.click("shop-2", "web-2", "click-9")
    forger.records["qualifications"].pop()
    among(forger.run(), "not decided ['deal-click-9']")
    told = forger.history[-1]["told"]
    forger.losses.append({"since": 0.0, "at": told + 1, "what": "cut", "topics": {"qualifications": {"1": [1, 2]}}})
    assert broken(forger.run()) == []


def test_a_click_was_told_two_deals(forger):
    forger.history[-1]["deals"] = ["deal-click-2", "deal-x"]
    only(forger.run(), "was told")


def test_nobody_clicked(forger):
    forger.history.pop()
    only(forger.run(), "nobody clicked")


def test_a_deal_is_announced_twice(forger):
    forger.append("deal-created", "shop-1", "deal.created", "another-id", {"dealId": "deal-click-1"})
    only(forger.run(), "was announced as")


def test_a_deal_is_not_announced(forger):
    forger.records["deal-created"].pop()
    only(forger.run(), "missing ['deal-click-2']")


def test_a_deal_nobody_decided_is_announced(forger):
    forger.append("deal-created", "shop-1", "deal.created", "ghost", {"dealId": "ghost"})
    only(forger.run(), "not decided ['ghost']")


@pytest.mark.parametrize("service, table", [("qualification", "deals"), ("conversations", "outcomes")])
def test_a_service_has_a_deal_twice(forger, service, table):
    only(execute_everywhere(forger.run(), f"INSERT INTO {table} SELECT * FROM {table}", service), service)


@pytest.mark.parametrize("topic", ["deal-created", "qualifications"])
def test_a_double_differs_by_a_byte(forger, topic):
    run = forger.run()
    first = run.records[topic][0]
    run.records[topic].append(dataclasses.replace(first, offset=99))
    assert broken(run) == []
    run.records[topic].append(dataclasses.replace(first, offset=100, value=first.value + b" "))
    only(run, "byte by byte", "@100")


# Replays

@pytest.mark.parametrize("state, words", [("rebuilt", "built anew"), ("thrice", "three times")])
@pytest.mark.parametrize("service", ["conversations", "ingest", "qualification"])
def test_a_replay_is_another_state(forger, state, words, service):
    run = execute(forger.run(), "INSERT INTO deals VALUES ('x')", state, service)
    among(run, words, service)
    assert len(broken(run)) == (2 if state == "rebuilt" else 1)  # It is what `thrice` is compared with too.


def test_a_shard_is_missing(forger):
    run = forger.run()
    run.states["rebuilt"]["ingest"].pop()
    among(run, "built anew")


def test_a_replay_appends(forger):
    run = forger.run()
    run.facts["ends"]["rebuild"]["after"]["messages/0"] += 1
    only(run, "appends nothing", "messages/0")


def test_a_file_is_damaged(forger):
    run = execute(forger.run(), "CREATE INDEX by_side ON messages (side)")
    file = run.states["live"]["conversations"][0]
    db = sqlite3.connect(file)
    (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'by_side'")
    (size,) = db.execute("PRAGMA page_size")
    db.close()
    whole = bytearray(file.read_bytes())
    at = (page[0] - 1) * size[0]
    whole[at + 3:at + 5] = b"\0\0"  # No cell is left on the index's page.
    file.write_bytes(whole)
    only(run, "integrity_check", "by_side")


# Streams

def stream(run: Run) -> list[dict]:
    return run.streams["staff of shop-1"]


def test_an_event_is_missing(forger):
    run = forger.run()
    del stream(run)[3]
    only(run, "staff of shop-1 lacks 1")


def test_an_event_comes_twice(forger):
    run = forger.run()
    stream(run).append(stream(run)[1])
    only(run, "has 1 twice")


def test_events_change_places(forger):
    run = forger.run()
    events = stream(run)
    events[1], events[3] = events[3], events[1]
    only(run, "not in the topic's order")


def test_an_event_is_of_no_log(forger):
    run = forger.run()
    stream(run).append({"at": 0, "event": "message", "id": "m9", "data": {"id": "ghost"}})
    only(run, "not in the log")


def test_a_reset_begins_anew(forger):
    run = forger.run()
    events = stream(run)
    run.streams["staff of shop-1"] = [*events, {"at": 0, "event": "reset", "id": None, "data": {}}, *events]
    assert broken(run) == []
    del stream(run)[-3]
    only(run, "lacks 1")


def test_events_of_a_lost_tail(forger):
    run = forger.run()
    lost = {"at": 1.0, "event": "message", "id": "m6", "data": {"id": "lost"}}  # At offset 5, where another stands.
    stream(run).insert(0, lost)
    among(run, "not in the log")
    run.facts["losses"] = [{"since": 0.5, "at": 2.0, "what": "kill", "topics": {"messages": {"0": [5, 9]}}}]
    assert broken(run) == []
    del stream(run)[4]  # Before the lost tail: there is no excuse for it.
    only(run, "lacks 1")


def test_the_newest_state_never_came(forger):
    run = forger.run()
    stream(run)[-2]["data"]["lastMessage"] = "older"
    only(run, "newest state")


# Presence and drafts

@pytest.mark.parametrize("index", [0, 1])
def test_a_dot_is_wrong(forger, index):
    run = forger.run()
    run.facts["dots"][index]["shown"]["conversations"] = "unknown"
    only(run, "dots", "unknown")


def unknown_visitor(forger, what, wanted):
    run = forger.run()
    run.facts["losses"] = [{"since": 0.0, "at": 1.0, "what": what, "topics": {}}]
    dot = next(one for one in run.facts["dots"] if one["wanted"] == wanted)
    dot["shown"]["conversations"] = "unknown"
    return run


def test_who_left_may_be_unknown_where_a_killed_broker_lost_every_beat(forger):
    assert broken(unknown_visitor(forger, "kill", "offline")) == []
    only(unknown_visitor(forger, "cut", "offline"), "dots", "unknown")
    only(unknown_visitor(forger, "kill", "online"), "dots", "unknown")


def test_a_draft_was_kept(forger):
    run = forger.run()
    run.facts["canary"]["draft"] = ["file conversations-0.v1.sqlite"]
    only(run, "the draft is in")


def test_nobody_saw_the_draft(forger):
    run = forger.run()
    run.facts["canary"]["seen"] = False
    only(run, "never saw the draft")


def test_the_search_is_blind(forger):
    run = forger.run()
    run.facts["canary"]["message"] = ["file x"]
    only(run, "finds no message in any topic")
    run.facts["canary"]["message"] = ["topic x"]
    only(run, "finds no message in any file")


