"""A dealerships file of a test's own."""

import json
from pathlib import Path


class Dealerships:
    """`count` dealerships named after a theme: shop-1, shop-2, … each with a number of its own."""

    def __init__(self, count: int, theme: str = "shop", origins: list[str] | None = None):
        self.all = [
            {"id": f"{theme}-{n}", "name": f"{theme.title()} {n}", "timeZone": "America/Chicago",
             "smsNumbers": [f"+1314555{n:04}"], "origins": origins or ["http://127.0.0.1:1"]}
            for n in range(1, count + 1)]

    @property
    def ids(self) -> list[str]:
        return [one["id"] for one in self.all]

    def number(self, dealership: str) -> str:
        return next(one["smsNumbers"][0] for one in self.all if one["id"] == dealership)

    def write(self, path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.all))
        return path
