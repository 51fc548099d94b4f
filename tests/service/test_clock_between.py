"""Other writes come between the clock's reading and writing, and the reverse (F5-F7, B7).

Each pair runs in both orders, with the other write at the critical point: the second writer decides
again on the present state.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest

from keyfob.domain.credentials.milestones import MilestoneKind
from keyfob.domain.errors import IllegalTransition, NotFound
from keyfob.domain.sessions.errors import NotAuthenticated, WrongCredentials
from keyfob.domain.sessions.password import PasswordCheck
from keyfob.domain.sessions.permission import OWN
from keyfob.domain.sessions.session import parse_token
from keyfob.storage.idempotency import IdempotencyRecord
from keyfob.usecases.credentials.registration import Pair
from keyfob.usecases.credentials.verification import Typed
from local.client import mails
from local.stack import Stack
from tests.support.builders import a_binder, by_password
from tests.support.running import lives as points
from tests.support.running.fixtures import Switch
from tests.support.running.holder_attempts import Stock, account_of, ask, manage
from tests.support.running.inside import BY, FROM_HERE, Inside
from tests.support.running.lives import DAY, Life, Lives, Point, suspended
from tests.support.running.people import PERMANENT, person
from tests.support.running.renewing import Renewer
from tests.support.running.rows import Rows
from tests.support.running.wire import Wire

pytestmark = pytest.mark.usefixtures("lifecycle_control")

_SECOND = timedelta(seconds=1)
# The revocation is due a second from now.
_LAST_SECOND: Point = suspended(60 * DAY - _SECOND, told=3 * DAY)
_LAPSED = "credential.lapsed"


@pytest.mark.parametrize("first", ["the clock", "its holder"])
def test_re_enabled_a_second_before_its_revocation_it_lives_if_that_is_written_first(
    inside: Inside, lives: Lives, first: str
) -> None:
    """F5, F7: the holder decides at R - 1 s, the clock at R; one of them is too late."""
    life = lives.begin(_LAST_SECOND)
    clock, holder = inside.at(life.born + _SECOND), inside.at(life.born)
    if first == "its holder":
        wire = inside.wire()
        wire.before("transact_write_items", lambda: _lift(holder, life))
        assert clock.lifecycle_jobs(wire).perform(life.account, by=BY) is None
        _lives_on(lives, life, "credential.reenabled", "credential_reenabled")
    else:
        wire = inside.wire()
        wire.before("transact_write_items", lambda: _tick(clock, life))
        with pytest.raises(NotFound):
            _lift(holder, life, wire)
        _is_over(lives, life)


def test_re_enabling_in_the_second_of_the_revocation_is_too_late(
    inside: Inside, lives: Lives
) -> None:
    """F7: even if the clock has not come to it yet."""
    life = lives.begin(_LAST_SECOND)
    with pytest.raises(IllegalTransition):
        _lift(inside.at(life.born + _SECOND), life)
    _tick(inside.at(life.born + _SECOND), life)
    _is_over(lives, life)


@pytest.mark.parametrize("first", ["the clock", "its holder"])
def test_revoked_by_its_holder_and_by_the_clock_it_ends_once(
    inside: Inside, lives: Lives, first: str
) -> None:
    """F3, F6: one entry, one message; the password is reset only if the holder was first."""
    life, wire = lives.begin(points.LAPSE_OF_SUSPENDED), inside.wire()
    if first == "its holder":
        wire.before("transact_write_items", lambda: _revoke(inside, life))
        assert inside.lifecycle_jobs(wire).perform(life.account, by=BY) is None
    else:
        wire.before("transact_write_items", lambda: _tick(inside, life))
        with pytest.raises(NotFound):
            _revoke(inside, life, wire)
    (standing,) = lives.standing(life)
    ends = {"the clock": "lapsed", "its holder": "revoked"}
    assert standing.happened == ["test.begun", f"credential.{ends[first]}"]
    assert standing.queued == [f"credential_{ends[first]}"]
    assert (standing.sessions, standing.epoch, standing.token[0]) == (0, 2, "retired")


@pytest.mark.parametrize("first", ["the clock", "the payment"])
def test_paid_a_second_before_its_revocation_it_is_renewed_or_the_money_goes_back(
    *,
    stack: Stack,
    inside: Inside,
    rows: Rows,
    lives: Lives,
    stripe: Switch,
    relay: Switch,
    first: str,
) -> None:
    """B7, F6: never both, never neither."""
    stripe(webhooks="drop")
    relay(on=False)
    renewer = Renewer(stack, lives, points.EXPIRY)
    paid, wire = renewer.paid(), inside.wire()
    lives.age(renewer.account, lambda now: {"expires_at": _a_year_before(now + _SECOND)})
    now = inside.clock().replace(microsecond=0)
    ends = lives.live(renewer.account).revokes_at(inside.policy)
    clock, buyer = inside.at(max(now, ends)), inside.at(ends - _SECOND)
    if first == "the payment":
        wire.before("transact_write_items", lambda: buyer.payments().settle(paid.checkout, by=BY))
        # The added year ends in that very second.
        done = clock.lifecycle_jobs(wire).perform(renewer.account, by=BY)
        assert done
        assert done.kind is MilestoneKind.EXPIRY
    else:
        wire.before(
            "transact_write_items",
            lambda: clock.lifecycle_jobs().perform(renewer.account, by=BY),
        )
        buyer.payments(wire).settle(paid.checkout, by=BY)
    (standing,) = lives.standing(renewer.life)
    order, kinds = rows.order(paid.number), {one["kind"] for one in rows.queued(paid.number)}
    if first == "the payment":
        assert (order["state"], standing.live) == ("fulfilled", True)
        assert standing.queued == ["credential_expired", "credential_renewed"]
        assert "refund_payment" not in kinds
    else:
        assert (order["state"], standing.live) == ("held", False)
        assert standing.queued == ["credential_lapsed"]
        assert {"refund_payment", "renewal_refused"} <= kinds
        assert rows.sessions(renewer.account) == {}


@pytest.mark.parametrize("act", ["a password", "a code"])
def test_no_session_that_begins_or_rises_in_parallel_survives_the_clocks_revocation(
    *, inside: Inside, rows: Rows, lives: Lives, supply: Stock, act: str
) -> None:
    """S22: read before the revocation, written after it."""
    holder, wire = supply.holder(), inside.wire()
    account = account_of(holder.person)
    wire.before("transact_write_items", partial(_end, inside, lives, account))
    token, user_id = parse_token(holder.person.token), holder.person.user_id
    acts: dict[str, Callable[[], object]] = {
        "a code": lambda: inside.verification(wire).elevate(
            token, lambda: Typed(method="token", code=holder.device.code()), OWN, FROM_HERE
        ),
        "a password": lambda: inside.sign_in(_Right(), wire).sign_in(user_id, PERMANENT, FROM_HERE),
    }
    with pytest.raises((NotAuthenticated, WrongCredentials)):
        acts[act]()
    assert rows.sessions(account) == {}
    (row,) = rows.credentials(account)
    assert (row["state"], rows.happened(row)[-1]) == ("revoked", _LAPSED)
    assert rows.pending_reset(account) is None, "nobody is suspected to know the password"


def test_a_token_that_is_registered_in_parallel_stays_free_if_the_clock_was_first(
    *, stack: Stack, inside: Inside, rows: Rows, lives: Lives, supply: Stock
) -> None:
    """F6: it isn't bound to a revoked credential."""
    someone, entitlement, wire = person(stack), supply.next(), inside.wire()
    account, device = account_of(someone), entitlement.device
    credential = someone.redeem(entitlement.license_key)["id"]
    someone.expect(200, "POST", f"/credentials/{credential}/activation")
    pair = device.pair()
    typed = Pair(first=pair["first_code"], second=pair["second_code"])
    record = IdempotencyRecord(account=account, key=credential, body="registration")
    wire.before("transact_write_items", partial(_end, inside, lives, account))
    with pytest.raises(NotFound):
        inside.registration(wire).register(
            credential,
            device.serial,
            typed,
            a_binder(FROM_HERE.as_account(account), by_password(inside.clock()).session),
            record,
        )
    assert "state" not in rows.token(device.serial)
    (row,) = rows.credentials(account)
    assert (row["state"], rows.happened(row)[-1]) == ("revoked", _LAPSED)


