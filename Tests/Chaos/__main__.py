"""Chaos on real processes: services and broker under a standard load, faults by a schedule, then the checker.

    arguments → schedule.plan → for each round: Stage, Load, Canary, Conductor → Aftermath → checker → report
"""

import argparse
import os
import shutil
import signal
import sys
import time
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "System")]
# A port must still be free when its process comes back: not where other tests look for theirs.
os.environ.setdefault("DIRECTCHAT_TEST_PORTS", "24000-24999")

import report  # noqa: E402
from aftermath import Aftermath  # noqa: E402
from canary import Canary  # noqa: E402
from checker.invariants import check  # noqa: E402
from checker.run import Run  # noqa: E402
from conductor import Conductor  # noqa: E402
from faults import KINDS  # noqa: E402
from kit import tree  # noqa: E402
from schedule import plan, rounds  # noqa: E402
from stage import Stage  # noqa: E402

RATE = 200.0
OUT = tree.ROOT / ".build-chaos"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="compose/chaos", description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=2.5, help="of load under faults (2.5)")
    parser.add_argument("--seed", type=int, default=1, help="of the schedule (1)")
    parser.add_argument("--kinds", default=",".join(KINDS), help=f"of {', '.join(KINDS)}; none: no faults")
    parser.add_argument("--rate", type=float, default=RATE, help="messages a second (200)")
    parser.add_argument("--plan", action="store_true", help="only print the schedule")
    parser.add_argument("--keep", action="store_true", help="keep the folders of rounds in which all went well")
    given = parser.parse_args()
    given.kinds = [] if given.kinds == "none" else given.kinds.split(",")
    if unknown := set(given.kinds) - set(KINDS):
        parser.error(f"unknown kinds: {', '.join(sorted(unknown))}")
    if not 0.5 <= given.minutes <= 600:
        parser.error("--minutes is 0.5 to 600")
    return given


def say(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {what}", flush=True)


def play(number: int, seconds: float, faults: list, given: argparse.Namespace) -> report.Round:
    folder = OUT / f"round-{number}"
    shutil.rmtree(folder, ignore_errors=True)
    stage = Stage(folder / "world", given.rate, given.seed)
    conductor = Conductor(stage, faults)
    troubles: list[str] = []
    findings, facts = [], {}
    try:
        stage.start()
        canary = Canary(stage)
        canary.sing()
        say(f"round {number}: {len(faults)} faults in {seconds:.0f} s")
        conductor.run(seconds)
        for one in conductor.done:
            say(f"  {one}")
        say(f"round {number}: {stage.load.history.accepted} messages accepted; settling")
        aftermath = Aftermath(stage, canary, folder / "run")
        aftermath.run(max([one.ended for one in conductor.done], default=time.monotonic()))
        troubles += aftermath.troubles
        say(f"round {number}: checking")
        findings = check(Run.load(folder / "run"))
    except Exception as error:
        traceback.print_exc()
        troubles.append(f"the round ended early: {error!r}")
    finally:
        if stage.load and stage.oncall:
            facts = report.facts_of(stage)
        for at, what in stage.notes:
            say(f"  note: {what}")
        stage.end()
    done = report.Round(number, seconds, conductor.done, findings, troubles, facts)
    bad = done.failures or any(not one.holds for one in findings)
    if not given.keep:
        shutil.rmtree(folder if not bad else folder / "world" / "thrice", ignore_errors=True)
    say(f"round {number}: {'FAILED, see ' + str(folder.relative_to(tree.ROOT)) if bad else 'all holds'}")
    return done


def main() -> int:
    given = arguments()
    schedule = plan(given.seed, given.minutes, given.kinds)
    if given.plan:
        for number, faults in enumerate(schedule, 1):
            print(f"round {number}, {rounds(given.minutes)[number - 1]:.0f} s")
            print("\n".join(str(one) for one in faults))
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    OUT.mkdir(exist_ok=True)
    say(f"seed {given.seed}, {given.minutes:g} minutes, {sum(map(len, schedule))} faults planned")
    done = []
    for number, (seconds, faults) in enumerate(zip(rounds(given.minutes), schedule), 1):
        done.append(play(number, seconds, faults, given))
        said = report.save(OUT, given.seed, given.minutes, done)
    print(said)
    return 1 if report.verdict(done)[1] else 0


if __name__ == "__main__":
    sys.exit(main())
