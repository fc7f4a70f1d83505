"""What a refusal must look like: RFC 9457."""

import httpx


def assert_problem(answer: httpx.Response, *statuses: int, naming: str | None = None) -> dict:
    """Asserts a problem with one of the statuses, a code, a detail and a correlation id.

    `naming`: must occur in the code, the detail or the field, whatever its case.
    """
    assert answer.status_code in statuses, f"{answer.status_code} instead of {statuses}: {answer.text[:500]}"
    assert answer.headers.get("content-type", "").startswith("application/problem+json"), answer.headers
    body = answer.json()
    assert body["status"] == answer.status_code, body
    assert body["type"] == f"urn:directchat:problem:{body['code']}", body
    assert body["title"] and body["detail"], body
    assert body["correlationId"], body
    if naming is not None:
        words = f"{body['code']} {body['detail']} {body.get('field', '')}".lower()
        assert naming.lower() in words, f"the problem does not name {naming!r}: {body}"
    return body
