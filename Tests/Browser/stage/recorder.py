"""A TCP proxy that keeps every byte that the server sends."""

import select
import socket
import threading


class Recorder:
    def __init__(self, port: int, to: int):
        self.url = f"http://127.0.0.1:{port}"
        self.to = to
        self._received = bytearray()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", port))

    def __enter__(self) -> "Recorder":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self._listener.close()

    @property
    def received(self) -> bytes:
        """All that went to the browser, over all connections."""
        with self._lock:
            return bytes(self._received)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self.to)) as server:
            while True:
                for one in select.select([client, server], [], [])[0]:
                    try:
                        data = one.recv(65536)
                    except OSError:
                        data = b""
                    if not data:
                        return
                    if one is server:
                        with self._lock:
                            self._received += data
                    (client if one is server else server).sendall(data)
