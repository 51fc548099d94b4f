"""The clock several times at one due moment, and acts that would avert its step (S42, S44)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from keyfob.domain.errors import DomainError
from local.client import mails
from local.stack import Stack
from tests.races.at_once import at_once
from tests.support.builders import by_password
from tests.support.effort import effort
from tests.support.running import lives as points
from tests.support.running.fixtures import Switch
from tests.support.running.inside import BY, FROM_HERE, Inside
from tests.support.running.lives import DAY, Life, Lives, Point, suspended
from tests.support.running.renewing import Renewer
from tests.support.running.rows import Rows
from tests.support.running.shop import record, worker

_ROUNDS = effort(1, 20)
_SECOND = timedelta(seconds=1)
_LAST_SECOND: Point = suspended(60 * DAY - _SECOND, told=3 * DAY)

pytestmark = pytest.mark.usefixtures("lifecycle_control")


@pytest.mark.parametrize(
    "point",
    [points.NOTICE, points.REMINDER_15, points.LAPSE_OF_EXPIRED],
    ids=["notice", "reminder", "end"],
)
def test_many_copies_of_a_message_of_the_clock_at_once_do_it_once(
    stack: Stack, inside: Inside, lives: Lives, point: Point
) -> None:
    """S42: one change, one entry, one message; and a batch that holds it twice changes nothing."""
    whole, life = lives.begin(point), lives.begin(point)
    inside.lifecycle_jobs().perform(whole.account, by=BY)
    deployed = worker(stack, "LifecycleWorkerFunction", due=life.due)
    here = [
        partial(inside.lifecycle_jobs().perform, life.account, by=BY) for _ in range(effort(8, 18))
    ]
    acts: list[Callable[[], object]] = [*here, deployed, deployed]
    done = at_once(acts)
    assert sum(one is not None for one in done[: len(here)]) <= 1
    # A worker that loses every race gives the message back, and processes it the next time.
    assert all(taken or deployed() for taken in done[len(here) :])
    twice = record(due=life.due)["Records"] + record(due=life.due)["Records"]
    twice[1]["messageId"] = "race-2"
    answer = stack.invoke("LifecycleWorkerFunction", {"Records": twice})
    assert answer == {"batchItemFailures": []}
    assert lives.standing(life) == lives.standing(whole)


def test_re_enabled_at_the_last_second_by_many_while_the_clock_comes_it_lives_or_ends(
    inside: Inside, lives: Lives
) -> None:
    """F5, F7: the first writer decides for all of them."""
    ends = set()
    for _ in range(2 * _ROUNDS):
        life = lives.begin(_LAST_SECOND)
        clock, holder = inside.at(life.born + _SECOND), inside.at(life.born)
        tick = partial(clock.lifecycle_jobs().perform, life.account, by=BY)
        lift = partial(_refused, partial(_lift, holder, life))
        acts: list[Callable[[], object]] = [tick, lift, tick, lift]
        at_once(acts)
        (standing,) = lives.standing(life)
        (change,) = standing.happened[1:]
        assert standing.queued == [change.replace(".", "_")]
        assert standing.live is (change == "credential.reenabled")
        assert standing.sessions == int(standing.live)
        ends.add(change)
    assert ends <= {"credential.reenabled", "credential.lapsed"}


def test_revoked_by_its_holder_and_the_clock_at_once_it_ends_once(
    inside: Inside, rows: Rows, lives: Lives
) -> None:
    """F3, F6: the messages are those of the first writer, and none of the other."""
    for _ in range(_ROUNDS):
        life = lives.begin(points.LAPSE_OF_SUSPENDED)
        revoke = partial(_refused, partial(_revoke, inside, life))
        tick = partial(inside.lifecycle_jobs().perform, life.account, by=BY)
        acts: list[Callable[[], object]] = [tick, revoke, tick, revoke]
        at_once(acts)
        (standing,) = lives.standing(life)
        (change,) = standing.happened[1:]
        assert standing.queued == [change.replace(".", "_")]
        assert (standing.sessions, standing.epoch, standing.token[0]) == (0, 2, "retired")
        resets = rows.effects(f"ACCOUNT#{life.account}", "reset_password")
        assert len(resets) == (change == "credential.revoked")


def test_paid_at_the_last_second_while_the_clock_comes_it_is_renewed_or_refunded(
    *, stack: Stack, inside: Inside, rows: Rows, lives: Lives, stripe: Switch, relay: Switch
) -> None:
    """B7: two messages of the payment and two of the clock; order and credential agree."""
    stripe(webhooks="drop")
    relay(on=False)
    for _ in range(2):
        renewer = Renewer(stack, lives, points.EXPIRY)
        paid = renewer.paid()
        lives.age(renewer.account, points.expiring(-365 * DAY, told=3 * DAY))
        ends = lives.live(renewer.account).revokes_at(inside.policy)
        clock, buyer = inside.at(ends), inside.at(ends - _SECOND)
        tick = partial(clock.lifecycle_jobs().perform, renewer.account, by=BY)
        settle = partial(buyer.payments().settle, paid.checkout, by=BY)
        acts: list[Callable[[], object]] = [tick, settle, tick, settle]
        at_once(acts)
        (standing,) = lives.standing(renewer.life)
        kinds = {one["kind"] for one in rows.queued(paid.number)}
        if standing.live:
            assert rows.order(paid.number)["state"] == "fulfilled"
            assert standing.happened.count("credential.renewed") == 1
            assert "credential.lapsed" not in standing.happened
            assert "refund_payment" not in kinds
        else:
            assert rows.order(paid.number)["state"] == "held"
            assert "credential.renewed" not in standing.happened
            assert standing.happened.count("credential.lapsed") == 1
            assert "refund_payment" in kinds


def test_a_reminder_on_its_way_while_its_credential_is_renewed_is_sent_at_most_once(
    *, stack: Stack, inside: Inside, rows: Rows, lives: Lives, relay: Switch
) -> None:
    """S44: either it is sent before the renewal, or it is obsolete; never after that."""
    relay(on=False)
    for _ in range(_ROUNDS):
        life = lives.begin(points.REMINDER_OF_EXPIRED)
        inside.lifecycle_jobs().perform(life.account, by=BY)
        (message,) = [one["pk"] for one in rows.queued_by_subject()[life.subject]]
        acts: list[Callable[[], object]] = [
            partial(inside.notifier().deliver, message),
            partial(inside.notifier().deliver, message),
            partial(lives.renew, life.account),
        ]
        at_once(acts)
        inside.notifier().deliver(message)
        ended = rows.message(message)
        assert ended["attempts"] == 1
        assert len(mails(stack.url, to=life.email)) == {"done": 1, "moot": 0}[ended["state"]]


def _refused(act: Callable[[], object]) -> None:
    """The second writer is refused."""
    try:
        act()
    except DomainError:
        return


def _lift(inside: Inside, life: Life) -> None:
    proof = by_password(inside.clock())
    inside.management().lift(life.credential, proof, FROM_HERE.as_account(life.account))


def _revoke(inside: Inside, life: Life) -> None:
    by = FROM_HERE.as_account(life.account)
    proof = by_password(inside.clock())
    inside.management().revoke(life.credential, proof, by, confirmed=True)
