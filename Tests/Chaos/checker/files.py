"""Shard files, read with SQLite and without the product's code."""

import hashlib
import sqlite3
from contextlib import contextmanager
from pathlib import Path

Thread = list[tuple[int, str, str, str]]


@contextmanager
def opened(file: Path):
    db = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        yield db
    finally:
        db.close()


def shard_of(file: Path) -> int:
    """`<service>-<shard>.v<schema>.sqlite`"""
    return int(file.name.split(".")[0].rsplit("-", 1)[1])


def canonical_tables(db: sqlite3.Connection) -> list[str]:
    (names,) = db.execute("SELECT value FROM _meta WHERE key = 'canonical_tables'").fetchone()
    return [one for one in names.split(",") if one]


def canonical_hash(file: Path) -> dict[str, str]:
    """SHA-256 of each canonical table's rows, in the order of all their columns."""
    with opened(file) as db:
        hashes = {}
        for table in canonical_tables(db):
            names = sorted(row[1] for row in db.execute(f'PRAGMA table_info("{table}")'))
            chosen = ", ".join(f'"{one}"' for one in names)
            digest = hashlib.sha256()
            for row in db.execute(f'SELECT {chosen} FROM "{table}" ORDER BY {chosen}'):
                digest.update(repr(row).encode())
            hashes[table] = digest.hexdigest()
        return hashes


def integrity(file: Path) -> str:
    with opened(file) as db:
        return "; ".join(row[0] for row in db.execute("PRAGMA integrity_check"))


def threads(file: Path) -> dict[str, Thread]:
    """Each conversation's messages in the order of `seq`: (seq, side, client id, text)."""
    found: dict[str, Thread] = {}
    with opened(file) as db:
        for conversation, *message in db.execute("""
                SELECT c.id, m.seq, m.side, m.client_id, m.text
                FROM messages m JOIN conversations c ON c.began = m.conversation ORDER BY c.id, m.seq, m."offset\""""):
            found.setdefault(conversation, []).append(tuple(message))
    return found


def column(file: Path, query: str) -> list:
    with opened(file) as db:
        return [row[0] for row in db.execute(query)]