@pytest.mark.parametrize("act", ["a sign-in", "a sign-out everywhere", "its token given up"])
def test_a_revocation_by_the_clock_that_is_overtaken_ends_what_came_before_it(
    *, inside: Inside, rows: Rows, lives: Lives, supply: Stock, act: str
) -> None:
    """S22, F6: everything written in between ends, too."""
    holder, wire = supply.holder(), inside.wire()
    account = account_of(holder.person)
    epoch = rows.epoch(account)
    lives.age(account, points.LAPSE_OF_EXPIRED)
    acts: dict[str, Callable[[], object]] = {
        "a sign-in": holder.another_session,
        "a sign-out everywhere": lambda: ask(holder.person, "DELETE", "/sessions"),
        "its token given up": lambda: manage(holder, "token/revocation"),
    }
    wire.before("transact_write_items", acts[act])
    assert inside.lifecycle_jobs(wire).perform(account, by=BY)
    assert rows.sessions(account) == {}
    assert rows.epoch(account) - epoch == (2 if act == "a sign-out everywhere" else 1)
    (row,) = rows.credentials(account)
    assert row["state"] == "revoked"
    assert rows.happened(row).count(_LAPSED) == 1
    token = rows.token(holder.device.serial)
    assert token["state"] == "retired"
    entries = [one["action"] for one in rows.entries(f"TOKEN#{holder.device.serial}")]
    assert entries.count("token.retired") == 1


