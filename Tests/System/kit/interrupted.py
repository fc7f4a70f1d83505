"""A command of the on-call tool that is killed in the middle, again and again."""

from pathlib import Path

from .replay import Replay
from .topic import Topic
from .wait import until


class Checkpoint:
    """What a kill left of it: `kept` as it was, `older` of a batch before the last, so that the target has more, `none`."""

    FATES = ("kept", "older", "none")

    def __init__(self, file: Path):
        self.file = file
        self.first: bytes | None = None

    def note(self) -> None:
        if self.first is None and self.file.exists():
            self.first = self.file.read_bytes()

    def suffer(self, fate: str) -> None:
        if fate == "none":
            self.file.unlink(missing_ok=True)
        elif fate == "older" and self.first is not None:
            self.file.write_bytes(self.first)


def kill_three_times(replay: Replay, command: list[str], target: Topic, checkpoint: Checkpoint, fate: str) -> int:
    """Runs it and kills it in the middle; returns what is in the target then."""
    sent = 0
    for number in range(3):
        run = replay.process(f"run-{number}", command)
        run.start()
        def has_gone_on():
            checkpoint.note()
            return not run.is_alive() or sum(target.ends().values()) > sent and checkpoint.first
        until(has_gone_on, "it to have gone on")
        run.kill()
        sent = sum(target.ends().values())
        assert 0 < sent < 402, "it was over before the kill"
        checkpoint.suffer(fate)
        # Somebody else writes there too.
        target.append(3, b"not ours", b"x", [("dc_redelivery_id", b"another")])
        sent += 1
    return sent - 3
