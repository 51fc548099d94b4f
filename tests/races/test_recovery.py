"""Recoveries at once, and beside sign-ins and revocations (A4, S17, S22)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from local.client import Person
from local.stack import Stack
from tests.races.at_once import at_once, crowd
from tests.support.effort import effort
from tests.support.running.fixtures import Switch
from tests.support.running.holder_attempts import account_of
from tests.support.running.inside import FROM_HERE, Inside
from tests.support.running.people import PERMANENT, new_address, person
from tests.support.running.recovering import (
    DONE,
    NEW,
    RIGHT,
    WRONG,
    Boundless,
    asked,
    confirm,
    happened,
    mailed,
    revoke,
    sign_in,
    told,
)
from tests.support.running.rows import Rows

ROUNDS = effort(1, 20)


def test_one_of_twenty_right_codes_at_once_sets_its_password_S17(
    stack: Stack, inside: Inside, rows: Rows
) -> None:
    someone = person(stack)
    code = asked(stack, inside, someone)
    words = [f"{number} phrases that nobody knows" for number in range(effort(8, 20))]
    ends = at_once([partial(confirm, inside, someone, code, one, Boundless()) for one in words])
    assert ends.count(DONE) == 1
    # "busy": the code was read before it was used, the sessions after: a password is on its way.
    assert set(ends) <= {DONE, "wrong_recovery_code", "busy"}
    store, account = inside.passwords(), account_of(someone)
    counts = [word for word in words if store.check(account, word) is RIGHT]
    assert counts == [words[ends.index(DONE)]]
    assert happened(rows, someone)["password.recovery_begun"] == 1
    assert told(rows, someone) == 1


def test_one_of_twenty_right_codes_over_the_api_sets_its_password_S17(
    stack: Stack, inside: Inside, rows: Rows
) -> None:
    """The others: it is used, a password is on its way, or there were too many tries."""
    someone = person(stack)
    code = asked(stack, inside, someone)

    def send() -> int:
        body = {"user_id": someone.user_id, "code": code, "password": NEW}
        stranger = Person(someone.url, "", headers={"X-Forwarded-For": new_address()})
        return stranger.call("POST", "/password-recovery/confirmation", body).status_code

    ends = crowd([send] * effort(8, 20))
    assert ends.count(204) == 1
    assert set(ends) <= {204, 403, 429, 503}
    assert told(rows, someone) == 1
    assert someone.sign_in(NEW)["strength"] == 1


def test_wrong_codes_at_once_from_everywhere_keep_the_right_one_good_S56(
    stack: Stack, inside: Inside
) -> None:
    someone = person(stack)
    code = asked(stack, inside, someone)
    ends = at_once([partial(confirm, inside, someone, "00000-00000-00000")] * 30)
    assert Counter(ends) == {"wrong_recovery_code": 30}
    assert confirm(inside, someone, code) == DONE


def test_requests_at_once_mail_one_code_A4(stack: Stack, inside: Inside) -> None:
    someone = person(stack)
    ask = partial(inside.recovery().request, someone.user_id, FROM_HERE)
    at_once([ask, ask, ask])
    found = mailed(stack, someone, number=3)
    assert len(set(found)) == 1
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
    """F3: whichever commits first, the password of the reset's mail is the one in the end."""
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
        inside.outbox_processor(inside.reset().perform).deliver(effect)
        assert rows.pending_reset(account) is None
        assert rows.sessions(account) == {}
        assert inside.passwords().check(account, NEW) is WRONG
        assert end in {DONE, "password_reset_pending"}
        assert (told(rows, someone) == 1) is (end == DONE)
        relay(on=True)
