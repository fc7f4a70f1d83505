"""What a seed and a number of minutes give."""

from collections import Counter

import pytest

from faults import KINDS
from schedule import BROKER_GAP, REST, WARM_UP, plan, rounds

ALL = list(KINDS)


def test_a_seed_gives_one_schedule():
    assert plan(7, 10, ALL) == plan(7, 10, ALL)
    assert plan(7, 10, ALL) != plan(8, 10, ALL)


@pytest.mark.parametrize("seed", range(20))
def test_the_short_form_has_every_kind(seed):
    (faults,) = plan(seed, 2.5, ALL)
    assert set(one.kind for one in faults) == set(KINDS)
    assert len(faults) >= 15


@pytest.mark.parametrize("seed", range(5))
def test_the_long_form_has_over_three_hundred(seed):
    assert sum(map(len, plan(seed, 25, ALL))) > 330


def test_what_concerns_everybody_leaves_time_in_between():
    for faults in plan(1, 25, ALL):
        times = [one.at for one in faults if KINDS[one.kind].CONCERNS_ALL]
        assert all(b - a >= BROKER_GAP - 0.1 for a, b in zip(times, times[1:]))


def test_rounds_are_alike_and_not_too_long():
    assert rounds(2.5) == [150]
    assert len(rounds(25)) == 9 and max(rounds(25)) <= 180
    assert sum(rounds(26)) == pytest.approx(26 * 60)
    for minutes in (2.5, 25):
        for seconds, faults in zip(rounds(minutes), plan(1, minutes, ALL)):
            assert faults[0].at >= WARM_UP and faults[-1].at <= seconds - REST


def test_only_the_kinds_that_were_asked_for():
    assert Counter(one.kind for faults in plan(1, 5, ["kill"]) for one in faults).keys() == {"kill"}
    assert plan(1, 1, []) == [[]]
