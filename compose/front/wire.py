"""Kafka's primitive types, big-endian, in the layouts that came before the flexible ones."""

import struct


class Malformed(Exception):
    """The bytes are not what their version says; whoever sent them is hung up on."""


class Reader:
    """Walks through a frame without copying it. A read beyond its end is `Malformed`."""

    def __init__(self, frame: bytes, position: int = 0):
        self.frame = frame
        self.position = position

    def _number(self, layout: str, size: int) -> int:
        try:
            (value,) = struct.unpack_from(layout, self.frame, self.position)
        except struct.error as error:
            raise Malformed(str(error)) from None
        self.position += size
        return value

    def i8(self) -> int:
        return self._number(">b", 1)

    def i16(self) -> int:
        return self._number(">h", 2)

    def i32(self) -> int:
        return self._number(">i", 4)

    def i64(self) -> int:
        return self._number(">q", 8)

    def skip(self, size: int) -> None:
        """Nothing for a negative size, which is how a null is written."""
        self.position += max(size, 0)
        if self.position > len(self.frame):
            raise Malformed("a field ends beyond the frame")

    def _bytes(self, size: int) -> bytes | None:
        if size < 0:
            return None
        start = self.position
        self.skip(size)
        return bytes(self.frame[start:self.position])

    def bytes(self) -> bytes:
        return self._bytes(self.i32()) or b""

    def nullable_string(self) -> str | None:
        text = self._bytes(self.i16())
        try:
            return None if text is None else text.decode()
        except UnicodeDecodeError:
            raise Malformed("a string is not UTF-8") from None

    def string(self) -> str:
        return self.nullable_string() or ""

    def count(self) -> range:
        """The indices of an array that begins here; none for a null one."""
        length = self.i32()
        if length > len(self.frame) - self.position:
            raise Malformed("an array is longer than its frame")
        return range(length)

    def rest(self) -> bytes:
        return bytes(self.frame[self.position:])


def i16(value: int) -> bytes:
    return struct.pack(">h", value)


def i32(value: int) -> bytes:
    return struct.pack(">i", value)


def i64(value: int) -> bytes:
    return struct.pack(">q", value)


def string(value: str | None) -> bytes:
    if value is None:
        return i16(-1)
    text = value.encode()
    return i16(len(text)) + text


def data(value: bytes) -> bytes:
    return i32(len(value)) + value


def array(items: list[bytes]) -> bytes:
    return i32(len(items)) + b"".join(items)
