"""Sweeps that meet each other, workers and holders (S42, S44)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from keyfob.credentials.store import CredentialRow
from local.stack import Stack
from tests.races.at_once import at_once
from tests.support.effort import effort
from tests.support.running import lives as points
from tests.support.running.clock import sweep
from tests.support.running.inside import BY, FROM_HERE, Inside
from tests.support.running.lifecycle_control import LifecycleControl
from tests.support.running.lives import DAY, HOUR, Life, Lives
from tests.support.running.wire import Wire

_MINUTE = HOUR / 60
_ROUNDS = effort(1, 20)


def test_sweeps_at_once_have_everything_done_once(
    stack: Stack, inside: Inside, lives: Lives, lifecycle_control: LifecycleControl
) -> None:
    """S42: four of them, and a worker; what is done stays done, and nothing is left."""
    lifecycle_control.sweep()
    whole = lives.begin(points.EXPIRY)
    inside.clockwork().perform(whole.account, by=BY)
    (wanted,) = lives.standing(whole)
    for _ in range(_ROUNDS):
        due = [lives.begin(points.EXPIRY, lease=-_MINUTE) for _ in range(4)]
        acts: list[Callable[[], object]] = [partial(_swept, inside) for _ in range(3)]
        acts += [partial(sweep, stack), lifecycle_control.work]
        at_once(acts)
        lifecycle_control.work()
        assert lives.standing(*due) == [wanted] * len(due)


def test_a_suspension_at_the_moment_of_a_sweep_is_planned(
    inside: Inside, lives: Lives, lifecycle_control: LifecycleControl
) -> None:
    """S42: really at once, with the clock's worker behind the sweep."""
    lifecycle_control.sweep()
    for _ in range(_ROUNDS):
        life = lives.begin(points.NOTHING, lease=-_MINUTE)
        acts: list[Callable[[], object]] = [
            partial(_swept, inside),
            partial(_suspend, inside.at(life.born), life),
            partial(inside.clockwork().perform, life.account, by=BY),
        ]
        at_once(acts)
        lifecycle_control.work()
        assert lives.planned(life) == 30 * DAY
        (standing,) = lives.standing(life)
        assert standing.promised == ["credential_suspended"]


def _swept(inside: Inside) -> set[str]:
    """What a sweep has queued."""
    queue = inside.queue_wire()
    assert inside.sweep(CredentialRow, queue=queue).run(_plenty).finished
    return _bodies(queue)


def _bodies(queue: Wire) -> set[str]:
    return {
        json.loads(entry["MessageBody"])["due"]
        for _, request in queue.sent
        for entry in request["Entries"]
    }


def _plenty() -> timedelta:
    return HOUR


def _suspend(inside: Inside, life: Life, wire: Wire | None = None) -> None:
    inside.management(wire).suspend(life.credential, FROM_HERE.as_account(life.account))
