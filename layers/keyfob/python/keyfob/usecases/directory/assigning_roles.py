"""Administrators give and take administrators' roles (A5, S24).

    sessions row: roles ⊕ list ⊕ administrators of the organization, of each application ⊕ entries

The gate reads roles with each request, so that a role that was taken opens nothing from the next
one on; no session has to end. Nobody takes a role from the own account, and the acting account must
still have its own at that moment:

    Ada takes Bob's    delete Bob    IF Ada is an administrator      ✓
    Bob takes Ada's    delete Ada    IF Bob is an administrator      ✗ he is refused
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.directory import notifications
from keyfob.domain.directory.role import Role
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.sessions.administrator import Administrator
from keyfob.storage.access.store import AccessStore
from keyfob.storage.directory import members
from keyfob.storage.directory import store as rows
from keyfob.storage.rows import Write
from keyfob.storage.sessions import store as session_rows
from keyfob.storage.transaction import TransactionPart, joined
from keyfob.usecases.administration.colleagues import Colleague, Colleagues
from keyfob.usecases.directory.creating import (
    Subscriptions,
    administering,
    administrable,
    require_all,
    roles_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Administered:
    """What an account administers: its organization, and the access to these applications."""

    organization: bool
    applications: tuple[str, ...]


class AssigningRoles:
    """Gives accounts the roles of administrators, and takes them."""

    def __init__(self, *, colleagues: Colleagues, access: AccessStore) -> None:
        self._colleagues = colleagues
        self._access = access

    def assign(self, who: Administrator, account_id: str, administered: Administered) -> None:
        """Let the account administer this and nothing else; what it does already changes nothing.

        Raises:
            ElevationRequired. NotOnOneself. NotFound: unknown, or of another organization.
            RoleRequired: another administrator has just taken the role from `who`.
            InvalidInput: an application that the organization isn't subscribed to.
        """

        def change(found: Colleague, by: Actor, now: datetime) -> TransactionPart:
            subscriptions: Subscriptions = {
                one.application: (one, subject)
                for one, subject in self._access.audited(who.organization)
            }
            return _changed(found, administered, subscriptions, by, now)

        self._colleagues.change(who, account_id, "assign_roles", change)


def _changed(
    found: Colleague,
    administered: Administered,
    subscriptions: Subscriptions,
    by: Actor,
    now: datetime,
) -> TransactionPart:
    account = found.account.id
    before = {name for name, (one, _) in subscriptions.items() if account in one.administrators}
    after = set(administered.applications)
    require_all(sorted(after - before), administrable(subscriptions), field="administers")
    differing = joined(
        *(
            administering(*subscriptions[one], account, by, now, ends=one in before)
            for one in sorted(before ^ after)
        )
    )
    roles = roles_of(
        found.sessions.roles,
        organization_administrator=administered.organization,
        application_administrator=bool(after),
    )
    if set(roles) == set(found.sessions.roles):
        return differing
    return joined(_with_roles(found, roles, by, now), differing)


def _with_roles(
    found: Colleague, roles: tuple[Role, ...], by: Actor, now: datetime
) -> TransactionPart:
    account, subject = found.account, found.subject
    before = found.sessions.roles
    entry = Entry(
        action="account.roles_changed",
        actor=by,
        at=now,
        subject=subject.id,
        facts={"before": ", ".join(before), "after": ", ".join(roles)},
    )
    told = notifications.changed(
        Kind.ROLES_CHANGED, account.id, subject.number + 1, now, correlation=by.correlation
    )
    return TransactionPart(
        writes=[
            # All changes of roles are numbered by this row's version.
            rows.touch(subject),
            session_rows.assign_roles(found.sessions, roles),
            members.follow(account, roles=roles),
            *_listed(found, roles, now),
        ],
        audit=[entry],
        messages=[told],
    )


def _listed(found: Colleague, roles: tuple[Role, ...], now: datetime) -> Iterator[Write]:
    role = Role.ORGANIZATION_ADMINISTRATOR
    if not found.account.active or (role in roles) is (role in found.sessions.roles):
        return
    if role in roles:
        yield rows.list_administrator(found.account, now)
    else:
        yield rows.unlist_administrator(found.account)
