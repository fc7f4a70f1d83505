#!/usr/bin/env python3
"""How long a lost shard is not served: folded from the log's start, and from a snapshot. How long `replay rebuild` takes.

One dealership's messages in one shard of the real `conversations`, on the local broker. First without snapshots; then it
is rebuilt and compared beside the live file; then an owner leaves a snapshot, more messages come, its files are lost, and
another start has the shared folder only.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "Tests/System")]

import httpx  # noqa: E402
from confluent_kafka import Producer  # noqa: E402
from kit import partition, port  # noqa: E402
from kit.broker import Broker  # noqa: E402
from kit.cluster import Cluster  # noqa: E402
from kit.dealerships import Dealerships  # noqa: E402
from kit.replay import Replay  # noqa: E402
from kit.service import Service  # noqa: E402
from kit.topic import cloud_event  # noqa: E402
from kit.wait import until  # noqa: E402

# Messages of a conversation: what a chat of some minutes has.
EACH = 20
# A shard of a million records takes minutes without snapshots, in a debug build many.
PATIENCE = 3_600


def fill(cluster: Cluster, dealership: str, first: int, count: int) -> None:
    producer = Producer({
        "bootstrap.servers": cluster.broker.bootstrap, "acks": "all", "linger.ms": 20,
        "queue.buffering.max.messages": 100_000, "receive.message.max.bytes": 1_500_000_000})
    failed: list = []
    shard = partition.of(dealership, cluster.partitions)
    name = cluster.prefix + "messages"
    for number in range(first, first + count):
        conversation = f"web-{number // EACH:022d}"
        value = {
            "conversationId": conversation, "clientMessageId": f"m{number % EACH}", "channel": "web", "visitorId": "v",
            "text": f"Message {number}: is the blue one with the tow bar still there, and could I see it on Saturday?"}
        headers = cloud_event(
            "message.received", dealership, f"{conversation}.c.m{number % EACH}", subject=conversation)
        while True:
            try:
                producer.produce(
                    name, value=json.dumps(value, separators=(",", ":")).encode(), key=dealership.encode(),
                    partition=shard, headers=headers,
                    on_delivery=lambda error, _: failed.append(error) if error else None)
                break
            except BufferError:
                producer.poll(0.1)
        producer.poll(0)
    assert producer.flush(600) == 0 and not failed, failed[:1]


def served(service: Service, cluster: Cluster, shard: int, records: int) -> float:
    """Seconds from the process's start until the shard answers with all of them."""
    began = time.monotonic()
    service.start()

    def live() -> bool:
        try:
            one = service.shards().get(shard)
        except httpx.HTTPError:
            return False
        if not one or one["state"] != "live":
            return False
        return all(
            topic["position"] >= records for topic in one["topics"] if topic["topic"] == cluster.prefix + "messages")
    until(live, "the shard to be live", PATIENCE)
    return time.monotonic() - began


def rebuilt(cluster: Cluster, shard: int, *flags: str) -> tuple[float, str]:
    """Seconds of the command, and what it says of the shard."""
    replay = Replay(cluster)
    began = time.monotonic()
    done = subprocess.run(
        replay.command("rebuild", "conversations", "--shard", shard, *flags), env=replay.env, capture_output=True,
        text=True, timeout=PATIENCE, cwd=replay.directory)
    assert done.returncode == 0, done.stdout + done.stderr
    return time.monotonic() - began, done.stdout.splitlines()[0]


def measure(cluster: Cluster, folder: Path, records: int, every: int) -> list[tuple[str, float, int]]:
    dealership = cluster.dealerships.ids[0]
    shard = partition.of(dealership, cluster.partitions)
    service = cluster["conversations"]
    command = list(service.process.command)

    def lose(snapshots: bool) -> None:
        service.process.stop()
        service.delete_files()
        service.process.command = [
            *command, *(["--snapshots", str(folder / "snapshots"), "--snapshot-every", str(every)] if snapshots else [])]

    service.start()
    service.wait_until_ready()
    fill(cluster, dealership, 0, records)
    lose(snapshots=False)
    rows = [("from the log's start", served(service, cluster, shard, records), records)]
    seconds, said = rebuilt(cluster, shard)
    rows.append(("`replay rebuild`, beside the live shard", seconds, records))
    print(said)
    # The file is rebuilt already: what is left is the comparison.
    rows.append(("`replay rebuild --verify` of what is rebuilt", rebuilt(cluster, shard, "--verify")[0], records))
    lose(snapshots=True)
    served(service, cluster, shard, records)
    shared = folder / "snapshots"
    until(lambda: any(shared.rglob(f"conversations-{shard}.*.json")), "a snapshot", PATIENCE)
    # As many as may have come since the last one.
    more = every - 1
    fill(cluster, dealership, records, more)
    until(lambda: service.shards()[shard]["topics"] and all(
        topic["position"] >= records + more for topic in service.shards()[shard]["topics"]
        if topic["topic"] == cluster.prefix + "messages"), "the rest to be folded", PATIENCE)
    lose(snapshots=True)
    rows.append((f"from a snapshot, {more:,} records behind", served(service, cluster, shard, records + more),
                 records + more))
    service.process.stop()
    assert '"snapshot adopted"' in service.process.log.read_text(), "no snapshot was used"
    return rows


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--records", type=int, default=1_000_000)
    options.add_argument("--every", type=int, default=20_000, help="records between two snapshots")
    options.add_argument("--build", type=Path, help="folder of the executables; default .build/debug")
    given = options.parse_args()
    if given.build:
        from kit import tree
        tree.BUILD = given.build.resolve()
    os.environ.setdefault("DIRECTCHAT_TEST_PORTS", "27000-27999")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cluster = Cluster(folder, Broker(folder).start(), Dealerships(1, "shop", [f"http://127.0.0.1:{port.free()}"]))
        try:
            rows = measure(cluster, folder, given.records, given.every)
        finally:
            cluster.end()
    base = rows[0][1]
    print(f'{"a lost shard is served again":44} {"records":>10} {"seconds":>8} {"to the log":>10} {"records/s":>10}')
    for title, seconds, records in rows:
        print(f"{title:44} {records:10,} {seconds:8.1f} {seconds / base:10.3f} {records / seconds:10,.0f}")


if __name__ == "__main__":
    main()
