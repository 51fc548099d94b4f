"""Partners and their applications, as operators make and change them.

Ids of applications are unique over all partners: a row for each reserves it. A partner from before
there were such rows gets them as its applications are changed.

    A, B: read the partner at v3
    A: v4 with the application at level 3, entry 4
                    B: Conflict; reads v4, and states the values of A as those before its own
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from keyfob.domain.audit.entry import Actor, Entry, Facts
from keyfob.domain.clock import Clock
from keyfob.domain.directory.partner import (
    Application,
    Partner,
    application_facts,
    partner_facts,
    with_application,
)
from keyfob.domain.errors import InvalidInput, NotFound
from keyfob.storage.directory import store as rows
from keyfob.storage.directory.store import Directory
from keyfob.storage.rows import Put, Update, Write
from keyfob.storage.transaction import Transactions


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerChange:
    """The partner as it is now; `facts` is what was added or changed, empty if nothing was."""

    partner: Partner
    facts: Facts


class Partners:
    """Adds and changes partners and applications."""

    def __init__(self, *, directory: Directory, transactions: Transactions, clock: Clock) -> None:
        self._directory = directory
        self._transactions = transactions
        self._clock = clock

    def put(
        self,
        partner_id: str,
        name: str,
        *,
        approves_credentials: bool,
        proofing_questions: bool,
        by: Actor,
    ) -> PartnerChange:
        """Add a partner without applications, or give it this name and these settings."""

        def attempt() -> PartnerChange:
            found = self._directory.audited_partner(partner_id)
            seen = found[0] if found else None
            to = replace(
                seen or Partner(id=partner_id, name=name, applications=()),
                name=name,
                approves_credentials=approves_credentials,
                proofing_questions=proofing_questions,
            )
            facts = partner_facts(seen, to)
            if found is None:
                self._commit("partner.added", rows.put_partner(to), facts, by)
            elif facts:
                write = rows.change_partner(found[0], to, found[1])
                self._commit("partner.changed", write, facts, by)
            return PartnerChange(partner=to, facts=facts)

        return self._transactions.retry_on_conflict(attempt)

    def put_application(
        self, partner_id: str, application: Application, *, by: Actor
    ) -> PartnerChange:
        """Add an application, or change the partner's application of the same id.

        Raises:
            NotFound: there is no such partner.
            InvalidInput: another partner has an application of this id, or it breaks a rule.
        """

        def attempt() -> PartnerChange:
            found = self._directory.audited_partner(partner_id)
            if found is None:
                raise NotFound("There is no partner with this id.")
            seen, subject = found
            present = seen.application(application.id)
            facts = application_facts(present, application)
            reserving = self._reserving(application.id, partner_id)
            if not facts:
                return PartnerChange(partner=seen, facts=facts)
            to = with_application(seen, application)
            self._commit(
                "application.changed" if present else "application.added",
                rows.change_partner(seen, to, subject),
                {"application": application.id, **facts},
                by,
                *reserving,
            )
            return PartnerChange(partner=to, facts=facts)

        return self._transactions.retry_on_conflict(attempt)

    def _reserving(self, application_id: str, partner_id: str) -> list[Put]:
        """The write that reserves the id for the partner, if it isn't reserved yet."""
        reserved = self._directory.reserved_for(application_id)
        holder = reserved or next(
            (one.id for one in self._directory.partners() if one.application(application_id)), None
        )
        if holder not in (None, partner_id):
            raise InvalidInput(fields={"id": "another partner has an application with this id"})
        return [] if reserved else [rows.reserve_application(application_id, partner_id)]

    def _commit(
        self, action: str, write: Put | Update, facts: Facts, by: Actor, *more: Write
    ) -> None:
        subject = write.subject.id if write.subject else None
        entry = Entry(action=action, actor=by, at=self._clock(), subject=subject, facts=facts)
        self._transactions.commit(write, *more, audit=[entry])
