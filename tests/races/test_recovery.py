"""Recoveries at once, beside sign-ins and revocations, and killed at every step (A4, S17, S22)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest

from keyfob.errors import (
    Busy,
    DomainError,
    NotAuthenticated,
    PasswordResetPending,
    WrongCredentials,
    WrongRecoveryCode,
)
from keyfob.sessions.client import Client
from keyfob.sessions.limits import Charge, Limit, Limits
from keyfob.sessions.password import PasswordCheck
from local.client import Person, mails
from local.stack import Stack
from tests.races.at_once import at_once, crowd
from tests.races.test_reset import revoke
from tests.support.effort import effort
from tests.support.recovering import codes_in
from tests.support.running.clock import at_last
from tests.support.running.fixtures import Switch
from tests.support.running.holder_attempts import account_of
from tests.support.running.inside import FROM_HERE, Inside
from tests.support.running.people import PERMANENT, new_address, person
from tests.support.running.rows import Rows
from tests.support.running.wire import Killed, RequestKiller, Wire, deaths_of, die, nothing

NEW = "a new phrase that nobody knows"
ROUNDS = effort(1, 20)
RIGHT, WRONG = PasswordCheck.RIGHT, PasswordCheck.WRONG
DONE = "done"


def elsewhere() -> Client:
    """An address of one's own."""
    return replace(FROM_HERE, address=new_address())


def mailed(stack: Stack, someone: Person, *, number: int) -> list[str]:
    """The codes that this person has been mailed, once there are so many."""
    address = f"{someone.user_id}@acme.example"

    def found() -> list[str]:
        codes = codes_in(one["text"] for one in mails(stack.url, to=address))
        return codes if len(codes) == number else []

    return at_last(stack, found, f"{number} codes by mail")


def asked(stack: Stack, inside: Inside, someone: Person) -> str:
    """A code that this person has asked for, from the newest mail."""
    address = f"{someone.user_id}@acme.example"

    def codes() -> list[str]:
        return codes_in(one["text"] for one in mails(stack.url, to=address))

    before = len(codes())
    inside.recovery().request(someone.user_id, elsewhere())
    return at_last(stack, lambda: codes()[before:], "a code by mail")[-1]


class Boundless(Limits):
    """No counter keeps anybody from going on, or holds anybody up."""

    def __init__(self) -> None:
        """Nothing is kept."""

    def charge(self, limit: Limit, subject: str, now: datetime) -> Charge:
        """Nothing is counted."""
        return Charge(key=subject, window_end="")

    def give_back(self, charge: Charge) -> None:
        """Nothing was counted."""


def confirm(
    inside: Inside, someone: Person, code: str, password: str = NEW, limits: Limits | None = None
) -> str:
    """How it ends."""
    recovery = inside.recovery()
    recovery._limits = limits or recovery._limits
    try:
        recovery.confirm(someone.user_id, code, password, elsewhere())
    except DomainError as refusal:
        return refusal.code
    return DONE


def sign_in(inside: Inside, someone: Person, password: str) -> None:
    """Sign in, if that is let."""
    with suppress(NotAuthenticated, WrongCredentials, PasswordResetPending, Busy):
        inside.sign_in(inside.passwords()).sign_in(someone.user_id, password, elsewhere())


def happened(rows: Rows, someone: Person) -> Counter[str]:
    """The recoveries that began and ended."""
    entries = rows.entries(f"ACTOR#{account_of(someone)}")
    return Counter(str(one["action"]) for one in entries if "recover" in str(one["action"]))


def told(rows: Rows, someone: Person) -> int:
    """How many promises there are to tell of a recovery."""
    return len(rows.effects(f"ACCOUNT#{account_of(someone)}", "password_recovered"))


def test_of_twenty_right_codes_at_once_one_sets_its_password_S17(
    stack: Stack, inside: Inside, rows: Rows
) -> None:
    someone = person(stack)
    code = asked(stack, inside, someone)
    words = [f"{number} phrases that nobody knows" for number in range(effort(8, 20))]
    ends = at_once([partial(confirm, inside, someone, code, one, Boundless()) for one in words])
    assert ends.count(DONE) == 1
    # Who read the code before it was used, and the sessions after: a password is on its way.
    assert set(ends) <= {DONE, "wrong_recovery_code", "busy"}
    store, account = inside.passwords(), account_of(someone)
    counts = [word for word in words if store.check(account, word) is RIGHT]
    assert counts == [words[ends.index(DONE)]]
    assert happened(rows, someone)["password.recovery_begun"] == 1
    assert told(rows, someone) == 1


def test_of_twenty_right_codes_over_the_api_one_sets_its_password_S17(
    stack: Stack, inside: Inside, rows: Rows
) -> None:
    """The others: it is used, a password is on its way, or there were too many tries."""
    someone = person(stack)
    code = asked(stack, inside, someone)

    def send() -> int:
        body = {"user_id": someone.user_id, "code": code, "password": NEW}
        stranger = Person(someone.url, "", headers={"X-Forwarded-For": new_address()})
        return stranger.call("POST", "/password-recovery/confirmation", body).status_code

    ends = crowd([send] * 20)
    assert ends.count(204) == 1
    assert set(ends) <= {204, 403, 429, 503}
    assert told(rows, someone) == 1
    assert someone.sign_in(NEW)["strength"] == 1


def test_of_thirty_wrong_codes_at_once_twenty_are_looked_at_S4(
    stack: Stack, inside: Inside
) -> None:
    someone = person(stack)
    asked(stack, inside, someone)
    ends = at_once([partial(confirm, inside, someone, "0000-0000")] * 30)
    # Whoever was overtaken at the counter every time was not looked at either.
    assert Counter(ends)["wrong_recovery_code"] <= 20
    assert set(ends) <= {"wrong_recovery_code", "too_many_tries", "busy"}


