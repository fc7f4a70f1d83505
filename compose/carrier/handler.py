"""Requests and answers as bytes; what they mean is said in `routes`."""

import json
import logging
import re
import select
import socket
import struct
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from sys import exc_info
from urllib.parse import parse_qs, unquote, urlsplit

from carrier import Carrier
from refusal import Refusal

BYTES = 1 << 20
HANG_SECONDS = 120.0


class BadRequest(Exception):
    pass


class Handler(BaseHTTPRequestHandler):
    """`address`: where others reach this server."""

    carrier: Carrier
    address: str
    routes: list
    protocol_version = "HTTP/1.1"
    # Longer than clients keep an idle connection: none finds it closed in the moment of a request.
    timeout = 120

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def _answer(self, method: str) -> None:
        parts = urlsplit(self.path)
        self.query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        try:
            self.content = self._body()
            for kind, pattern, action in self.routes:
                if kind == method and (found := re.fullmatch(pattern, parts.path)):
                    return action(self, *map(unquote, found.groups()))
            self.send(404, {"message": "there is nothing here"})
        except Refusal as refusal:
            headers = {"WWW-Authenticate": 'Basic realm="Twilio API"'} if refusal.status == 401 else {}
            self.send(refusal.status, refusal.body, headers)
        except BadRequest as error:
            self.send(400, {"message": str(error)})

    def _body(self) -> bytes:
        if "chunked" in (self.headers.get("Transfer-Encoding") or "").lower():
            return self._chunks()
        length = self.headers.get("Content-Length") or "0"
        if not length.isdecimal() or int(length) > BYTES:
            self.close_connection = True
            raise BadRequest(f"the body: {BYTES} bytes at most")
        return self.rfile.read(int(length))

    def _chunks(self) -> bytes:
        content = b""
        while size := int(self.rfile.readline(64).split(b";")[0], 16):
            content += self.rfile.read(size)
            self.rfile.readline(2)
            if len(content) > BYTES:
                self.close_connection = True
                raise BadRequest(f"the body: {BYTES} bytes at most")
        self.rfile.readline(2)
        return content

    def json(self) -> dict:
        # A form on another website cannot say this without being asked first.
        if self.headers.get_content_type() != "application/json":
            raise BadRequest("Content-Type: application/json is needed")
        try:
            given = json.loads(self.content)
        except ValueError:
            given = None
        if not isinstance(given, dict):
            raise BadRequest("the body is no JSON object")
        return given

    def send(self, status: int, body: dict | list | bytes, headers: dict[str, str] | None = None) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode(errors="replace")
        sent = {"Content-Type": "application/json", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        self.send_response(status)
        for name, value in (sent | (headers or {}) | {"Content-Length": str(len(content))}).items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    def hang(self) -> None:
        """Until whoever asked has gone."""
        select.select([self.connection], [], [], HANG_SECONDS)
        self.drop()

    def drop(self, is_reset: bool = False) -> None:
        """Without a byte. A reset is what a server sends that has not read what it was sent."""
        if is_reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def log_message(self, text: str, *values) -> None:
        logging.debug(text, *values)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def shutdown_request(self, request: socket.socket) -> None:
        if request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER):
            # A goodbye first, and it would be no reset.
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def handle_error(self, request, client_address) -> None:
        # Who asked has gone; or else it is a fault of this program.
        if not isinstance(exc_info()[1], OSError):
            logging.exception("a request failed")
