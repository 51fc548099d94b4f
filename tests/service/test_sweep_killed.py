"""Sweeps that die, meet each other, or race with a new plan of a row (S42, S46).

Everything that a sweep has leased is on a queue, and a plan outlives every lease.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from keyfob.storage.credentials.store import CredentialRow
from keyfob.usecases.due import sweep as module
from tests.support.builders import by_password
from tests.support.running import lives as points
from tests.support.running.inside import BY, FROM_HERE, Inside
from tests.support.running.lifecycle_control import LifecycleControl
from tests.support.running.lives import DAY, HOUR, Life, Lives
from tests.support.running.sweeping import plenty, queued, suspend, swept
from tests.support.running.wire import Killed, Wire, die, nothing

_MINUTE = HOUR / 60
_DEATHS: dict[str, Callable[[Wire, Wire], None]] = {
    "before queueing": lambda _, queue: queue.before("send_message_batch", die),
    "between queueing and leasing": lambda _, queue: queue.after("send_message_batch", die),
    "in the middle of a batch": lambda table, _: table.before("update_item", nothing, die),
    "between two batches": lambda _, queue: queue.before("send_message_batch", nothing, die),
    "after the last lease": lambda table, _: table.after("update_item", nothing, nothing, die),
}


def test_wherever_a_sweep_dies_all_that_was_due_is_done_once(
    inside: Inside,
    lives: Lives,
    lifecycle_control: LifecycleControl,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """S44: a row queued twice is processed once; an unqueued row is not leased."""
    lifecycle_control.sweep()
    monkeypatch.setattr(module, "_BATCH", 2)
    whole = lives.begin(points.NOTICE)
    inside.lifecycle_jobs().perform(whole.account, by=BY)
    everybody: list[Life] = []
    for death, kill in _DEATHS.items():
        due = [_due(lives) for _ in range(3)]
        queued = _sweep_killed(inside, kill)
        leased = {one.due for one in due if lives.planned(one) > 0 * HOUR}
        assert leased <= queued, death
        queued |= swept(inside)
        assert queued == {one.due for one in due}, death
        assert all(lives.planned(one) > 59 * _MINUTE for one in due), death
        everybody += due
    assert lifecycle_control.work() == {one.due for one in everybody}
    assert lives.standing(*everybody) == lives.standing(whole) * len(everybody)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lease_never_takes_the_place_of_a_plan(
    *, inside: Inside, lives: Lives, lifecycle_control: LifecycleControl, when: str
) -> None:
    """F5, S44: it is re-enabled between the sweep's reading and leasing, or just after that."""
    lifecycle_control.sweep()
    life = lives.begin(points.REMINDER_3, lease=-_MINUTE)
    wire = inside.wire()
    around = wire.before if when == "before" else wire.after
    around("update_item", lambda: _lift(inside, life))
    inside.sweep(CredentialRow, wire=wire).run(plenty)
    assert lives.planned(life) == 170 * DAY, "30 days before it expires"


@pytest.mark.parametrize("act", ["a suspension", "a moot message"])
def test_a_plan_is_made_though_a_lease_comes_between(
    *, inside: Inside, lives: Lives, lifecycle_control: LifecycleControl, act: str
) -> None:
    """S44: a writer that read the row before the lease still moves it on."""
    lifecycle_control.sweep()
    life, wire = lives.begin(points.NOTHING, lease=-_MINUTE), inside.wire()
    if act == "a suspension":
        wire.before("transact_write_items", lambda: swept(inside))
        suspend(inside.at(life.born), life, wire)
        assert lives.planned(life) == 30 * DAY
    else:
        wire.before("update_item", lambda: swept(inside))
        inside.lifecycle_jobs(wire).perform(life.account, by=BY)
        assert lives.planned(life) == 70 * DAY


def test_a_plan_that_daily_use_overtakes_is_made_again(inside: Inside, lives: Lives) -> None:
    """S44: a sign-in raises the version and plans nothing; the row may not stay leased by it."""
    life, wire = lives.begin(points.NOTHING), inside.wire()
    wire.before("update_item", partial(lives.use, life.account))
    inside.lifecycle_jobs(wire).perform(life.account, by=BY)
    assert lives.planned(life) == 70 * DAY


def _due(lives: Lives) -> Life:
    return lives.begin(points.NOTICE, lease=-_MINUTE)


def _sweep_killed(inside: Inside, kill: Callable[[Wire, Wire], None]) -> set[str]:
    """The rows that a sweep had queued when it died."""
    table, queue = inside.wire(), inside.queue_wire()
    kill(table, queue)
    with pytest.raises(Killed):
        inside.sweep(CredentialRow, wire=table, queue=queue).run(plenty)
    return queued(queue)


def _lift(inside: Inside, life: Life) -> None:
    proof = by_password(inside.clock())
    inside.management().lift(life.credential, proof, FROM_HERE.as_account(life.account))
