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


def _range() -> range:
    """`DIRECTCHAT_TEST_PORTS`; of workers side by side each has a part of its own."""
    low, high = (int(one) for one in os.environ.get("DIRECTCHAT_TEST_PORTS", "27000-27999").split("-"))
    share = (high - low + 1) // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    low += share * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return range(low, low + share)


def free() -> int:
    """A port that nobody has, below the range of outgoing connections: a process that is restarted finds it free."""
    ports = _range()
    for port in random.sample(ports, len(ports)):
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
    raise AssertionError(f"no free port in {ports.start}-{ports.stop - 1}")
