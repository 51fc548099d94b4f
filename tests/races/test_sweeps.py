"""Sweeps race with each other, workers and holders (S42, S44)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from local.stack import Stack
from tests.races.at_once import at_once
from tests.support.effort import effort
from tests.support.running import lives as points
from tests.support.running.clock import sweep
from tests.support.running.inside import BY, Inside
from tests.support.running.lifecycle_control import LifecycleControl
from tests.support.running.lives import DAY, HOUR, Lives
from tests.support.running.sweeping import suspend, swept

_MINUTE = HOUR / 60
_ROUNDS = effort(1, 20)


def test_sweeps_at_once_have_everything_done_once(
    stack: Stack, inside: Inside, lives: Lives, lifecycle_control: LifecycleControl
) -> None:
    """S42: four of them, and a worker; finished work stays done, and nothing is left."""
    lifecycle_control.sweep()
    whole = lives.begin(points.EXPIRY)
    inside.lifecycle_jobs().perform(whole.account, by=BY)
    (wanted,) = lives.standing(whole)
    for _ in range(_ROUNDS):
        due = [lives.begin(points.EXPIRY, lease=-_MINUTE) for _ in range(4)]
        acts: list[Callable[[], object]] = [partial(swept, inside) for _ in range(3)]
        acts += [partial(sweep, stack), lifecycle_control.work]
        at_once(acts)
        lifecycle_control.work()
        assert lives.standing(*due) == [wanted] * len(due)


def test_a_suspension_at_the_moment_of_a_sweep_is_planned(
    inside: Inside, lives: Lives, lifecycle_control: LifecycleControl
) -> None:
    """S42: really parallel, with the clock's worker behind the sweep."""
    lifecycle_control.sweep()
    for _ in range(_ROUNDS):
        life = lives.begin(points.NOTHING, lease=-_MINUTE)
        acts: list[Callable[[], object]] = [
            partial(swept, inside),
            partial(suspend, inside.at(life.born), life),
            partial(inside.lifecycle_jobs().perform, life.account, by=BY),
        ]
        at_once(acts)
        lifecycle_control.work()
        assert lives.planned(life) == 30 * DAY
        (standing,) = lives.standing(life)
        assert standing.queued == ["credential_suspended"]
