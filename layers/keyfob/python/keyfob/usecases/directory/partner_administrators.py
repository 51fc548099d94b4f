"""Accounts that administer a partner, as operators appoint and dismiss them."""

from __future__ import annotations

from dataclasses import replace

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.audit.facts import changed
from keyfob.domain.clock import Clock
from keyfob.domain.directory.role import Role
from keyfob.domain.errors import IllegalTransition, NotFound
from keyfob.domain.sessions.session import Sessions
from keyfob.storage.directory import members
from keyfob.storage.directory import store as rows
from keyfob.storage.directory.members import Members
from keyfob.storage.directory.store import Directory
from keyfob.storage.rows import Write
from keyfob.storage.sessions import store as session_rows
from keyfob.storage.sessions.store import SessionStore
from keyfob.storage.transaction import Transactions
from keyfob.usecases.holds.freezing import account_of

_ROLE = Role.PARTNER_ADMINISTRATOR


class PartnerAdministrators:
    """Appoints and dismisses the administrators of partners."""

    def __init__(
        self,
        *,
        directory: Directory,
        members: Members,
        sessions: SessionStore,
        transactions: Transactions,
        clock: Clock,
    ) -> None:
        self._directory = directory
        self._members = members
        self._sessions = sessions
        self._transactions = transactions
        self._clock = clock

    def set(self, user_id: str, partner_id: str, *, administers: bool, by: Actor) -> Sessions:
        """Make this account an administrator of the partner, or no longer one.

        Doing it again changes nothing. Open sessions stay; their next request has the new role.

        Raises:
            NotFound: there is no such account or partner.
            IllegalTransition: it administers another partner.
        """
        account = account_of(self._directory, user_id)
        if self._directory.partner(partner_id) is None:
            raise NotFound("There is no partner with this id.")

        def attempt() -> Sessions:
            seen, found = self._sessions.get(account), self._directory.audited(account)
            if seen is None or found is None:
                raise NotFound
            if seen.partner not in (None, partner_id):
                raise IllegalTransition("this account administers another partner")
            to = _administering(seen, partner_id) if administers else _dismissed(seen)
            if to == seen:
                return seen
            one, subject = found
            writes: list[Write] = [
                rows.touch(subject),
                session_rows.administer_partner(seen, to),
            ]
            if self._directory.is_listed_for(partner_id, account) is not administers:
                listing = (
                    rows.list_partner_administrator
                    if administers
                    else rows.unlist_partner_administrator
                )
                writes.append(listing(one, partner_id))
            if self._members.is_listed(account):
                writes.append(members.follow(one, roles=to.roles))
            facts = changed(
                {"partner": seen.partner, "roles": seen.roles},
                {"partner": to.partner, "roles": to.roles},
            )
            entry = Entry(
                action="account.roles_changed",
                actor=by,
                at=self._clock(),
                subject=subject.id,
                facts=facts,
            )
            self._transactions.commit(*writes, audit=[entry])
            return to

        return self._transactions.retry_on_conflict(attempt)


def _administering(seen: Sessions, partner_id: str) -> Sessions:
    roles = seen.roles if _ROLE in seen.roles else (*seen.roles, _ROLE)
    return replace(seen, roles=roles, partner=partner_id)


def _dismissed(seen: Sessions) -> Sessions:
    roles = tuple(one for one in seen.roles if one is not _ROLE)
    return replace(seen, roles=roles, partner=None)
