"""State is a fold of the log and nothing else: built anew, or folded three times, it is the same."""

from .files import canonical_hash, integrity, shard_of
from .finding import Finding
from .run import Run

# Presence keeps nothing: it has no canonical tables.
SERVICES = ("conversations", "ingest", "qualification")


def hashes(run: Run, state: str) -> dict[tuple[str, int, str], str]:
    """(service, shard, table): hash"""
    return {
        (service, shard_of(file), table): hash
        for service in SERVICES for file in run.states.get(state, {}).get(service, [])
        for table, hash in canonical_hash(file).items()}


def _compare(finding: Finding, run: Run, one: str, other: str) -> Finding:
    here, there = hashes(run, one), hashes(run, other)
    for key in here.keys() | there.keys():
        finding.count("hash pairs")
        if here.get(key) != there.get(key):
            finding.violate(f"{key}: {one} {here.get(key)}, {other} {there.get(key)}")
    for service in SERVICES:
        shards = {key[1] for key in here if key[0] == service}
        if shards != set(range(run.facts["partitions"])):
            finding.violate(f"{one} of {service} has the shards {sorted(shards)}")
    return finding.require("hash pairs")


def rebuilt(run: Run) -> Finding:
    return _compare(Finding("what is built anew from the log is what was live"), run, "live", "rebuilt")


def thrice(run: Run) -> Finding:
    return _compare(Finding("folding the kept topics three times is folding them once"), run, "rebuilt", "thrice")


def appends_nothing(run: Run) -> Finding:
    finding = Finding("a replay appends nothing to the kept topics")
    for name, ends in run.facts["ends"].items():
        for place in ends["before"].keys() | ends["after"].keys():
            finding.count("ends")
            if ends["before"].get(place) != ends["after"].get(place):
                was, now = ends["before"].get(place), ends["after"].get(place)
                finding.violate(f"{name}: {place} ended at {was}, then at {now}")
    return finding.require("ends")


def intact(run: Run) -> Finding:
    finding = Finding("integrity_check of every file says ok")
    for state, services in run.states.items():
        for files in services.values():
            for file in files:
                finding.count("files")
                if (verdict := integrity(file)) != "ok":
                    finding.violate(f"{state} {file.name}: {verdict[:300]}")
    return finding.require("files")
