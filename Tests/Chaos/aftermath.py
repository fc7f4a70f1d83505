"""After the last fault: everything runs again, settles, is looked at; then the log is folded anew, once and thrice."""

import json
import shutil
import time
from pathlib import Path

import httpx
from confluent_kafka import Producer

from kit.broker import Broker
from kit.cluster import NAMES
from kit.dealerships import Dealerships
from kit.fleet import Fleet
from kit.partition import of as partition_of
from kit.state import copy_of

from canary import Canary
from checker import record
from checker.record import KEPT
from checker.replays import SERVICES
from ends import ends_of, places
from stage import DEALERSHIPS, PARTITIONS, Stage

# Twice the lease of a visible tab.
DOTS = 2 * 45.0
SETTLED = 120.0


class Aftermath:
    """Writes a run's folder as `checker/run.py` describes it."""

    def __init__(self, stage: Stage, canary: Canary, folder: Path):
        self.stage = stage
        self.canary = canary
        self.folder = folder
        self.facts: dict = {}
        # What went wrong before there was anything to check.
        self.troubles: list[str] = []

    def run(self, last_fault: float) -> None:
        stage, load = self.stage, self.stage.load
        self.folder.mkdir(parents=True, exist_ok=True)
        load.end_tabs()
        ended = max(last_fault, time.monotonic())
        stage.keeper.revive()
        if not load.stop_talking(SETTLED):
            waiting = [one for one in load.history.operations if one["told"] is None]
            self.troubles.append(f"after {SETTLED:.0f} s {len(waiting)} operations are not accepted: {waiting[:2]}")
        self._settle()
        self.facts["dots"] = self._dots(ended + DOTS)
        self.facts["canary"] = self.canary.search()
        self._streams()
        load.end()
        stage.keeper.end()
        stage.oncall.end()
        live = {name: stage.fleet[name].files() for name in SERVICES}
        codes = stage.fleet.stop()
        if bad := {name: code for name, code in codes.items() if code}:
            self.troubles.append(f"these did not end in good order: {bad}")
        self.troubles += stage.keeper.crashes
        self._save("live", live)
        self._topics()
        self._fold_anew()
        load.history.save(self.folder / "history.jsonl")
        self.facts.update(
            partitions=PARTITIONS, losses=stage.losses,
            places={one: partition_of(one, PARTITIONS) for one in stage.fleet.dealerships.ids})
        (self.folder / "facts.json").write_text(json.dumps(self.facts, indent=1))

    # While the services run

    def _settle(self) -> None:
        try:
            for name in NAMES:
                self.stage.fleet.wait_until_owned(name, SETTLED)
            self.stage.fleet.wait_until_caught_up()
            # What is owed may take a moment more: the ends stand still.
            before, deadline = None, time.monotonic() + SETTLED
            while (now := self.stage.ends()) != before and time.monotonic() < deadline:
                before = now
                time.sleep(2)
            self.stage.fleet.wait_until_caught_up()
        except AssertionError as error:
            self.troubles.append(f"it does not settle: {error}")

    def _dots(self, deadline: float) -> list[dict]:
        """As they are once all are right, or at the deadline."""
        people = [one for one in self.stage.load.visitors() if one.end]
        while True:
            dots = [self._dot(one) for one in people]
            right = all(state == one["wanted"] for one in dots for state in one["shown"].values())
            if right or time.monotonic() > deadline:
                return dots
            time.sleep(2)

    def _dot(self, visitor) -> dict:
        fleet = self.stage.fleet
        staff = next(one.staff for one in self.stage.load.shops if one.dealership == visitor.dealership)
        shown = {}
        for service, path, state in (
                ("presence", "/v1/presence", lambda body: body["state"]),
                ("conversations", f"/v1/conversations/{visitor.conversation}", lambda body: body["presence"]["state"])):
            url = fleet.balancers[service].choose()
            try:
                answer = staff.client.get(url + path, params={"conversation": visitor.conversation}, timeout=10)
                shown[service] = state(answer.json()) if answer.status_code == 200 else f"{answer.status_code}"
            except httpx.HTTPError as error:
                shown[service] = repr(error)
        wanted = "online" if visitor.end == "stay" else "offline"
        return {"conversation": visitor.conversation, "end": visitor.end, "wanted": wanted, "shown": shown}

    def _streams(self) -> None:
        """Waits until each has shown the last message that it must show, or for a while."""
        load = self.stage.load
        self.facts["streams"] = {}
        (self.folder / "streams").mkdir(exist_ok=True)
        all = [(f"staff of {one}", True, one, one, it) for one, it in load.staff_streams.items()]
        all += [(f"customer of {shop.dealership}", False, shop.visitors[0].conversation, shop.dealership,
                 load.customer_streams[shop.dealership]) for shop in load.shops]
        last: dict[str, str] = {}
        for one in record.read(self.stage.broker.bootstrap, self.stage.fleet.prefix, "messages", PARTITIONS):
            if one.type in record.SIDES:
                for scope in (one.dealership, one.json["conversationId"]):
                    last[scope] = one.header("ce_id")
        deadline = time.monotonic() + 45
        for name, is_staff, scope, dealership, stream in all:
            def shown() -> bool:
                recent = stream.events[-3_000:]
                return scope not in last or any(
                    one["event"] == "message" and one["data"]["id"] == last[scope] for one in recent)
            while not shown() and time.monotonic() < deadline:
                time.sleep(0.2)
            events = list(stream.events)
            with open(self.folder / "streams" / f"{name}.jsonl", "w") as output:
                output.writelines(json.dumps(one) + "\n" for one in events)
            began = (stream.first_id or "0").split(".")[0].removeprefix("m") if is_staff else "0"
            self.facts["streams"][name] = {
                "scope": scope, "staff": is_staff, "partition": partition_of(dealership, PARTITIONS),
                "from": int(began) if began.isdigit() else 0, "connections": stream.connections, "state": str(stream)}

    # Afterwards

    def _save(self, state: str, files: dict[str, list[Path]]) -> None:
        for name, all in files.items():
            folder = self.folder / "states" / state / name
            folder.mkdir(parents=True, exist_ok=True)
            for file in all:
                with copy_of(file) as db:
                    (folder / file.name).unlink(missing_ok=True)
                    db.execute("VACUUM INTO ?", (str(folder / file.name),))

    def _topics(self) -> None:
        stage = self.stage
        self.records = {
            topic: record.read(stage.broker.bootstrap, stage.fleet.prefix, topic, PARTITIONS)
            for topic in record.TOPICS}
        record.save(self.folder / "topics.jsonl", [one for all in self.records.values() for one in all])

    def _fold_anew(self) -> None:
        """In fresh folders, from the same broker; then from a copy of its data to which all was appended twice more."""
        stage = self.stage
        self.facts["ends"] = {"rebuild": self._fold("rebuilt", stage.broker)}
        stage.broker.stop()
        copy = stage.directory / "thrice"
        shutil.copytree(stage.broker.data, copy / "broker")
        other = Broker(copy).start()
        try:
            self._append_twice(other)
            self.facts["ends"]["thrice"] = self._fold("thrice", other)
        finally:
            other.process.kill()

    def _append_twice(self, broker: Broker) -> None:
        failed: list = []
        producer = Producer({"bootstrap.servers": broker.bootstrap, "enable.idempotence": True, "linger.ms": 20,
                             "queue.buffering.max.messages": 1_000_000})
        for _ in range(2):
            for topic in KEPT:
                for one in self.records[topic]:
                    producer.produce(
                        self.stage.fleet.prefix + topic, one.value, one.key, one.partition, headers=list(one.headers),
                        on_delivery=lambda error, _: error and failed.append(error))
                producer.poll(0)
            assert producer.flush(60) == 0 and not failed, f"not all was appended again: {failed[:2]}"

    def _fold(self, state: str, broker: Broker) -> dict:
        """- Returns: the ends of the kept topics before and after."""
        before = ends_of(broker.bootstrap, self.stage.fleet.prefix, PARTITIONS)
        fleet = Fleet(
            self.stage.directory / state, broker, Dealerships(DEALERSHIPS, "lot"), partitions=PARTITIONS,
            instances={}, static=True)
        try:
            for name in SERVICES:
                fleet[name].members[0].start()
            for name in SERVICES:
                fleet.wait_until_owned(name, 240)
            fleet.wait_until_caught_up(*SERVICES)
            # Whatever a fold owes is owed within a second of being live.
            time.sleep(3)
            fleet.wait_until_caught_up(*SERVICES)
            after = ends_of(broker.bootstrap, self.stage.fleet.prefix, PARTITIONS)
            self._save(state, {name: fleet[name].files() for name in SERVICES})
        except AssertionError as error:
            self.troubles.append(f"{state}: {error}")
            after = {}
        finally:
            for one in fleet.services.values():
                if one.process.is_alive():
                    one.process.kill()
        return {"before": places(before), "after": places(after)}
