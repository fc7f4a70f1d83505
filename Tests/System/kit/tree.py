"""Where things are in the source tree."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BUILD = ROOT / ".build" / "debug"


def executable(service: str) -> Path:
    path = BUILD / service
    assert path.exists(), f"{path} is not built: swift build"
    return path
