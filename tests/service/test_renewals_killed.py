"""A renewal's payment, killed around its commit: the year and the order, or neither (B7, S46)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from local.client import eventually
from local.stack import Stack
from tests.support.running import lives as points
from tests.support.running.clock import sweep
from tests.support.running.fixtures import Switch
from tests.support.running.inside import BY, Inside
from tests.support.running.lives import Lives
from tests.support.running.renewing import Renewed, Renewer
from tests.support.running.rows import Rows
from tests.support.running.shop import worker
from tests.support.running.stripe_side import StripeSide
from tests.support.running.wire import Killed, RequestKiller

Killing = Callable[[Renewed, RequestKiller], None]


def test_a_renewal_killed_anywhere_adds_its_year_once(
    stack: Stack, inside: Inside, rows: Rows, lives: Lives, stripe: Switch
) -> None:
    """B7, S42: the queue brings some again, the clock finds the others."""
    stripe(webhooks="drop")
    renewer = Renewer(stack, lives, points.EXPIRY)
    until = lives.live(renewer.account).expires_at
    whole, *killed = _killed_everywhere(inside, renewer, lambda _: None)
    landed = [one for one in killed if rows.order(one.number)["state"] == "fulfilled"]
    others = [one for one in killed if one not in landed]
    assert landed
    assert {rows.order(one.number)["state"] for one in others} == {"awaiting_payment"}
    assert lives.live(renewer.account).expires_at == _years(until, 1 + len(landed))

    _goes_on(stack, killed)
    renewals = [whole, *killed]
    eventually(
        lambda: all(rows.order(one.number)["state"] == "fulfilled" for one in renewals),
        what="every renewal is fulfilled",
    )
    assert {tuple(rows.changes(one.number)) for one in renewals} == {_CHANGES["order.paid"]}
    (standing,) = lives.standing(renewer.life)
    assert standing.happened.count("credential.renewed") == len(renewals)
    assert standing.queued.count("credential_renewed") == len(renewals)
    assert lives.live(renewer.account).expires_at == _years(until, len(renewals))
    assert standing.credential_epoch == 1, "what the expired one's codes had given is gone, once"


def test_a_renewal_that_comes_too_late_is_held_and_refunded_once_wherever_it_is_killed(
    *,
    stack: Stack,
    inside: Inside,
    rows: Rows,
    lives: Lives,
    stripe: Switch,
    stripe_side: StripeSide,
) -> None:
    """B7, S42: the credential stays as it is; the money goes back by one effect."""
    stripe(webhooks="drop")
    renewer = Renewer(stack, lives, points.EXPIRY)

    def too_late(_paid: object) -> None:
        lives.age(renewer.account, points.LAPSE_OF_EXPIRED)

    whole, *killed = _killed_everywhere(inside, renewer, too_late)
    _goes_on(stack, killed)
    renewals = [whole, *killed]
    eventually(
        lambda: all("refund" in rows.order(one.number) for one in renewals),
        what="every payment is given back",
    )
    assert {tuple(rows.changes(one.number)) for one in renewals} == {
        (*_CHANGES["order.renewal_refused"], "order.refunded")
    }
    for one in renewals:
        assert rows.order(one.number)["state"] == "held"
        kinds = [message["kind"] for message in rows.queued(one.number)]
        assert sorted(kinds) == ["order_refunded", "refund_payment", "renewal_refused"]
    (standing,) = lives.standing(renewer.life)
    assert "credential.renewed" not in standing.happened
    assert "credential_renewed" not in standing.queued


_CHANGES = {
    last: ("order.placed", "order.checkout_opened", last)
    for last in ("order.paid", "order.renewal_refused")
}


def _killed_everywhere(
    inside: Inside, renewer: Renewer, before: Callable[[list[Renewed]], None]
) -> list[Renewed]:
    """One settled renewal, then renewals whose settling was killed around its commit or later."""
    paid = [renewer.paid() for _ in range(4)]
    before(paid)
    whole, *others = paid
    alive = RequestKiller()
    _settle(inside, whole, alive)
    commit, last = alive.requests.index("transact_write_items") + 1, len(alive.requests)
    assert alive.requests.count("transact_write_items") == 1
    for one, number, when in zip(
        others, (commit, commit, last), ("before", "after", "after"), strict=True
    ):
        with pytest.raises(Killed):
            _settle(inside, one, RequestKiller(number, when))
    return paid


def _settle(inside: Inside, paid: Renewed, killer: RequestKiller) -> None:
    inside.payments(killer.over(inside.wire())).settle(paid.checkout, by=BY)


def _goes_on(stack: Stack, killed: list[Renewed]) -> None:
    """The queue brings two of the messages again, and the clock checks every order."""
    for one in killed[1:]:
        assert worker(stack, "PaymentWorkerFunction", **one.message)()
    stack.clock.move(timedelta(minutes=6))
    sweep(stack)


def _years(after: datetime, years: int) -> datetime:
    return after.replace(year=after.year + years)
