"""Makes organizations, the one way for seeds and approved registrations, and changes them.

Entries stay for ever, so that of an organization they have no name and no address.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.audit.facts import added, changed
from keyfob.domain.clock import Clock
from keyfob.domain.directory.organization import Organization
from keyfob.domain.errors import NotFound
from keyfob.storage.directory import members
from keyfob.storage.directory import store as rows
from keyfob.storage.directory.duplicates import put_traces
from keyfob.storage.directory.store import Directory
from keyfob.storage.transaction import TransactionPart, Transactions


def made(
    organization: Organization, *, domains: Iterable[str], by: Actor, clock: Clock
) -> TransactionPart:
    """The part of a transaction that makes this organization; an id in use is a conflict.

    By its mail domains, among others, a later registration of it is recognized.
    """
    put = rows.put_organization(organization)
    facts = {
        "country": organization.country,
        "subdivision": organization.subdivision,
        "time_zone": organization.time_zone,
    }
    entry = Entry(
        action="organization.added",
        actor=by,
        at=clock(),
        subject=put.subject.id if put.subject else None,
        facts=added(facts),
    )
    listed = members.put_organization(organization)
    return TransactionPart(writes=[put, listed, *put_traces(organization, domains)], audit=[entry])


class Organizations:
    """Changes what operators say about organizations."""

    def __init__(self, *, directory: Directory, transactions: Transactions, clock: Clock) -> None:
        self._directory = directory
        self._transactions = transactions
        self._clock = clock

    def set_identity_provider(self, organization_id: str, *, has: bool, by: Actor) -> Organization:
        """Say whether it signs in through an identity provider of its own (A9).

        Its accounts are told that no purchase is needed. Saying it again changes nothing.

        Raises:
            NotFound: there is no such organization.
        """

        def attempt() -> Organization:
            found = self._directory.audited_organization(organization_id)
            if found is None:
                raise NotFound("There is no organization with this id.")
            seen, subject = found
            to = replace(seen, identity_provider=has)
            if to == seen:
                return seen
            facts = changed({"identity_provider": not has}, {"identity_provider": has})
            entry = Entry(
                action="organization.changed",
                actor=by,
                at=self._clock(),
                subject=subject.id,
                facts=facts,
            )
            self._transactions.commit(rows.set_identity_provider(to, subject), audit=[entry])
            return to

        return self._transactions.retry_on_conflict(attempt)
