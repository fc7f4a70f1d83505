"""A dealership's website: an origin of its own, a strict policy, and style sheets that spare nothing."""

import threading
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from . import names

STYLE = """
* { font-size: 40px; color: red; letter-spacing: 4px; box-sizing: content-box }
button, input, textarea, form, div, li { border: 6px dotted lime; padding: 17px; margin: 11px; float: left }
button { display: none !important }
html { color: red; background: #fffbe6 }
"""
MILD_STYLE = """
body { font: 16px/1.5 Georgia, serif; margin: 0; color: #202124; background: #f4f1ea }
header { background: #14213d; color: #fff; padding: 28px 48px; font-size: 26px }
nav { background: #fff; padding: 12px 48px } nav a { margin-right: 24px; color: #14213d }
main { padding: 32px 48px; max-width: 720px } h1 { font-size: 32px } p { margin: 0 0 16px }
"""
PAGES = {"": "Home", "inventory": "Inventory", "inventory/12886": "2023 Tacoma, stock 12886", "finance": "Finance"}


class Site:
    """`/{dealership}/…` on one port. `ingest`: where its pages take the widget from, and all that they may reach."""

    def __init__(self, port: int, ingest: str):
        self.origin = f"http://127.0.0.1:{port}"
        self.ingest = ingest
        self.name = "Example Motors"
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                status, kind, text = site.answer(self.path)
                body = text.encode()
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Content-Security-Policy", site.policy)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True

    def __enter__(self) -> "Site":
        threading.Thread(target=self._server.serve_forever, name=self.origin, daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def policy(self) -> str:
        return "; ".join([
            "default-src 'none'", f"script-src {self.ingest}", f"connect-src {self.ingest}", "style-src 'self'",
            "img-src 'self'", "base-uri 'none'", "form-action 'none'", "require-trusted-types-for 'script'"])

    def url(self, dealership: str, page: str = "") -> str:
        return f"{self.origin}/{dealership}/{page}"

    def answer(self, path: str) -> tuple[int, str, str]:
        parts = path.split("?")[0].strip("/").split("/")
        if parts[-1] == "favicon.ico":
            return 200, "image/x-icon", ""
        if parts[-1].endswith(".css"):
            return 200, "text/css", MILD_STYLE if parts[-1] == "mild.css" else STYLE
        dealership, page = parts[0], "/".join(parts[1:])
        if page not in PAGES:
            return 404, "text/plain", "not here"
        return 200, "text/html; charset=utf-8", self.page(dealership, page)

    def page(self, dealership: str, page: str) -> str:
        links = "".join(f'<a href="{self.url(dealership, one)}">{escape(PAGES[one])}</a> ' for one in PAGES)
        sheet = "mild" if dealership in (names.SHOWROOM, names.LAKESIDE) else "loud"
        return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(PAGES[page])}</title><link rel="stylesheet" href="/{sheet}.css"></head>
<body><header>{escape(self.name)}</header><nav aria-label="Pages">{links}</nav>
<main><h1>{escape(PAGES[page])}</h1>
<p id="probe">New and used cars and trucks, service and parts, on Highway 40 since 1962.</p>
<p>Every vehicle is inspected, and comes with a history report and a full tank.</p></main>
<script src="{self.ingest}/widget.js" data-dealership="{escape(dealership)}" defer></script></body></html>"""
