"""Recovery by a mailed code, and the loss of a password by a revocation, step by step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from keyfob.domain.audit.entry import Entry
from keyfob.domain.errors import Busy, DomainError
from keyfob.domain.limits import Quota
from keyfob.domain.messages.outbox import Message
from keyfob.domain.sessions.client import Client
from keyfob.domain.sessions.errors import NotAuthenticated, PasswordResetPending, WrongCredentials
from keyfob.domain.sessions.password import PasswordCheck
from keyfob.storage.limits import Charge, Limits
from keyfob.storage.sessions import store as session_rows
from keyfob.storage.sessions.store import SessionStore
from keyfob.usecases.sessions.reset import reset_effect
from local.client import Person, mails
from local.stack import Stack
from tests.support.recovering import codes_in
from tests.support.running.clock import at_last
from tests.support.running.holder_attempts import account_of
from tests.support.running.inside import BY, FROM_HERE, Inside
from tests.support.running.people import new_address
from tests.support.running.rows import Rows

NEW = "a new phrase that nobody knows"
RIGHT, WRONG = PasswordCheck.RIGHT, PasswordCheck.WRONG
DONE = "done"


def elsewhere() -> Client:
    """A client with an address of its own."""
    return replace(FROM_HERE, address=new_address())


def mailed(stack: Stack, someone: Person, *, number: int) -> list[str]:
    """The codes in this person's mails, once there are so many."""
    address = f"{someone.user_id}@acme.example"

    def found() -> list[str]:
        codes = codes_in(one["text"] for one in mails(stack.url, to=address))
        return codes if len(codes) == number else []

    return at_last(stack, found, f"{number} codes by mail")


def asked(stack: Stack, inside: Inside, someone: Person) -> str:
    """A new code that this person requested, from the newest mail."""
    address = f"{someone.user_id}@acme.example"

    def codes() -> list[str]:
        return codes_in(one["text"] for one in mails(stack.url, to=address))

    before = len(codes())
    inside.recovery().request(someone.user_id, elsewhere())
    return at_last(stack, lambda: codes()[before:], "a code by mail")[-1]


class Boundless(Limits):
    """Limits that never refuse."""

    def __init__(self) -> None:
        """Needs no store."""

    def take(self, quotas: Sequence[Quota], now: datetime) -> Sequence[Charge]:
        """Counts nothing."""
        return ()

    def clear(self, quotas: Iterable[Quota]) -> None:
        """There is nothing to forget."""


def confirm(
    inside: Inside, someone: Person, code: str, password: str = NEW, limits: Limits | None = None
) -> str:
    """The result of the recovery."""
    recovery = inside.recovery()
    recovery._limits = limits or recovery._limits
    try:
        recovery.confirm(someone.user_id, code, password, elsewhere())
    except DomainError as refusal:
        return refusal.code
    return DONE


def sign_in(inside: Inside, someone: Person, password: str) -> None:
    """Sign in, if possible."""
    with suppress(NotAuthenticated, WrongCredentials, PasswordResetPending, Busy):
        inside.sign_in(inside.passwords()).sign_in(someone.user_id, password, elsewhere())


def happened(rows: Rows, someone: Person) -> Counter[str]:
    """The recoveries that began and ended."""
    entries = rows.entries(f"ACTOR#{account_of(someone)}")
    return Counter(str(one["action"]) for one in entries if "recover" in str(one["action"]))


def told(rows: Rows, someone: Person) -> int:
    """The number of notifications of a recovery."""
    return len(rows.effects(f"ACCOUNT#{account_of(someone)}", "password_recovered"))


def revoke(inside: Inside, account: str) -> Message:
    """Commits a revocation's changes of sessions and password."""
    transactions, store = inside.transactions(), SessionStore(inside.database())

    def attempt() -> Message:
        seen = store.get(account)
        assert seen
        message = reset_effect(account, seen.epoch + 1, "races")
        entry = Entry(action="credential.revoked", actor=BY, at=inside.clock())
        revoked = session_rows.restart(seen, pending_reset=message.id)
        transactions.commit(revoked, audit=[entry], messages=[message])
        return message

    return transactions.retry_on_conflict(attempt)
