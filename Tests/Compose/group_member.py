"""One member of a consumer group, for tests that start, stop and kill it. Prints its partitions, as a JSON list,
whenever they change.

group_member.py BOOTSTRAP GROUP TOPIC STRATEGY SESSION_MS [INSTANCE_ID].
"""

import json
import signal
import sys

from confluent_kafka import Consumer

bootstrap, group, topic, strategy, session = sys.argv[1:6]
settings = {
    "bootstrap.servers": bootstrap, "group.id": group, "partition.assignment.strategy": strategy,
    "session.timeout.ms": int(session), "heartbeat.interval.ms": 200, "auto.offset.reset": "earliest",
    "enable.auto.commit": False, "log_level": 0}
if len(sys.argv) > 6:
    settings["group.instance.id"] = sys.argv[6]
consumer = Consumer(settings)
stopping = []
signal.signal(signal.SIGTERM, lambda *_: stopping.append(True))
held = set()


def say(what):
    print(json.dumps(what), flush=True)


def assigned(_, partitions):
    held.update(one.partition for one in partitions)
    if strategy == "cooperative-sticky":
        consumer.incremental_assign(partitions)
    else:
        consumer.assign(partitions)
    say(sorted(held))


def revoked(_, partitions):
    held.difference_update(one.partition for one in partitions)
    if strategy == "cooperative-sticky":
        consumer.incremental_unassign(partitions)
    else:
        consumer.unassign()
    say(sorted(held))


consumer.subscribe([topic], on_assign=assigned, on_revoke=revoked, on_lost=revoked)
while not stopping:
    consumer.poll(0.1)
consumer.close()
