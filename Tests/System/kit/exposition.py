"""What a service's `/metrics` says."""

import re
from dataclasses import dataclass

import httpx

_SAMPLE = re.compile(r'(?P<name>[a-zA-Z_:][\w:]*)(?:\{(?P<labels>.*)\})? (?P<value>\S+)')
_LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True)
class Sample:
    name: str
    labels: dict[str, str]
    value: float


def text(url: str) -> str:
    answer = httpx.get(url + "/metrics", timeout=20)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return answer.text


def samples(url: str, name: str | None = None, **labels: str) -> list[Sample]:
    """All of them, or those of a name that have these labels."""
    found = []
    for line in text(url).splitlines():
        if line.startswith("#"):
            continue
        match = _SAMPLE.fullmatch(line)
        assert match, f"no sample: {line!r}"
        one = Sample(match["name"], dict(_LABEL.findall(match["labels"] or "")), float(match["value"]))
        if name in (None, one.name) and labels.items() <= one.labels.items():
            found.append(one)
    return found


def value(url: str, name: str, **labels: str) -> float:
    """The sum of those."""
    found = samples(url, name, **labels)
    assert found, f"{url} has no {name} with {labels}"
    return sum(one.value for one in found)
