"""The customer sees that staff are typing, and never what."""

import pytest
from kit import port
from playwright.sync_api import expect
from stage.recorder import Recorder

# Words that occur nowhere else.
CANARY = "Vexing jackdaws quietly observe my sphinx of black quartz"


@pytest.fixture
def recorder(cluster):
    with Recorder(port.free(), cluster["ingest"].port) as one:
        yield one


def pieces(text: str, length: int = 8) -> set[bytes]:
    return {text[start:start + length].encode() for start in range(len(text) - length + 1)}


def test_no_byte_of_a_staff_draft_reaches_the_customer(people, recorder, recorded_site):
    recorded_site.ingest = recorder.url
    customer = people.customer(site=recorded_site)
    conversation = customer.begin("Anybody there?")
    sam = people.staff(path=f"/conversations/{conversation}")
    sam.log.wait_for("Anybody there?")
    sam.composer.box.press_sequentially(CANARY, delay=30)
    expect(customer.typing).to_be_visible()
    assert customer.typing.get_by_text("Vexing").count() == 0
    expect(customer.typing).to_have_count(0)
    # The recording holds all that came: the frame that says so, and then a message that was really sent.
    sam.composer.say("A word to the customer")
    customer.log.wait_for("A word to the customer")
    received = recorder.received
    assert b'"typing":true' in received
    assert b"A word to the customer" in received
    found = sorted(piece for piece in pieces(CANARY) if piece in received)
    assert not found, f"pieces of the draft on the wire: {found}"


def test_typing_is_shown_and_goes(people):
    """With the message, when the box is emptied, and by itself."""
    customer = people.customer()
    conversation = customer.begin("Hello?")
    sam = people.staff(path=f"/conversations/{conversation}")
    box = sam.composer.box
    box.press_sequentially("Let me see", delay=30)
    expect(customer.typing).to_be_visible()
    box.press("Enter")
    customer.log.wait_for("Let me see")
    expect(customer.typing).to_have_count(0)
    box.press_sequentially("One more", delay=30)
    expect(customer.typing).to_be_visible()
    box.fill("")
    expect(customer.typing).to_have_count(0)
    box.press_sequentially("And then I went away", delay=30)
    expect(customer.typing).to_be_visible()
    sam.page.close()
    # 8 s, three times over.
    expect(customer.typing).to_have_count(0, timeout=24_000)
