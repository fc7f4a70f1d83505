"""Checks a saved run: `python3 Tests/Chaos/checker FOLDER`. Exit code 1 where an invariant does not hold."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from checker.invariants import check  # noqa: E402
from checker.run import Run  # noqa: E402


def main() -> int:
    findings = check(Run.load(Path(sys.argv[1])))
    for one in findings:
        facts = ", ".join(f"{number} {what}" for what, number in one.counts.items())
        print(f"{'holds  ' if one.holds else 'BROKEN '} {one.invariant}: {facts}")
        for what in one.violations[:20]:
            print(f"        {what}")
    broken = sum(not one.holds for one in findings)
    print(f"{len(findings) - broken} passed, {broken} failed")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
