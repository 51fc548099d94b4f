"""Access of accounts to applications (A6). Pure.

    requested ──▶ approved ──▶ removed
             └──▶ denied        (denied and removed may be requested again)

An account's approved applications also stand in its own row, which every check reads; both change
in one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from keyfob.domain.directory.account import Account
from keyfob.domain.errors import IllegalTransition


class AccessState(StrEnum):
    """The state of an account's access to an application."""

    REQUESTED = "requested"
    APPROVED = "approved"
    DENIED = "denied"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """An account's access to an application; `reason` is the holder's, or the decider's."""

    account: str
    organization: str
    application: str
    state: AccessState
    at: datetime
    reason: str = ""
    decided_by: str | None = None

    @property
    def subject(self) -> str:
        """Its audit subject."""
        return f"ACCESS#{self.account}#{self.application}"


class Change(StrEnum):
    """A change of an account's access: the action of its audit entry."""

    REQUESTED = "access.requested"
    APPROVED = "access.approved"
    DENIED = "access.denied"
    REMOVED = "access.removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """An account's access, and what has changed; None if nothing has."""

    access: Access
    change: Change | None = None


def as_it_is(
    account: Account, application: str, seen: Access | None, now: datetime
) -> Access | None:
    """The account's access to the application; None if it never asked.

    The list in the account's own row decides. An application that it has without a request was
    given together with the account.
    """
    approved = seen is not None and seen.state is AccessState.APPROVED
    if approved is (application in account.applications):
        return seen
    if seen and approved:
        return replace(seen, state=AccessState.REMOVED)
    return Access(
        account=account.id,
        organization=account.organization,
        application=application,
        state=AccessState.APPROVED,
        at=now,
    )


def request(
    account: Account, application: str, seen: Access | None, *, reason: str, now: datetime
) -> Transition:
    """Ask for access; asking while a request waits, or with access, changes nothing."""
    present = as_it_is(account, application, seen, now)
    if present and present.state in (AccessState.REQUESTED, AccessState.APPROVED):
        return Transition(access=present)
    asked = Access(
        account=account.id,
        organization=account.organization,
        application=application,
        state=AccessState.REQUESTED,
        at=now,
        reason=reason,
    )
    return Transition(access=asked, change=Change.REQUESTED)


def decide(seen: Access, *, approve: bool, by: str, reason: str, now: datetime) -> Transition:
    """Approve or deny a request; the same decision again changes nothing.

    Raises:
        IllegalTransition: somebody has decided otherwise, or nothing was asked for.
    """
    to = AccessState.APPROVED if approve else AccessState.DENIED
    if seen.state is to:
        return Transition(access=seen)
    if seen.state is not AccessState.REQUESTED:
        raise IllegalTransition(f"This access is {seen.state}: no request waits for a decision.")
    change = Change.APPROVED if approve else Change.DENIED
    return Transition(access=_decided(seen, to, by, reason, now), change=change)


def remove(seen: Access, *, by: str, reason: str, now: datetime) -> Transition:
    """Take access away; doing it again changes nothing.

    Raises:
        IllegalTransition: there is none; a request is denied instead.
    """
    if seen.state is AccessState.REMOVED:
        return Transition(access=seen)
    if seen.state is not AccessState.APPROVED:
        raise IllegalTransition(f"This access is {seen.state}: there is none to remove.")
    removed = _decided(seen, AccessState.REMOVED, by, reason, now)
    return Transition(access=removed, change=Change.REMOVED)


def applications_after(account: Account, to: Transition) -> tuple[str, ...]:
    """The applications that the account may use after this change."""
    application = to.access.application
    others = tuple(one for one in account.applications if one != application)
    if to.change is Change.APPROVED:
        return (*others, application)
    return others if to.change is Change.REMOVED else account.applications


def _decided(seen: Access, to: AccessState, by: str, reason: str, now: datetime) -> Access:
    return replace(seen, state=to, at=now, reason=reason, decided_by=by)
