"""A wall clock that is set back, of a real process beside a real broker."""

from pathlib import Path

import pytest

import instances
from kit.wait import until


def test_who_is_set_back_ends_and_comes_again(make_cluster):
    """The Kafka client would sleep for an hour."""
    if not instances.LIBRARY:
        pytest.skip("faketime is not installed")
    cluster = make_cluster("clocks")
    presence = cluster["presence"]
    instances.fake_clock(presence, cluster.directory / "clocks")
    cluster.start()
    clock = Path(presence.process.env["FAKETIME_TIMESTAMP_FILE"])
    clock.write_text("-3600\n")
    until(lambda: not presence.process.is_alive(), "presence to end", 60)
    assert presence.process.child.returncode == 1
    assert "the wall clock was set back by 3" in presence.process.text()
    # A process that is just beginning would meet the library's own step, from the machine's clock to this one.
    clock.write_text("+0\n")
    cluster.restart("presence")