def test_a_reminder_that_a_renewal_overtakes_is_never_queued(inside: Inside, lives: Lives) -> None:
    """B7, S44: the notice of the new era is due instead."""
    life, wire = lives.begin(points.REMINDER_OF_EXPIRED), inside.wire()
    wire.before("transact_write_items", partial(lives.renew, life.account))
    done = inside.lifecycle_jobs(wire).perform(life.account, by=BY)
    assert done
    assert done.kind is MilestoneKind.RENEWAL_NOTICE
    (standing,) = lives.standing(life)
    assert standing.queued == ["credential_renewed", "renewal_notice"]


@pytest.mark.parametrize("when", ["before it is claimed", "after that", "in the night"])
@pytest.mark.parametrize("averted", ["renewed", "re-enabled", "revoked"])
def test_a_reminder_queued_before_it_is_averted_is_never_sent(
    *,
    stack: Stack,
    inside: Inside,
    rows: Rows,
    lives: Lives,
    relay: Switch,
    when: str,
    averted: str,
) -> None:
    """F7, S44: the notifier checks the present state when it sends."""
    relay(on=False)
    point = points.REMINDER_OF_EXPIRED if averted == "renewed" else points.REMINDER_3
    life, wire = lives.begin(point, hour=2 if when == "in the night" else 12), inside.wire()
    _tick(inside, life)
    (message,) = [one["pk"] for one in rows.queued_by_subject()[life.subject]]
    avert = {
        "renewed": partial(lives.renew, life.account),
        "re-enabled": partial(_lift, inside, life),
        "revoked": partial(_revoke, inside, life),
    }[averted]
    if when == "in the night":
        inside.notifier().deliver(message)
        assert rows.message(message)["state"] == "pending"
        avert()
        morning = life.born.replace(minute=0, second=0) + 6 * points.HOUR
        inside.at(morning).notifier().deliver(message)
    elif when == "after that":
        wire.after("update_item", avert)
        inside.notifier(wire).deliver(message)
    else:
        avert()
        inside.notifier(wire).deliver(message)
    assert rows.message(message)["state"] == "moot"
    assert mails(stack.url, to=life.email) == []


class _Right:
    def check(self, account: str, password: str) -> PasswordCheck:
        return PasswordCheck.RIGHT

    def set_password(self, account: str, password: str) -> None:
        """Sets nothing."""


def _tick(inside: Inside, life: Life) -> None:
    assert inside.lifecycle_jobs().perform(life.account, by=BY)


def _end(inside: Inside, lives: Lives, account: str) -> None:
    """The revocation becomes due, and the clock performs it."""
    lives.age(account, points.LAPSE_OF_EXPIRED)
    assert inside.lifecycle_jobs().perform(account, by=BY)


def _lift(inside: Inside, life: Life, wire: Wire | None = None) -> None:
    proof = by_password(inside.clock())
    inside.management(wire).lift(life.credential, proof, FROM_HERE.as_account(life.account))


def _revoke(inside: Inside, life: Life, wire: Wire | None = None) -> None:
    by = FROM_HERE.as_account(life.account)
    proof = by_password(inside.clock())
    inside.management(wire).revoke(life.credential, proof, by, confirmed=True)


def _a_year_before(at: datetime) -> datetime:
    return at.replace(year=at.year - 1)


def _is_over(lives: Lives, life: Life) -> None:
    (standing,) = lives.standing(life)
    assert (standing.state, standing.live, standing.planned) == ("revoked", False, None)
    assert standing.happened == ["test.begun", _LAPSED]
    assert standing.queued == ["credential_lapsed"]
    assert (standing.sessions, standing.epoch, standing.token[0]) == (0, 2, "retired")


def _lives_on(lives: Lives, life: Life, change: str, message: str) -> None:
    (standing,) = lives.standing(life)
    assert (standing.state, standing.live) == ("active", True)
    assert standing.happened == ["test.begun", change]
    assert standing.queued == [message]
    assert (standing.sessions, standing.epoch, standing.token[0]) == (1, 1, "assigned")
