"""What the shard files of a service say, independent of how a file is laid out."""

import hashlib
import sqlite3
import tempfile
from contextlib import contextmanager
from pathlib import Path

from .service import Service


@contextmanager
def copy_of(file: Path):
    """A connection to a copy: a live file is only ever read, through SQLite and read-only."""
    with tempfile.TemporaryDirectory() as directory:
        copy = Path(directory) / "copy.sqlite"
        live = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=30)
        try:
            live.execute("VACUUM INTO ?", (str(copy),))
        finally:
            live.close()
        connection = sqlite3.connect(copy)
        try:
            yield connection
        finally:
            connection.close()


def _canonical_tables(db: sqlite3.Connection) -> list[str]:
    (names,) = db.execute("SELECT value FROM _meta WHERE key = 'canonical_tables'").fetchone()
    return [name for name in names.split(",") if name]


def _value(value) -> bytes:
    if value is None:
        return b"\0"
    if isinstance(value, int):
        return b"\1%d\0" % value
    if isinstance(value, float):
        return b"\2" + repr(value).encode() + b"\0"
    if isinstance(value, str):
        text = value.encode()
        return b"\3%d:" % len(text) + text
    return b"\4%d:" % len(value) + value


def rows(db: sqlite3.Connection, table: str) -> list[tuple]:
    """A table's rows in the order of all their columns."""
    columns = sorted(row[1] for row in db.execute(f'PRAGMA table_info("{table}")'))
    chosen = ", ".join(f'"{column}"' for column in columns)
    return db.execute(f'SELECT {chosen} FROM "{table}" ORDER BY {chosen}').fetchall()


def hash_of(service: Service) -> dict[str, dict[str, str]]:
    """SHA-256 of every canonical table of every shard: {file's name: {table: hash}}."""
    hashes: dict[str, dict[str, str]] = {}
    for file in service.files():
        with copy_of(file) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",), f"{file} is corrupt"
            tables = _canonical_tables(db)
            assert tables, f"{file.name} names no canonical table"
            hashes[file.name] = {
                table: hashlib.sha256(b"".join(_value(v) for row in rows(db, table) for v in row)).hexdigest()
                for table in tables}
    return hashes


def count(service: Service, table: str) -> int:
    """Rows of a table over all shards."""
    total = 0
    for file in service.files():
        with copy_of(file) as db:
            total += db.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]
    return total


def column(service: Service, query: str) -> list:
    """The first column of a query, over all shards."""
    found: list = []
    for file in service.files():
        with copy_of(file) as db:
            found += [row[0] for row in db.execute(query)]
    return found


def shard_of(file: Path) -> int:
    """Whose file it is: `<service>-<shard>.v<schema>.sqlite`."""
    return int(file.name.split("-")[1].split(".")[0])


def threads(service: Service) -> dict[str, list[tuple[int, str, str, str]]]:
    """Each conversation's messages in order of `seq`: (seq, side, client id, text), as the service has folded them."""
    found: dict[str, list[tuple[int, str, str, str]]] = {}
    for file in service.files():
        found.update(threads_of_file(file))
    return found


def threads_of_file(file: Path) -> dict[str, list[tuple[int, str, str, str]]]:
    found: dict[str, list[tuple[int, str, str, str]]] = {}
    with copy_of(file) as db:
        for conversation, *message in db.execute("""
                SELECT c.id, m.seq, m.side, m.client_id, m.text
                FROM messages m JOIN conversations c ON c.began = m.conversation ORDER BY c.id, m.seq"""):
            found.setdefault(conversation, []).append(tuple(message))
    return found
