"""A provider of text messages for trying DirectChat out and for its tests: answers Twilio's Messages API, calls the
webhook and the status callbacks, signed, and has a page that is a customer's phone."""

import argparse
import json
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from account import Account
from carrier import Carrier
from form import is_web_address
from handler import Handler, Server
from plan import DEFAULTS, Plan
from routes import ROUTES

DETAILS = """
TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, from the environment, are the account that may send, and the token signs.

  GET  /                          the phone; ?from=<a customer's number>&to=<a dealership's number>
  POST /2010-04-01/Accounts/{sid}/Messages.json      From, To, Body, StatusCallback
  POST /phone/{number}/texts      {to, text, media?: [{url, contentType}]}: that phone sends a text
  GET  /phone/{number}/texts      ?after=<next of the last answer>&wait=<seconds>: what it sent and got
  GET  /pictures, /media/{name}   pictures that it may send
  GET  /control                   the plan, counters, and how much is still under way
  POST /control                   changes the plan, any part of it, which --plan does at the start:
%s
                                  {"next": [{"answer": "429", "times": 2, "to": "+1…"}]}: so are the next requests to
                                  the API answered, for that phone or any; null forgets what is left of it.

Answers: 429, 500, 503, hang and close (a reset) take no text; accept-then-close, accept-then-500 and accept-then-hang
take it, and the sender cannot know. Phone numbers in texts.phones never get one, for the code that stands there.
What happens to the nth text is decided by the seed and n alone.
"""


def main() -> int:
    rules = "\n".join(f"{'':34}{json.dumps({part: values})}" for part, values in DEFAULTS.items())
    parser = argparse.ArgumentParser(
        prog="python3 compose/carrier", description=__doc__, epilog=DETAILS % rules,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    root = Path(__file__).resolve().parents[1]
    parser.add_argument("--host", default="127.0.0.1", help="where it listens, default 127.0.0.1")
    parser.add_argument("--port", type=int, default=8085, help="default 8085")
    parser.add_argument("--url", help="where others reach it, for the pictures' addresses; default http://HOST:PORT")
    parser.add_argument("--webhook", default=os.environ.get("TWILIO_PUBLIC_URL"), metavar="URL",
                        help="called with what phones send; default $TWILIO_PUBLIC_URL")
    parser.add_argument("--dealerships", type=Path, metavar="FILE",
                        default=os.environ.get("DIRECTCHAT_DEALERSHIPS") or root / "dealerships.json",
                        help="has our numbers; default $DIRECTCHAT_DEALERSHIPS, else compose/dealerships.json")
    parser.add_argument("--journal", type=Path, metavar="FILE",
                        help="all that happens, one JSON object a line, appended; read at the start. Default: none")
    parser.add_argument("--seed", default="1", help="of the misbehaviour, default 1")
    parser.add_argument("--plan", default="{}", metavar="JSON", help="the misbehaviour, default: none")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    sid, token = os.environ.get("TWILIO_ACCOUNT_SID"), os.environ.get("TWILIO_AUTH_TOKEN")
    if not sid or not token:
        parser.error("TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN are not set")
    if not is_web_address(given.webhook or ""):
        parser.error("--webhook is needed, or TWILIO_PUBLIC_URL: an address such as http://127.0.0.1:8081/v1/sms/twilio")
    plan = Plan(given.seed)
    try:
        plan.change(json.loads(given.plan))
        account = Account.read(sid, token, given.dealerships)
        # A taken port is found before what an earlier run left is resumed.
        server = Server((given.host, given.port), Handler)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        logging.error("%s", error)
        return 1
    Handler.routes = ROUTES
    Handler.address = given.url or f"http://{given.host}:{given.port}"
    Handler.carrier = Carrier(account, plan, given.journal, given.webhook)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    logging.info("listening on %s:%d", given.host, given.port)
    server.serve_forever(poll_interval=0.1)
    # What is under way is in the journal, and goes on at the next start.
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
