"""What a webhook's answer tells the carrier to text back."""

import xml.etree.ElementTree as xml


def messages(content: bytes) -> list[str]:
    """`<Response><Message>…`, with or without `<Body>`; nothing for an answer that is no TwiML."""
    try:
        root = xml.fromstring(content)
    except xml.ParseError:
        return []
    if root.tag != "Response":
        return []
    texts = []
    for one in root.iter("Message"):
        body = one.find("Body")
        texts.append(((one if body is None else body).text or "").strip())
    return [text for text in texts if text]
