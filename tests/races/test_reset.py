"""A password is reset while people sign in with it (F3): none of their sessions survives (S22)."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from keyfob.domain.messages.outbox import Message
from keyfob.domain.sessions.errors import NotAuthenticated, PasswordResetPending, WrongCredentials
from keyfob.domain.sessions.password import PasswordCheck
from keyfob.storage.sessions.store import SessionStore
from keyfob.usecases.sessions.sign_in import Identity
from local.client import Person, mails
from local.stack import Stack
from tests.races.at_once import at_once
from tests.support.effort import effort
from tests.support.running.clock import at_last
from tests.support.running.fixtures import Switch
from tests.support.running.inside import FROM_HERE, Inside
from tests.support.running.people import PERMANENT, TEMPORARY, new_address, person, unsigned
from tests.support.running.recovering import revoke
from tests.support.running.rows import Rows
from tests.support.running.shop import worker
from tests.support.running.wire import Killed, die

ROUNDS = effort(2, 20)
_PASSWORD = re.compile(r"\b(?:[0-9A-Z]{5}-){3}[0-9A-Z]{5}\b")
_REFUSALS = (NotAuthenticated, PasswordResetPending, WrongCredentials)


def test_only_the_mailed_password_opens_the_account(
    stack: Stack, inside: Inside, rows: Rows
) -> None:
    """From the revocation to a new password, over the deployed functions."""
    someone = person(stack)
    account, old = _account(someone), someone.token
    revoke(inside, account)
    assert someone.call("GET", "/session").status_code == 401
    at_last(stack, lambda: rows.pending_reset(account) is None, "the reset is done")
    password = _mailed(stack, someone)
    credentials = {"user_id": someone.user_id, "password": PERMANENT}
    stranger = Person(someone.url, someone.user_id, headers=someone.headers)
    stranger.expect(401, "POST", "/session", credentials)
    challenge = someone.sign_in(password)
    assert challenge["status"] == "new_password_required"
    someone.token = someone.expect(
        201, "POST", "/session/new-password", {"password": "another long password"}
    )["token"]
    assert someone.token != old
    someone.expect(200, "GET", "/session")


def test_no_sign_in_at_the_moment_of_a_revocation_survives(
    stack: Stack, inside: Inside, rows: Rows, relay: Switch
) -> None:
    """Four sign-ins and the revocation at once, then four and two workers with its effect."""
    relay(on=False)
    for _ in range(ROUNDS):
        someone = person(stack)
        account = _account(someone)
        attempts: list[Callable[[], object]] = [partial(_try, inside, someone)] * 4
        revocation: Callable[[], object] = partial(revoke, inside, account)
        at_once([*attempts, revocation])
        effect = rows.pending_reset(account)
        assert effect
        assert rows.sessions(account) == {}
        reset: Callable[[], object] = partial(
            inside.outbox_processor(inside.reset().perform).deliver, effect
        )
        at_once([*attempts, reset, reset])
        assert rows.pending_reset(account) is None
        assert rows.sessions(account) == {}
        assert len(_resets(rows, account)) == 1


def test_a_right_password_gets_409_while_the_reset_is_pending(
    stack: Stack, inside: Inside, rows: Rows, relay: Switch
) -> None:
    """The old password still counts at the password store."""
    relay(on=False)
    someone = person(stack)
    revoke(inside, _account(someone))
    stranger = Person(someone.url, someone.user_id, headers=someone.headers)
    credentials = {"user_id": someone.user_id, "password": PERMANENT}
    refused = stranger.expect(409, "POST", "/session", credentials)
    assert refused["code"] == "password_reset_pending"
    wrong = stranger.expect(401, "POST", "/session", {**credentials, "password": "wrong one"})
    assert wrong["code"] == "wrong_credentials"
    assert rows.sessions(_account(someone)) == {}


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_worker_killed_around_its_commit_leaves_one_password_that_counts(
    *, stack: Stack, inside: Inside, rows: Rows, relay: Switch, moment: str
) -> None:
    """S46: the killed worker set a password already; the next one sets another, or does nothing."""
    relay(on=False)
    someone = person(stack)
    account = _account(someone)
    message = revoke(inside, account)
    wire = inside.wire()
    getattr(wire, moment)("transact_write_items", die)
    with pytest.raises(Killed):
        inside.outbox_processor(inside.reset(wire).perform).deliver(message.id)
    assert (rows.pending_reset(account) is None) is (moment == "after")
    stack.clock.move(timedelta(seconds=61))
    assert worker(stack, "EffectsWorkerFunction", due=message.id)()
    assert rows.pending_reset(account) is None
    relay(on=True)
    password = _mailed(stack, someone)
    assert someone.sign_in(password)["status"] == "new_password_required"
    assert len(_resets(rows, account)) == 1


def test_a_revocation_during_a_new_password_is_the_one_that_counts(
    stack: Stack, inside: Inside, rows: Rows, relay: Switch
) -> None:
    """The password store gets the chosen one after the revocation; the reset waits for it."""
    relay(on=False)
    someone = unsigned(stack)
    challenge = someone.sign_in(TEMPORARY)
    assert challenge["strength"] == 0
    account, session = _account(someone), someone.token.split(".")[1]
    store = inside.passwords()
    queued: list[Message] = []

    def revoked() -> None:
        queued.append(revoke(inside, account))
        assert worker(stack, "EffectsWorkerFunction", due=queued[0].id)()
        assert rows.pending_reset(account) == queued[0].id

    seen = SessionStore(inside.database()).get(account)
    assert seen
    sign_in = inside.sign_in(_Slow(store, revoked))
    with pytest.raises(NotAuthenticated):
        sign_in.set_password(account, seen.live[session], PERMANENT, FROM_HERE)
    assert rows.sessions(account) == {}
    stack.clock.move(timedelta(seconds=61))
    assert worker(stack, "EffectsWorkerFunction", due=queued[0].id)()
    assert rows.pending_reset(account) is None
    assert store.check(account, PERMANENT) is PasswordCheck.WRONG


class _Slow:
    """The password store; something happens just before it gets a new password."""

    def __init__(self, store: Identity, meanwhile: Callable[[], object]) -> None:
        self._store = store
        self._meanwhile = meanwhile

    def check(self, account: str, password: str) -> PasswordCheck:
        """Delegates unchanged."""
        return self._store.check(account, password)

    def set_password(self, account: str, password: str) -> None:
        """Delegates after the act."""
        self._meanwhile()
        self._store.set_password(account, password)


def _account(someone: Person) -> str:
    return someone.token.split(".")[0]


def _try(inside: Inside, someone: Person) -> None:
    """Sign in with the password from before, from an address of its own."""
    client = replace(FROM_HERE, address=new_address())
    with suppress(*_REFUSALS):
        inside.sign_in(inside.passwords()).sign_in(someone.user_id, PERMANENT, client)


def _mailed(stack: Stack, someone: Person) -> str:
    """The password in the one mail that brings one."""

    def found() -> list[str]:
        address = f"{someone.user_id}@acme.example"
        subject = "Your temporary password"
        texts = [one["text"] for one in mails(stack.url, to=address, containing=subject)]
        return [password for text in texts for password in _PASSWORD.findall(text)]

    [password] = at_last(stack, found, "a temporary password by mail")
    return password


def _resets(rows: Rows, account: str) -> list[object]:
    """This account's entries about completed resets."""
    done = [entry for entry in rows.entries("ACTOR#effects") if account in str(entry["facts"])]
    return [entry for entry in done if entry["action"] == "password.reset"]
