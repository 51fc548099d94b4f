"""A holder's proofing case: its method, and its end without a result (C2, C3)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from keyfob.domain import ids
from keyfob.domain.audit.entry import Actor, Entry, Facts
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.credentials import lifecycle
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.directory.account import Account
from keyfob.domain.errors import NotFound
from keyfob.domain.policy import Policy
from keyfob.domain.proofing import case as decisions
from keyfob.domain.proofing import instant, live
from keyfob.domain.proofing.case import Absence, Case, Method, State, Transition
from keyfob.domain.proofing.errors import NameDiffers, NotForProofing
from keyfob.domain.proofing.milestones import next_due
from keyfob.domain.proofing.names import is_named
from keyfob.domain.proofing.notifications import notifications
from keyfob.domain.sessions.permission import SessionProof
from keyfob.storage.access.store import AccessStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.orders.store import OrderStore
from keyfob.storage.proofing import calendar as calendar_rows
from keyfob.storage.proofing import store as rows
from keyfob.storage.proofing.store import CaseStore
from keyfob.storage.rows import Write
from keyfob.storage.transaction import TransactionPart, Transactions
from keyfob.usecases.audit.foreign_ids import ForeignIds
from keyfob.usecases.credentials.service import CredentialService

_ID = re.compile(r"prf_[0-9a-z]{20}", re.ASCII)


class CaseChanges:
    """Commits a change of a case with its audit entry and notifications."""

    def __init__(self, transactions: Transactions, clock: Clock, policy: Policy) -> None:
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def commit(
        self,
        seen: Case | None,
        to: Transition,
        *,
        by: Actor,
        writes: Sequence[Write] = (),
        facts: Facts | None = None,
    ) -> Case:
        """Commit the change with these other writes; returns the changed case.

        `seen` is the account's case as it was read, possibly an earlier one; None if it had none.

        Raises:
            Conflict: somebody else was faster.
        """
        part = self.part(seen, to, by=by, writes=writes, facts=facts)
        self._transactions.commit(*part.writes, audit=part.audit, messages=part.messages)
        return to.case

    def part(
        self,
        seen: Case | None,
        to: Transition,
        *,
        by: Actor,
        writes: Sequence[Write] = (),
        facts: Facts | None = None,
    ) -> TransactionPart:
        """The writes, audit entry and messages of the change, for one transaction."""
        if to.change is None:
            raise ValueError("nothing has changed")
        case, now = to.case, self._clock()
        entry = Entry(
            action=to.change,
            actor=by,
            at=now,
            subject=case.subject,
            facts={"case": case.id, "state": case.state, **(facts or {})},
        )
        own = rows.save(seen, case, next_due(case, self._policy))
        told = notifications(seen or case, to, now, correlation=by.correlation)
        return TransactionPart(writes=[*own, *writes], audit=[entry], messages=told)


class Cases:
    """Opens, shows and withdraws the case of a credential."""

    def __init__(
        self,
        *,
        cases: CaseStore,
        credentials: CredentialService,
        directory: Directory,
        access: AccessStore,
        orders: OrderStore,
        foreign: ForeignIds,
        changes: CaseChanges,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._cases = cases
        self._credentials = credentials
        self._directory = directory
        self._access = access
        self._orders = orders
        self._foreign = foreign
        self._changes = changes
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def choose(self, credential_id: str, method: Method, proof: SessionProof, by: Actor) -> Case:
        """Choose how to be proofed for this credential; opens its case if it has none.

        Choosing the same again changes nothing. Instant proofing takes the holder's consent, which
        the caller has asked for.

        Raises:
            NotFound: not one's own live credential.
            ElevationRequired, RecentPasswordRequired: a recent code, where there is one (S58).
            NotForProofing: it needs none.
            NotOffered: instant proofing, in this country, or for a partner of this credential.
            NameDiffers: instant proofing, under a name that isn't the account's.
            NoSuchStep: an appointment is booked, or a code there.
        """
        return self._transactions.retry_on_conflict(
            lambda: self._choose(credential_id, method, proof, by)
        )

    def of_credential(self, credential_id: str, by: Actor) -> Case:
        """The case of this credential.

        Raises:
            NotFound: not one's own live credential, or no case of it.
        """
        credential = self._credentials.get(credential_id, by=by)
        case = self._cases.current(by.account)
        if case is None or case.credential != credential.id:
            raise NotFound("No proofing has begun for this credential.")
        return case

    def get(self, case_id: str, by: Actor) -> Case:
        """The account's current case, if it has this id.

        Raises:
            NotFound: unknown, past, or somebody else's: the same answer (S23).
        """
        case = self._cases.current(by.account)
        if case is None or case.id != case_id:
            raise self._foreign.refused("proofing", case_id, _ID, otherwise="no case", by=by)
        return case

    def require_offered(self, credential: Credential) -> None:
        """Refuse questions where a partner of this credential takes none for a proofing.

        Raises:
            NotOffered. NotFound: there is no such account.
        """
        holder = self._directory.account(credential.account)
        if holder is None:
            raise NotFound
        self._require_questions(holder, credential)

    def withdraw(self, case_id: str, proof: SessionProof, by: Actor) -> Case:
        """End the case without a result; an appointment is canceled with it.

        Raises:
            NotFound. RecentPasswordRequired.
            NoSuchStep: it ended with a result, or its appointment has begun.
        """

        def attempt() -> Case:
            now = in_seconds(self._clock)
            proof.require(None, now, self._policy)
            seen = self.get(case_id, by)
            to = live.withdraw(seen, now)
            if to.change is None:
                return seen
            booked = seen.appointment
            freed = calendar_rows.give_back(booked) if booked else []
            return self._changes.commit(seen, to, by=by, writes=freed)

        return self._transactions.retry_on_conflict(attempt)

    def _choose(self, credential_id: str, method: Method, proof: SessionProof, by: Actor) -> Case:
        credential = self._credentials.get(credential_id, by=by)
        proof.require(credential, in_seconds(self._clock), self._policy)
        _require_proofable(credential)
        seen = self._cases.current(by.account)
        if seen and seen.credential == credential.id and not seen.is_over:
            to = self._chosen(seen, method, credential)
            if to.change is None:
                return seen
            return self._changes.commit(seen, to, by=by)
        to = self._chosen(self._new(credential, seen), method, credential)
        return self._changes.commit(seen, to, by=by)

    def _chosen(self, case: Case, method: Method, credential: Credential) -> Transition:
        if method is Method.LIVE:
            return decisions.choose_live(case, self._policy)
        holder = self._directory.account(case.account)
        if holder is None or not is_named(holder, credential.legal_name):
            raise NameDiffers
        self._require_questions(holder, credential)
        return instant.choose(case, credential.country, in_seconds(self._clock))

    def _require_questions(self, holder: Account, credential: Credential) -> None:
        """Refuse questions where a partner takes none for a proofing.

        Raises:
            NotOffered.
        """
        order = self._orders.get(credential.order)
        instant.require_questions(
            self._directory.partners(),
            applications=self._access.applications_of(holder),
            seller=order.partner if order else "",
        )

    def _new(self, credential: Credential, before: Case | None) -> Case:
        """The next case of the account.

        One that was withdrawn for the same credential hands its counts on, so that withdrawing
        gains no further try. Who is proofed anew starts from zero.
        """
        new = Case(
            id=ids.new_id("prf"),
            account=credential.account,
            organization=credential.organization,
            credential=credential.id,
            opened_at=in_seconds(self._clock),
        )
        if before is None:
            return new
        # Letters are counted whatever they were for: each costs postage.
        new = replace(new, version=before.version, head=before.head, letters=before.letters)
        if before.credential != credential.id or before.state is State.PROOFED:
            return new
        if before.absent is Absence.BOTH:
            # What an operator has to decide isn't evaded by withdrawing.
            new = replace(new, held=before.held, absent=before.absent)
        return replace(
            new,
            attempts=before.attempts,
            failures=before.failures,
            no_shows=before.no_shows,
            books_from=before.books_from,
        )


def _require_proofable(credential: Credential) -> None:
    """Refuse a credential that waits for no proofing."""
    if not lifecycle.needs_proofing(credential):
        raise NotForProofing
