"""The partition of a dealership, as Kafka's Java client computes it; written apart from the product's own."""


def murmur2(data: bytes) -> int:
    """Signed 32 bits."""
    m, mask = 0x5BD1E995, 0xFFFFFFFF
    h = (0x9747B28C ^ len(data)) & mask
    whole = len(data) & ~3
    for at in range(0, whole, 4):
        k = int.from_bytes(data[at:at + 4], "little") * m & mask
        k ^= k >> 24
        h = (h * m & mask) ^ (k * m & mask)
    rest = data[whole:]
    if rest:
        h = (h ^ int.from_bytes(rest, "little")) * m & mask
    h ^= h >> 13
    h = h * m & mask
    h ^= h >> 15
    return h - (1 << 32) if h & 0x80000000 else h


def of(dealership: str, count: int) -> int:
    return (murmur2(dealership.encode()) & 0x7FFFFFFF) % count
