"""Recoveries that lose a race, or are killed at every step (A4, F3, S46)."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import partial

import pytest

from keyfob.domain.sessions.errors import PasswordResetPending, WrongRecoveryCode
from local.stack import Stack
from tests.support.running.fixtures import Switch
from tests.support.running.holder_attempts import account_of
from tests.support.running.inside import FROM_HERE, Inside
from tests.support.running.people import person
from tests.support.running.recovering import (
    DONE,
    NEW,
    RIGHT,
    WRONG,
    asked,
    confirm,
    elsewhere,
    happened,
    mailed,
    revoke,
    told,
)
from tests.support.running.rows import Rows
from tests.support.running.wire import Killed, RequestKiller, Wire, deaths_of, die, nothing


def test_the_reset_waits_for_a_recovery_whose_password_is_on_its_way_F3(
    stack: Stack, inside: Inside, rows: Rows, relay: Switch
) -> None:
    """The password store gets the chosen one after the revocation."""
    someone = person(stack)
    account, code = account_of(someone), asked(stack, inside, someone)
    relay(on=False)
    store, wire = inside.passwords(), inside.wire()
    # Between the first commit and the password store there is no request: revoke right after it.
    wire.after("transact_write_items", lambda: revoke(inside, account))
    with pytest.raises(PasswordResetPending):
        inside.recovery(wire).confirm(someone.user_id, code, NEW, FROM_HERE)
    effect = rows.pending_reset(account)
    assert effect
    inside.outbox_processor(inside.reset().perform).deliver(effect)
    assert rows.pending_reset(account) == effect
    assert store.check(account, NEW) is RIGHT
    stack.clock.move(timedelta(seconds=61))
    inside.outbox_processor(inside.reset().perform).deliver(effect)
    assert rows.pending_reset(account) is None
    assert store.check(account, NEW) is WRONG


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("commit", [1, 2])
def test_a_recovery_killed_around_a_commit_has_happened_so_far_and_can_go_on_S46(
    *, stack: Stack, inside: Inside, rows: Rows, when: str, commit: int
) -> None:
    someone = person(stack)
    account, code, wire = account_of(someone), asked(stack, inside, someone), inside.wire()
    _kill(wire, when, commit)
    with pytest.raises(Killed):
        inside.recovery(wire).confirm(someone.user_id, code, NEW, elsewhere())
    began, ended = (commit, when) != (1, "before"), (commit, when) == (2, "after")
    counts = happened(rows, someone)
    assert counts["password.recovery_begun"] == began
    assert counts["password.recovered"] == ended
    assert told(rows, someone) == ended
    assert (rows.sessions(account) == {}) is began
    # The password store gets the password between the two.
    store = inside.passwords()
    assert store.check(account, NEW) is (RIGHT if commit == 2 else WRONG)

    if not began:
        assert confirm(inside, someone, code) == DONE
        return
    assert confirm(inside, someone, code) == "wrong_recovery_code"
    again = asked(stack, inside, someone)
    if not ended:
        assert confirm(inside, someone, again, "another new phrase") == "busy"
        stack.clock.move(timedelta(seconds=61))
    assert confirm(inside, someone, again, "another new phrase") == DONE
    assert store.check(account, "another new phrase") is RIGHT


def test_a_request_killed_anywhere_leaves_a_code_that_was_mailed_or_none_S46(
    stack: Stack, inside: Inside, rows: Rows
) -> None:
    """Before and after each of its requests to the tables; the next request works normally."""
    someone = person(stack)
    calm = inside.with_policy(recovery_mails=20)
    killer = RequestKiller()
    calm.recovery(killer.over(stack.client("dynamodb"))).request(someone.user_id, elsewhere())
    queued = len(_codes(rows))
    assert killer.requests.count("transact_write_items") == 1
    for number, when in deaths_of(killer.requests):
        killer = RequestKiller(number, when)
        with pytest.raises(Killed):
            calm.recovery(killer.over(stack.client("dynamodb"))).request(
                someone.user_id, elsewhere()
            )
        queued += (killer.requests[-1], when) == ("transact_write_items", "after")
        assert len(_codes(rows)) == queued
    calm.recovery().request(someone.user_id, elsewhere())
    codes = mailed(stack, someone, number=3)
    assert len(set(codes)) == 1
    assert Counter(confirm(calm, someone, code) for code in codes) == {
        DONE: 1,
        "wrong_recovery_code": 2,
    }


def test_a_recovery_whose_code_is_used_before_its_commit_is_refused_A4(
    stack: Stack, inside: Inside, rows: Rows
) -> None:
    """Somebody else who has the code was faster."""
    someone, wire = person(stack), inside.wire()
    code = asked(stack, inside, someone)
    faster: list[str] = []
    used = partial(confirm, inside, someone, code, "the faster one's phrase")
    wire.before("transact_write_items", lambda: faster.append(used()))
    with pytest.raises(WrongRecoveryCode):
        inside.recovery(wire).confirm(someone.user_id, code, NEW, FROM_HERE)
    assert faster == [DONE]
    assert inside.passwords().check(account_of(someone), "the faster one's phrase") is RIGHT


def test_a_recovery_whose_code_is_mailed_again_before_its_commit_is_done_S56(
    stack: Stack, inside: Inside
) -> None:
    """A stranger may ask for it at any time."""
    someone, wire = person(stack), inside.wire()
    code = asked(stack, inside, someone)
    again: list[str] = []
    wire.before("transact_write_items", lambda: again.append(asked(stack, inside, someone)))
    inside.recovery(wire).confirm(someone.user_id, code, NEW, FROM_HERE)
    assert again == [code]
    assert inside.passwords().check(account_of(someone), NEW) is RIGHT


def _codes(rows: Rows) -> list[object]:
    """Every message of a recovery code."""
    return [one for made in rows.queued_by_subject().values() for one in made if _brings_code(one)]


def _brings_code(row: dict[str, object]) -> bool:
    return row["kind"] == "recovery_code"


def _kill(wire: Wire, when: str, commit: int) -> None:
    around = wire.before if when == "before" else wire.after
    around("transact_write_items", *[nothing] * (commit - 1), die)
