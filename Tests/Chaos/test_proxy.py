"""The proxy before the broker, with an echo in the broker's place."""

import os
import socket
import threading
import time

import pytest

from gate import Gate
from kit import port
from kit.wait import until
from proxy import inode_of


@pytest.fixture
def gate(tmp_path, monkeypatch):
    # This process stands for a service.
    monkeypatch.setenv("DIRECTCHAT_TEST_PORTS", "26000-26999")
    number = port.free()
    server = socket.create_server(("127.0.0.1", number))

    def echo(connection: socket.socket) -> None:
        while data := connection.recv(65536):
            connection.sendall(data)

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=echo, args=(connection,), daemon=True).start()
    threading.Thread(target=serve, daemon=True).start()
    gate = Gate(number, tmp_path / "proxy.log").start()
    yield gate
    gate.end()
    server.close()


def connect(gate: Gate) -> socket.socket:
    one = socket.create_connection(("127.0.0.1", gate.port), 10)
    one.settimeout(10)
    return one


def echoed(one: socket.socket, data: bytes = b"x") -> float:
    """Seconds until it has come back."""
    began = time.monotonic()
    one.sendall(data)
    got = b""
    while len(got) < len(data):
        piece = one.recv(65536)
        if not piece:
            raise ConnectionResetError
        got += piece
    assert got == data
    return time.monotonic() - began


def is_refused(gate: Gate) -> bool:
    try:
        with connect(gate) as one:
            echoed(one)
    except OSError:
        return True
    return False


def test_it_passes_everything(gate):
    with connect(gate) as one:
        echoed(one, os.urandom(300_000))


def test_a_closed_gate_lets_only_its_owner_in(gate, monkeypatch):
    with connect(gate) as mine:
        echoed(mine)
        gate.close()
        # The connection was made when nobody asked whose it is.
        with pytest.raises(OSError):
            until(lambda: echoed(mine) < 0, "the cut", 5)
    assert not is_refused(gate)
    gate._tell(gate=1)
    assert is_refused(gate)
    gate.open()
    assert not is_refused(gate)


def test_one_process_is_slow_cut_or_refused(gate):
    gate._tell(gate=os.getpid())
    with connect(gate) as one:
        gate.rule(os.getpid(), delay=0.3)
        assert echoed(one) >= 0.6  # There and back.
        gate.rule(os.getpid(), rate=100_000)
        assert echoed(one, b"x" * 20_000) >= 0.4
        gate.rule(os.getpid())
        gate.rule(os.getpid() + 1, cut=True)
        echoed(one)
        gate.rule(os.getpid(), cut=True)
        with pytest.raises(OSError):
            echoed(one)
    assert not is_refused(gate)
    gate.rule(os.getpid(), refuse=True)
    assert is_refused(gate)
    gate.rule(os.getpid())
    assert not is_refused(gate)


def test_two_connections_from_one_port_are_told_apart():
    """The kernel gives a port to connections to different places at once; they may be of different processes."""
    servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    clients = []
    for server in servers:
        one = socket.socket()
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        one.bind(("127.0.0.1", clients[0].getsockname()[1] if clients else 0))
        one.connect(server.getsockname())
        clients.append(one)
    mine = clients[0].getsockname()[1]
    for client, server in zip(clients, servers):
        assert inode_of(mine, server.getsockname()[1]) == str(os.fstat(client.fileno()).st_ino)
    for one in clients + servers:
        one.close()
