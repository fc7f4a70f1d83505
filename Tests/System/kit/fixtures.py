"""Fixtures for tests against real brokers, real processes and real files; a conftest takes them all."""

import signal

import pytest

from .broker import Broker
from .cluster import Cluster
from .dealerships import Dealerships

_clusters: list[Cluster] = []


def pytest_sessionstart(session):
    # A terminated run ends its processes too; a test would take a SystemExit for its own failure.
    signal.signal(signal.SIGTERM, lambda *_: pytest.exit("terminated", 143))


@pytest.fixture(scope="session")
def make_cluster(tmp_path_factory):
    """Makes clusters that are not started, each on a broker of its own, and ends them."""
    made: list[Cluster] = []

    def make(theme: str, dealerships: int | Dealerships = 4, **options) -> Cluster:
        directory = tmp_path_factory.mktemp(theme)
        if isinstance(dealerships, int):
            dealerships = Dealerships(dealerships, theme)
        cluster = Cluster(directory, Broker(directory).start(), dealerships, **options)
        made.append(cluster)
        _clusters.append(cluster)
        return cluster

    yield make
    for cluster in made:
        cluster.end()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failure shows the ends of the logs."""
    report = (yield).get_result()
    if report.failed:
        for cluster in _clusters:
            parts = [*cluster.services.values(), cluster.broker, *([cluster.carrier] if cluster.carrier else [])]
            for process in [one.process for one in parts]:
                if process.child and cluster.directory.exists():
                    state = "running" if process.is_alive() else f"ended {process.child.poll()}"
                    report.sections.append((f"{cluster.directory.name} {process.name} ({state})", process.tail(12)))
