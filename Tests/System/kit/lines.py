"""A service's log: JSON, a line for each thing that happened."""

import json

from .service import Service


def of(service: Service, **metadata: str) -> list[dict]:
    """The lines whose metadata say this, oldest first."""
    found = []
    for line in service.process.text().splitlines():
        if not line.startswith("{") or not line.endswith("}"):
            continue  # Another program's, or still being written.
        one = json.loads(line)
        if metadata.items() <= one.get("metadata", {}).items():
            found.append(one)
    return found


def messages(service: Service, **metadata: str) -> list[str]:
    return [one["message"] for one in of(service, **metadata)]
