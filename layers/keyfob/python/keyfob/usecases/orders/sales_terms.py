"""Disclaimers and tax rules: operators change them, people read the disclaimer (B1, B3)."""

from __future__ import annotations

from keyfob.domain.audit import facts
from keyfob.domain.audit.entry import Actor, Entry, Facts
from keyfob.domain.clock import Clock
from keyfob.domain.errors import InvalidInput, NotFound
from keyfob.domain.orders.disclaimer import Disclaimer
from keyfob.domain.orders.tax import TaxRule
from keyfob.storage.directory.store import Directory
from keyfob.storage.orders import sales_terms as rows
from keyfob.storage.orders.sales_terms import SalesTermsStore
from keyfob.storage.rows import Put, Update, Write
from keyfob.storage.transaction import Transactions


class SalesTerms:
    """Reads and changes the terms of the sale, which an order keeps as they were."""

    def __init__(
        self,
        *,
        terms: SalesTermsStore,
        directory: Directory,
        transactions: Transactions,
        clock: Clock,
    ) -> None:
        self._terms = terms
        self._directory = directory
        self._transactions = transactions
        self._clock = clock

    def disclaimer(self, partner: str) -> Disclaimer:
        """The disclaimer that an order from this partner's catalog accepts.

        Raises:
            NotFound: there is no such partner, or nothing to accept.
        """
        if self._directory.partner(partner) is None:
            raise NotFound
        found = self._terms.disclaimer(partner)
        if found is None:
            raise NotFound
        return found

    def put_disclaimer(self, disclaimer: Disclaimer, *, by: Actor) -> bool:
        """Bring this version into force; False if it is in force.

        Raises:
            NotFound: there is no such partner.
            InvalidInput: this version had another text; orders name it.
        """
        partner = disclaimer.partner
        if partner and self._directory.partner(partner) is None:
            raise NotFound("There is no partner with this id.")

        def attempt() -> bool:
            present = self._terms.audited_disclaimer(partner)
            if present and present[0] == disclaimer:
                return False
            if self._terms.disclaimer_version(partner, disclaimer.version):
                problem = "was used before; give the text a version of its own"
                raise InvalidInput(fields={"version": problem})
            write, kept = rows.put_disclaimer(disclaimer, present)
            values: Facts = (
                facts.changed(present[0].facts, disclaimer.facts) if present else disclaimer.facts
            )
            added = "disclaimer.changed" if present else "disclaimer.added"
            self._commit(added, write, values, by, kept)
            return True

        return self._transactions.retry_on_conflict(attempt)

    def put_tax_rule(self, rule: TaxRule, *, by: Actor) -> bool:
        """Add the rule of a country or change it; False if it is so."""

        def attempt() -> bool:
            present = self._terms.audited_tax_rule(rule.country)
            if present and present[0] == rule:
                return False
            write = rows.put_tax_rule(rule, present)
            if present is None:
                self._commit("tax_rule.added", write, facts.added(rule.facts), by)
                return True
            # A language may have a note on one side only.
            names = {**present[0].facts, **rule.facts}
            before, after = (
                {name: one.facts.get(name) for name in names} for one in (present[0], rule)
            )
            self._commit("tax_rule.changed", write, facts.changed(before, after), by)
            return True

        return self._transactions.retry_on_conflict(attempt)

    def _commit(
        self, action: str, write: Put | Update, values: Facts, by: Actor, *more: Write
    ) -> None:
        subject = write.subject.id if write.subject else None
        entry = Entry(action=action, actor=by, at=self._clock(), subject=subject, facts=values)
        self._transactions.commit(write, *more, audit=[entry])
