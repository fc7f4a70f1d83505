"""The tests of the chaos run's own parts find them, and the system tests' kit."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "System")]

from kit.fixtures import *  # noqa: E402, F403