def test_of_requests_at_once_the_newest_code_counts_and_no_other_A4(
    stack: Stack, inside: Inside
) -> None:
    someone = person(stack)
    ask = partial(inside.recovery().request, someone.user_id, FROM_HERE)
    at_once([ask, ask, ask])
    found = mailed(stack, someone, number=3)
    ends = [confirm(inside, someone, code) for code in found]
    assert Counter(ends) == {DONE: 1, "wrong_recovery_code": 2}


def test_no_sign_in_with_the_old_password_survives_a_recovery_S22(
    stack: Stack, inside: Inside, rows: Rows
) -> None:
    for _ in range(ROUNDS):
        someone = person(stack)
        code = asked(stack, inside, someone)
        attempts: list[Callable[[], object]] = [
            partial(sign_in, inside, someone, PERMANENT) for _ in range(4)
        ]
        recovery: Callable[[], object] = partial(confirm, inside, someone, code)
        at_once([*attempts, recovery])
        assert happened(rows, someone)["password.recovered"] == 1
        assert rows.sessions(account_of(someone)) == {}
        assert inside.passwords().check(account_of(someone), PERMANENT) is WRONG


def test_a_revocation_at_the_same_moment_is_the_one_that_counts_S22(
    stack: Stack, inside: Inside, rows: Rows, relay: Switch
) -> None:
    """F3: whichever commits first, what was mailed by the reset is the password in the end."""
    for _ in range(ROUNDS):
        someone = person(stack)
        account, code = account_of(someone), asked(stack, inside, someone)
        relay(on=False)
        acts: list[Callable[[], object]] = [
            partial(confirm, inside, someone, code),
            partial(revoke, inside, account),
        ]
        end, _ = at_once(acts)
        effect = rows.pending_reset(account)
        assert effect
        stack.clock.move(timedelta(seconds=61))
        inside.courier(inside.reset().perform).deliver(effect)
        assert rows.pending_reset(account) is None
        assert rows.sessions(account) == {}
        assert inside.passwords().check(account, NEW) is WRONG
        assert end in {DONE, "password_reset_pending"}
        assert (told(rows, someone) == 1) is (end == DONE)
        relay(on=True)


def test_the_reset_waits_for_a_recovery_whose_password_is_on_its_way_F3(
    stack: Stack, inside: Inside, rows: Rows, relay: Switch
) -> None:
    """The password store is told the chosen one after the revocation."""
    someone = person(stack)
    account, code = account_of(someone), asked(stack, inside, someone)
    relay(on=False)
    store, wire = inside.passwords(), inside.wire()
    # Between the first commit and the password store nothing is sent: revoke right after it.
    wire.after("transact_write_items", lambda: revoke(inside, account))
    with pytest.raises(PasswordResetPending):
        inside.recovery(wire).confirm(someone.user_id, code, NEW, FROM_HERE)
    effect = rows.pending_reset(account)
    assert effect
    inside.courier(inside.reset().perform).deliver(effect)
    assert rows.pending_reset(account) == effect
    assert store.check(account, NEW) is RIGHT
    stack.clock.move(timedelta(seconds=61))
    inside.courier(inside.reset().perform).deliver(effect)
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
    # The password store is told between the two.
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
    """Before and after each of its requests to the tables; the next request is as good as ever."""
    someone = person(stack)
    calm = inside.with_policy(recovery_requests=1_000, recovery_tries=1_000)
    killer = RequestKiller()
    calm.recovery(killer.over(stack.client("dynamodb"))).request(someone.user_id, elsewhere())
    promised = len(_codes(rows))
    assert killer.requests.count("transact_write_items") == 1
    for number, when in deaths_of(killer.requests):
        killer = RequestKiller(number, when)
        with pytest.raises(Killed):
            calm.recovery(killer.over(stack.client("dynamodb"))).request(
                someone.user_id, elsewhere()
            )
        promised += (killer.requests[-1], when) == ("transact_write_items", "after")
        assert len(_codes(rows)) == promised
    calm.recovery().request(someone.user_id, elsewhere())
    codes = mailed(stack, someone, number=3)
    assert Counter(confirm(calm, someone, code) for code in codes) == {
        DONE: 1,
        "wrong_recovery_code": 2,
    }


def test_a_recovery_whose_code_dies_before_its_commit_is_refused_A4(
    stack: Stack, inside: Inside, rows: Rows
) -> None:
    """A new code was asked for after the old one had been found right."""
    someone, wire = person(stack), inside.wire()
    code = asked(stack, inside, someone)
    newer: list[str] = []
    wire.before("transact_write_items", lambda: newer.append(asked(stack, inside, someone)))
    with pytest.raises(WrongRecoveryCode):
        inside.recovery(wire).confirm(someone.user_id, code, NEW, FROM_HERE)
    assert inside.passwords().check(account_of(someone), PERMANENT) is RIGHT
    assert rows.sessions(account_of(someone)) != {}
    assert confirm(inside, someone, newer[0]) == DONE


def _codes(rows: Rows) -> list[object]:
    """Every promise of a recovery code."""
    return [one for made in rows.promised().values() for one in made if _brings_code(one)]


def _brings_code(row: dict[str, object]) -> bool:
    return row["kind"] == "recovery_code"


def _kill(wire: Wire, when: str, commit: int) -> None:
    around = wire.before if when == "before" else wire.after
    around("transact_write_items", *[nothing] * (commit - 1), die)
