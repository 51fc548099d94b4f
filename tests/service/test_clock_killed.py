"""The clock's worker, and acts that move its dates, killed around every request: all or nothing.

Afterwards the service recovers: the queue brings the message again, the lease runs out and the
sweep queues it anew, or the person asks once more. The result is that of a life without a death
(S46).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from keyfob.domain.audit.entry import Actor
from local.stack import Stack
from tests.support.builders import by_password
from tests.support.running import lives as points
from tests.support.running.inside import BY, FROM_HERE, Inside
from tests.support.running.lifecycle_control import LifecycleControl
from tests.support.running.lives import Life, Lives, Point, Standing
from tests.support.running.shop import worker
from tests.support.running.wire import Killed, RequestKiller, Wire, deaths_of

Act = Callable[[Inside, Wire, Life], object]

_CLOCK = {
    "renewal notice": points.NOTICE,
    "expiry": points.EXPIRY,
    "30 days' reminder": points.REMINDER_30,
    "15 days' reminder": points.REMINDER_15,
    "3 days' reminder": points.REMINDER_3,
    "revocation of a suspended one": points.LAPSE_OF_SUSPENDED,
    "revocation of an expired one": points.LAPSE_OF_EXPIRED,
    "nothing is due": points.NOTHING,
}


@dataclass
class Death:
    """A life whose act was killed before or after its `number`-th request."""

    life: Life
    number: int
    when: str


@pytest.mark.parametrize("what", _CLOCK)
def test_every_act_of_the_clock_is_done_once_wherever_its_worker_is_killed(
    *, stack: Stack, inside: Inside, lives: Lives, lifecycle_control: LifecycleControl, what: str
) -> None:
    """F5, F6, F7, S42: the queue brings half of them again, the sweep all of them."""

    def perform(inside: Inside, wire: Wire, life: Life) -> None:
        inside.lifecycle_jobs(wire).perform(life.account, by=BY)

    whole, deaths = _killed_everywhere(inside, lives, _CLOCK[what], perform)
    for death in deaths[::2]:
        assert worker(stack, "LifecycleWorkerFunction", due=death.life.due)()
    stack.clock.move(timedelta(minutes=61))
    ended = [death.life for death in deaths]
    lifecycle_control.sweep()
    assert lives.standing(*ended) == [whole] * len(ended)
    # An old message does no harm.
    assert worker(stack, "LifecycleWorkerFunction", due=ended[0].due)()
    assert lives.standing(ended[0]) == [whole]


@pytest.mark.parametrize("what", ["suspension", "lifting"])
def test_a_suspension_or_its_end_is_planned_with_it_wherever_it_is_killed(
    inside: Inside, lives: Lives, what: str
) -> None:
    """F5, F7: the plan never lacks the sixty days, and never keeps them after the suspension."""
    point = points.REMINDER_3 if what == "lifting" else points.NOTHING

    def act(inside: Inside, wire: Wire, life: Life) -> None:
        management = inside.management(wire)
        change = management.lift if what == "lifting" else management.suspend
        change(life.credential, by_password(inside.clock()), _holder(life))

    whole, deaths = _killed_everywhere(inside, lives, point, act)
    for death in deaths:
        act(inside.at(death.life.born), inside.wire(), death.life)
    assert {one.planned for one in lives.standing(*(one.life for one in deaths))} == {whole.planned}
    assert lives.standing(*(one.life for one in deaths)) == [whole] * len(deaths)


def _killed_everywhere(
    inside: Inside, lives: Lives, point: Point, act: Act
) -> tuple[Standing, list[Death]]:
    """The act's normal result, and lives in which it was killed at each of its requests."""
    life, alive = lives.begin(point), RequestKiller()
    (before,) = lives.standing(life)
    act(inside.at(life.born), _wire(inside, alive), life)
    (whole,) = lives.standing(life)
    assert whole != before
    deaths = []
    for number, when in deaths_of(alive.requests):
        life, killer = lives.begin(point), RequestKiller(number, when)
        with pytest.raises(Killed):
            act(inside.at(life.born), _wire(inside, killer), life)
        deaths.append(Death(life=life, number=number, when=when))
    for death, standing in zip(deaths, lives.standing(*(one.life for one in deaths)), strict=True):
        landed = _landed(alive.requests, death)
        assert standing == (whole if landed else before), (death.number, death.when)
    return whole, deaths


def _landed(requests: list[str], death: Death) -> bool:
    """Whether the one request that writes was carried out."""
    (commit,) = [
        number
        for number, operation in enumerate(requests, start=1)
        if operation in {"transact_write_items", "update_item"}
    ]
    return death.number > commit or (death.number, death.when) == (commit, "after")


def _wire(inside: Inside, killer: RequestKiller) -> Wire:
    return killer.over(inside.wire())


def _holder(life: Life) -> Actor:
    return FROM_HERE.as_account(life.account)
