"""Making accounts, the one way for operators, administrators and registrations.

An account's first password is made by the service and mailed sealed (A10): the account begins with
a pending reset, whose effect is queued in the same transaction and makes the login, too
(`usecases/sessions/reset.py`). Until the effect is done, nobody signs in.

Entries stay for ever, so that of an account they have neither names nor addresses.
"""

from __future__ import annotations

from dataclasses import dataclass

from keyfob.domain import ids
from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.audit.facts import added as as_facts
from keyfob.domain.clock import Clock
from keyfob.domain.directory.account import Account
from keyfob.domain.directory.role import Role
from keyfob.domain.messages.outbox import Message
from keyfob.domain.sessions.session import Sessions
from keyfob.storage.directory import members
from keyfob.storage.directory import store as rows
from keyfob.storage.sessions import store as session_rows
from keyfob.storage.transaction import TransactionPart
from keyfob.usecases.sessions.reset import reset_effect

FIRST_EPOCH = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """An account to make.

    `partner` is the one that a partner administrator acts for. Without a temporary password it
    gets one by mail; only the local stage's accounts may have a typed one. `sealed_password` is one
    that was sealed for the effect that sets it (`first_reset`).
    """

    account: Account
    roles: tuple[Role, ...]
    partner: str | None = None
    temporary_password: str | None = None
    sealed_password: bytes | None = None


def new_account_id() -> str:
    """An id that reveals nothing about the person."""
    return ids.new_id("acc")


def first_reset(account: str) -> str:
    """The id of the effect that sets the first password of this account, before there is one."""
    return reset_effect(account, FIRST_EPOCH, "").id


def made(new: NewAccount, *, by: Actor, clock: Clock) -> TransactionPart:
    """The part of a transaction that makes this account; an id or user id in use is a conflict."""
    account, roles, now = new.account, new.roles, clock()
    put, user_id = rows.put_account(account)
    first = _first_password(new, by)
    sessions = Sessions(
        account=account.id,
        organization=account.organization,
        roles=roles,
        active=account.active,
        epoch=FIRST_EPOCH,
        pending_reset=first.id if first else None,
        partner=new.partner,
        newcomer=True,
    )
    facts = as_facts(
        {
            "organization": account.organization,
            "roles": roles,
            "partner": new.partner,
            "applications": account.applications,
            "language": account.language,
        }
    )
    administers = Role.ORGANIZATION_ADMINISTRATOR in roles
    entry = Entry(
        action="account.added",
        actor=by,
        at=now,
        subject=put.subject.id if put.subject else None,
        facts=facts,
    )
    return TransactionPart(
        writes=[
            put,
            user_id,
            members.put(account, roles, now),
            session_rows.put(sessions),
            *([rows.list_administrator(account, now)] if administers else []),
            *([rows.list_partner_administrator(account, new.partner)] if new.partner else []),
        ],
        audit=[entry],
        messages=[first] if first else [],
    )


def _first_password(new: NewAccount, by: Actor) -> Message | None:
    if new.temporary_password is not None:
        return None
    return reset_effect(new.account.id, FIRST_EPOCH, by.correlation, sealed=new.sealed_password)
