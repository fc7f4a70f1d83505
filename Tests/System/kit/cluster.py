"""The four services on one broker."""

import os
from pathlib import Path

import httpx

from . import port, token
from .broker import Broker
from .carrier import Carrier
from .customer import Customer
from .dealerships import Dealerships
from .secrets import Secrets
from .service import Service
from .staff import StaffMember
from .texter import Texter
from .topic import Topic
from .wait import until

NAMES = ("ingest", "presence", "conversations", "qualification")


class Cluster:
    """Own ports, data directories and secrets, everything under one directory."""

    def __init__(
        self, directory: Path, broker: Broker, dealerships: Dealerships, partitions: int = 12,
        prefix: str = "directchat.", env: dict[str, str] | None = None,
    ):
        self.directory = directory
        self.broker = broker
        self.dealerships = dealerships
        self.partitions = partitions
        self.prefix = prefix
        self.secrets = Secrets()
        self.dealerships_file = dealerships.write(directory / "dealerships.json")
        ports = {name: port.free() for name in NAMES}
        self.url = {name: f"http://127.0.0.1:{number}" for name, number in ports.items()}
        self.twilio_url = self.url["ingest"] + "/v1/sms/twilio"
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("DIRECTCHAT_", "KAFKA_"))},
            "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap,
            # The local broker answers a fetch with everything it has, whatever was asked for.
            "KAFKA_RECEIVE_MESSAGE_MAX_BYTES": "1500000000",
            "DIRECTCHAT_TOPIC_PREFIX": prefix,
            "DIRECTCHAT_PARTITIONS": str(partitions),
            "TWILIO_PUBLIC_URL": self.twilio_url,
            # Nobody listens there: no test texts a real phone.
            "TWILIO_API_URL": "http://127.0.0.1:9",
            **self.secrets.environment(),
            **(env or {}),
        }
        own = {
            "conversations": ["--ingest-url", self.url["ingest"], "--qualification-url", self.url["qualification"]],
            "qualification": ["--console-origin", self.url["conversations"]],
        }
        self.services = {
            name: Service(
                name, directory,
                ["--dealerships", str(self.dealerships_file), "--allow-single-replica",
                 # Static, so that a killed one has its shards again as soon as it is back, and not after the session
                 # time-out of the member that it was.
                 "--instance-id", f"{name}-1", *own.get(name, [])],
                self.env, ports[name])
            for name in NAMES}
        self.carrier: Carrier | None = None

    def __getitem__(self, name: str) -> Service:
        return self.services[name]

    def add_carrier(self, **options) -> Carrier:
        """The provider that the services text through, not started yet; for services that are not either."""
        self.carrier = Carrier(self.directory, self.secrets, self.dealerships_file, self.twilio_url, **options)
        # All services share this one.
        self.env.update(self.carrier.environment)
        return self.carrier

    # Life

    def start(self) -> "Cluster":
        for service in self.services.values():
            service.start()
        return self.wait_until_ready()

    def wait_until_ready(self) -> "Cluster":
        for service in self.services.values():
            service.wait_until_ready()
        return self

    def restart(self, name: str) -> None:
        self[name].start()
        self[name].wait_until_ready()

    def assert_alive(self) -> None:
        for service in self.services.values():
            assert service.process.is_alive(), f"{service.name} has ended: {service.process.tail()}"

    def stop(self) -> dict[str, int]:
        """Exit codes."""
        for service in self.services.values():
            if service.process.is_alive():
                service.process.terminate()
        return {name: one.process.wait(60) for name, one in self.services.items() if one.process.child}

    def end(self) -> None:
        """At the end of a test: whatever still runs is killed."""
        for service in self.services.values():
            if service.process.is_alive():
                service.process.kill()
        for one in (self.carrier, self.broker):
            if one and one.process.is_alive():
                one.process.kill()

    # People

    def visitor(self, dealership: str | None = None) -> Customer:
        return Customer(self.url["ingest"], dealership or self.dealerships.ids[0])

    def texter(self, number: str, dealership: str | None = None) -> Texter:
        to = self.dealerships.number(dealership or self.dealerships.ids[0])
        return Texter(self.twilio_url, self.secrets.twilio_account, self.secrets.twilio_token, number, to)

    def staff(self, *dealerships: str, sub: str = "staff-sam", name: str = "Sam Lee", role: str = "agent"):
        chosen = list(dealerships) or self.dealerships.ids[:1]
        text = token.staff(self.secrets.staff, chosen, sub=sub, name=name, role=role)
        return StaffMember(self.url["conversations"], self.url["qualification"], text, chosen[0])

    def ops(self) -> dict[str, str]:
        text = token.staff(self.secrets.staff, self.dealerships.ids, sub="ops-alex", name="Alex Ray", role="ops")
        return {"Authorization": f"Bearer {text}"}

    def topic(self, name: str) -> Topic:
        return Topic(self.broker.bootstrap, self.prefix + name, self.partitions)

    # Operations

    def dead_letters(self, name: str) -> list[dict]:
        answer = httpx.get(
            self.url[name] + "/v1/dead-letters", params={"limit": 1000}, headers=self.ops(), timeout=20)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        return body["items"] if isinstance(body, dict) else body

    def resume(self, name: str, shard: int) -> None:
        """The one documented command after trouble with the log."""
        answer = httpx.post(f"{self.url[name]}/v1/shards/{shard}/resume", headers=self.ops(), timeout=20)
        assert answer.status_code < 300, answer.text

    def wait_until_caught_up(self, *names: str) -> None:
        """Until every shard is live and has folded all that its kept topics hold."""
        kept = [self.topic(one) for one in ("messages", "qualifications", "deal-created")]
        def caught_up() -> bool:
            ends = {topic.name: topic.ends() for topic in kept}
            for name in names or NAMES:
                shards = self[name].shards()
                assert len(shards) == self.partitions, f"{name} holds {sorted(shards)}"
                for number, shard in shards.items():
                    assert shard["state"] == "live", f"{name}/{number}: {shard['state']} {shard.get('detail')}"
                    for one in shard["topics"]:
                        end = ends.get(one["topic"], {}).get(number, 0)
                        assert one["position"] >= end, f"{name}/{number}: {one} of {end}"
            return True
        until(caught_up, "every shard to have folded its topics")
