"""Where things are in the source tree."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BUILD = ROOT / ".build" / "debug"


def broker_binary() -> Path:
    """The broker that `compose/broker --install` puts under the build folder."""
    found = sorted((ROOT / ".build-tools").rglob("noida_db/noida-db"))
    assert found, "no noida-db under .build-tools: run compose/broker --install"
    return found[-1]


def quiet_clients() -> dict[str, str]:
    """The plugin that `compose/broker --install` compiles: without it idle clients of the local broker fill every core."""
    plugin = ROOT / ".build-tools" / "patience.so"
    return {"KAFKA_PLUGIN_LIBRARY_PATHS": str(plugin)} if plugin.exists() else {}


def executable(service: str) -> Path:
    path = BUILD / service
    assert path.exists(), f"{path} is not built: swift build"
    return path
