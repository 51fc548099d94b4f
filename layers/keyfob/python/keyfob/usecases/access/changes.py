"""Commits changes of access, in the same way for a holder and for administrators (A6).

An account's applications change only here, in the transaction that approves or removes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from keyfob.domain.access import access as decisions
from keyfob.domain.access.access import Access, Change, Transition
from keyfob.domain.access.notifications import about_access
from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.directory.account import Account
from keyfob.storage.access import store as rows
from keyfob.storage.directory import store as directory_rows
from keyfob.storage.rows import Subject, Write
from keyfob.storage.transaction import NOTHING, TransactionPart, Transactions
from keyfob.usecases.access.staff import Staff
from keyfob.usecases.access.terms import Subscribed


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a change of access depends on."""

    account: Account
    account_subject: Subject
    subscribed: Subscribed
    stored: tuple[Access, Subject] | None


class AccessChanges:
    """Commits a change with its entries and messages."""

    def __init__(self, transactions: Transactions, staff: Staff) -> None:
        self._transactions = transactions
        self._staff = staff

    def commit(
        self, seen: Seen, to: Transition, by: Actor, part: TransactionPart = NOTHING
    ) -> Access:
        """Commit the change with its entries and messages, if nothing it depends on has changed."""
        if to.change is None:
            return to.access
        own, version = self._own_row(seen, to.access)
        asked = to.change is Change.REQUESTED
        entry = Entry(
            action=str(to.change),
            actor=by,
            at=to.access.at,
            subject=to.access.subject,
            facts={"application": to.access.application},
        )
        listed = self._listed(seen, to, by)
        told = about_access(
            to.access,
            to.change,
            seen.subscribed.application,
            self._readers(seen) if asked else [seen.account.id],
            version=version,
            correlation=by.correlation,
        )
        self._transactions.commit(
            own,
            rows.unchanged(seen.subscribed.subject),
            *listed.writes,
            *part.writes,
            audit=[entry, *listed.audit],
            messages=told,
        )
        return to.access

    def _own_row(self, seen: Seen, to: Access) -> tuple[Write, int]:
        if seen.stored is None:
            return rows.put_access(to), 1
        stored, subject = seen.stored
        return rows.change_access(stored, to, subject), subject.number + 1

    def _listed(self, seen: Seen, to: Transition, by: Actor) -> TransactionPart:
        """The change of the account's own row, which every check of access reads."""
        after = decisions.applications_after(seen.account, to)
        if after == seen.account.applications:
            return NOTHING
        changed = replace(seen.account, applications=after)
        entry = Entry(
            action="account.applications_changed",
            actor=by,
            at=to.access.at,
            subject=seen.account_subject.id,
            facts={
                "before": ", ".join(seen.account.applications),
                "after": ", ".join(after),
            },
        )
        write = directory_rows.change_applications(seen.account, changed, seen.account_subject)
        return TransactionPart(writes=[write], audit=[entry])

    def _readers(self, seen: Seen) -> list[str]:
        found = self._staff.approvers(seen.subscribed.subscription)
        return [one.id for one in found if one.id != seen.account.id]
