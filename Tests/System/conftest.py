"""Fixtures of the system tests."""

import pytest

from kit.cluster import Cluster
from kit.fixtures import *  # noqa: F403


@pytest.fixture(scope="session")
def cluster(make_cluster) -> Cluster:
    """For tests that leave it as they found it: each has conversations of its own."""
    return make_cluster("shop").start()
