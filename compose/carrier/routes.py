"""Who answers what: the API, the phones with their page, tests."""

from pathlib import Path

import api
from form import CHARACTERS, is_number
from handler import BadRequest, Handler
from pictures import DESCRIPTIONS, picture

PAGE = Path(__file__).parent / "page"
KINDS = {
    ".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
}
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
          "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'")
MEDIA = 10
WAIT_SECONDS = 25.0


def texts(request: Handler, phone: str) -> None:
    try:
        after, wait = int(request.query.get("after", 0)), float(request.query.get("wait", 0))
    except ValueError:
        raise BadRequest("after and wait are numbers") from None
    request.send(200, request.carrier.ledger.phones.texts(_number(phone), after, min(wait, WAIT_SECONDS)))


def text(request: Handler, phone: str) -> None:
    given = request.json()
    to, body, media = given.get("to"), given.get("text", ""), given.get("media", [])
    if to not in request.carrier.account.numbers:
        raise BadRequest("to: no dealership has this number")
    if not isinstance(body, str) or len(body) > CHARACTERS:
        raise BadRequest(f"text: {CHARACTERS} characters at most")
    if not isinstance(media, list) or len(media) > MEDIA or not all(map(_is_medium, media)):
        raise BadRequest(f"media: a list of {{url, contentType}}, {MEDIA} at most")
    if not body and not media:
        raise BadRequest("text: there is neither text nor media")
    event = request.carrier.text(_number(phone), to, body, media)
    request.send(201, {name: event[name] for name in ("sid", "from", "to", "at")})


def dealerships(request: Handler) -> None:
    request.send(200, request.carrier.account.dealerships)


def pictures(request: Handler) -> None:
    request.send(200, [
        {"name": name, "description": words, "url": f"{request.address}/media/{name}", "contentType": "image/png"}
        for name, words in DESCRIPTIONS.items()])


def media(request: Handler, name: str) -> None:
    if name not in DESCRIPTIONS:
        return request.send(404, {"message": "there is no such picture"})
    given = request.headers.get("Authorization")
    headers = {"Content-Type": "image/png"}
    if "page" in request.query:
        headers["Cache-Control"] = "max-age=3600"
    else:
        credentials = "right" if request.carrier.account.knows(given) else "wrong" if given else "none"
        request.carrier.journal.append("fetched", name=name, credentials=credentials)
    request.send(200, picture(name), headers)


def page(request: Handler, name: str = "index.html") -> None:
    path = PAGE / name
    if path.suffix not in KINDS or not path.is_file():
        return request.send(404, {"message": "there is no such file"})
    request.send(200, path.read_bytes(), {"Content-Type": KINDS[path.suffix], "Content-Security-Policy": POLICY})


def ready(request: Handler) -> None:
    request.send(200, {"status": "ready"})


def state(request: Handler) -> None:
    request.send(200, request.carrier.state)


def control(request: Handler) -> None:
    given = request.json()
    wishes = given.pop("next", [])
    try:
        request.carrier.plan.change(given)
        if wishes is None:
            request.carrier.answers.forget()
        for one in wishes or []:
            request.carrier.answers.wish(**one)
    except (ValueError, TypeError) as error:
        raise BadRequest(str(error)) from None
    request.send(200, request.carrier.state)


def _number(text: str) -> str:
    if not is_number(text):
        raise BadRequest(f"'{text}' is no phone number such as +13145550142")
    return text


def _is_medium(one) -> bool:
    return isinstance(one, dict) and isinstance(one.get("url"), str) and isinstance(one.get("contentType"), str)


ROUTES = [
    ("POST", r"/2010-04-01/Accounts/([^/]+)/Messages\.json", api.send),
    ("GET", r"/phone/([^/]+)/texts", texts),
    ("POST", r"/phone/([^/]+)/texts", text),
    ("GET", r"/dealerships", dealerships),
    ("GET", r"/pictures", pictures),
    ("GET", r"/media/([a-z.]+)", media),
    ("GET", r"/", page),
    ("GET", r"/page/([a-z]+\.[a-z]+)", page),
    ("GET", r"/readyz", ready),
    ("GET", r"/control", state),
    ("POST", r"/control", control),
]
