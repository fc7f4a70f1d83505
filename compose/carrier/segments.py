"""How many messages of the radio network a text is cut into."""

BASIC = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà")
# Each of these is two.
EXTENDED = set("^{}\\[~]|€")


def segments(text: str) -> int:
    if set(text) <= BASIC | EXTENDED:
        return _packed([2 if one in EXTENDED else 1 for one in text], alone=160, joined=153)
    return _packed([2 if ord(one) > 0xFFFF else 1 for one in text], alone=70, joined=67)


def _packed(costs: list[int], alone: int, joined: int) -> int:
    """A character is never cut in two: a segment may end one short."""
    if sum(costs) <= alone:
        return 1
    count, room = 0, 0
    for cost in costs:
        if cost > room:
            count, room = count + 1, joined
        room -= cost
    return count
