"""Making organizations, the one way for operators' seeds and for approved registrations.

Entries stay for ever, so that of an organization they have no name and no address.
"""

from __future__ import annotations

from collections.abc import Iterable

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.audit.facts import added
from keyfob.domain.clock import Clock
from keyfob.domain.directory.organization import Organization
from keyfob.storage.directory import members
from keyfob.storage.directory import store as rows
from keyfob.storage.directory.duplicates import put_traces
from keyfob.storage.transaction import TransactionPart


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
