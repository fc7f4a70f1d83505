"""A server that takes what the carrier posts: the dealerships' side, as a test sees it."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl


class Call:
    def __init__(self, path: str, headers, content: bytes):
        self.path = path
        self.signature = headers["X-Twilio-Signature"]
        self.pairs = parse_qsl(content.decode(), keep_blank_values=True)
        self.form = dict(self.pairs)


class Listener:
    """`answers`: the statuses of the next calls, and 0 hangs up; 200 where none is left. Calls with one of the
    statuses in `held` get none until `release`."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.answers: list[int] = []
        self.content = b"<Response></Response>"
        self.held: set[str] = set()
        self._released = threading.Event()
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                content = self.rfile.read(int(self.headers["Content-Length"]))
                call = Call(self.path, self.headers, content)
                listener.calls.append(call)
                if call.form.get("MessageStatus") in listener.held:
                    listener._released.wait(60)
                    return
                status = listener.answers.pop(0) if listener.answers else 200
                if not status:
                    return
                self.send_response(status)
                self.send_header("Content-Length", str(len(listener.content)))
                self.end_headers()
                self.wfile.write(listener.content)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def release(self) -> None:
        """Those that are held are hung up on."""
        self.held = set()
        self._released.set()
        self._released = threading.Event()

    def __enter__(self) -> "Listener":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self._server.shutdown()
        self._server.server_close()
