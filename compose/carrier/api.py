"""The Messages API and its misbehaviour."""

from form import Form
from handler import Handler
from refusal import Refusal

CODES = {"429": 20429, "500": 20500, "503": 20503}


def send(request: Handler, sid: str) -> None:
    carrier = request.carrier
    carrier.account.check(request.headers.get("Authorization"), sid)
    form = Form.read(request.content)
    answer = carrier.answers.take(form.to)
    if answer is None:
        return request.send(201, carrier.accept(form))
    then = answer.removeprefix("accept-then-")
    if then != answer:
        carrier.accept(form, answer=then)
    else:
        carrier.refuse(form, answer=answer)
    if then in CODES:
        raise Refusal(CODES[then])
    if then == "hang":
        request.hang()
    else:
        request.drop(is_reset=answer == "close")
