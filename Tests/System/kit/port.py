"""Free TCP ports."""

import os
import random
import socket


def is_open(port: int) -> bool:
    """Does anybody accept connections there?"""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


_given: set[int] = set()


def free() -> int:
    """A port that nobody has, below the range of outgoing connections: a process that is restarted finds it free."""
    low, high = (int(one) for one in os.environ.get("DIRECTCHAT_TEST_PORTS", "27000-27999").split("-"))
    for port in random.sample(range(low, high + 1), high - low + 1):
        if port in _given:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given.add(port)
        return port
    raise AssertionError(f"no free port in {low}-{high}")
