"""Asking a credit bureau about a holder (C2, S31, S32).

    two tabs send the same person at once        the condition
    A: case v4, bureau: located, session s       SET questions, session s IF version = 4    ✓
    B: case v4, bureau: located, session s       SET …                     IF version = 4    ✗
    B reads again: the questions wait            the same questions, no second attempt

The reference of a call is the case and its version: the bureau takes both for one. Nothing of the
person is stored or logged: it comes with the request, goes to the bureau, and is gone. The
questions are fetched from the bureau again each time somebody looks at them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.credentials import lifecycle
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.credentials.credential import State as CredentialState
from keyfob.domain.limits import Limit, Quota
from keyfob.domain.orders.license_key import Mac
from keyfob.domain.policy import Policy
from keyfob.domain.proofing import instant
from keyfob.domain.proofing.bureau import Bureau, Person, Question
from keyfob.domain.proofing.case import Case, State
from keyfob.domain.proofing.errors import NoSuchStep
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.limits import Limits
from keyfob.storage.transaction import Transactions, joined
from keyfob.usecases.credentials.service import CredentialChanges
from keyfob.usecases.proofing.cases import CaseChanges, Cases
from keyfob.usecases.proofing.disputing import Said
from keyfob.usecases.proofing.person_limits import PersonLimits


class Asking:
    """Instant proofing of a holder."""

    def __init__(
        self,
        *,
        cases: Cases,
        credentials: CredentialStore,
        service: CredentialChanges,
        bureau: Bureau,
        limits: Limits,
        mac: Mac,
        changes: CaseChanges,
        said: Said,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._cases = cases
        self._credentials = credentials
        self._service = service
        self._bureau = bureau
        self._limits = limits
        self._persons = PersonLimits(limits, mac, policy)
        self._changes = changes
        self._said = said
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def identify(self, case_id: str, person: Person, by: Actor) -> Case:
        """Ask the bureau about this person; if it finds them, its questions wait.

        Raises:
            NotFound. NoSuchStep, AttemptsUsedUp: nobody was asked.
            NotOffered: a partner takes no questions any more.
            TooManyTries: by this account, or about this person; nobody was asked.
            BureauUnavailable, KeysUnavailable: it is no attempt, and isn't counted.
        """
        case = self._cases.get(case_id, by)
        instant.require_person(case, person.ssn, self._now(), self._policy)
        self._cases.require_offered(self._require_current(case))
        with self._persons.asked_about(person, by, self._now()):
            return self._transactions.retry_on_conflict(lambda: self._identify(case, person, by))

    def questions(self, case_id: str, by: Actor) -> tuple[Case, Sequence[Question]]:
        """The questions that wait for answers; the same in every tab.

        Raises:
            NotFound. NoSuchStep, QuestionsLapsed: there are none. BureauUnavailable.
            TooManyTries: looks at these questions; the bureau wasn't asked.
        """
        case, policy = self._cases.get(case_id, by), self._policy
        session = instant.session_of(case, self._now())
        looks = Limit(
            name="questions", tries=policy.question_looks, period=policy.questions_lifetime
        )
        with self._limits.request([Quota(limit=looks, subject=by.account)], self._now()):
            return case, self._bureau.questions(session)

    def answer(self, case_id: str, answers: Mapping[str, str], by: Actor) -> Case:
        """Answer all questions, once.

        Raises:
            NotFound. NoSuchStep, QuestionsLapsed: nobody was asked. BureauUnavailable.
            KeysUnavailable: the same answers again have the same outcome.
        """
        return self._transactions.retry_on_conflict(lambda: self._answer(case_id, answers, by))

    def _identify(self, first: Case, person: Person, by: Actor) -> Case:
        seen = self._cases.get(first.id, by)
        if seen.version != first.version:
            return seen  # another tab was faster: its outcome is the answer
        self._require_current(seen)
        outcome = self._bureau.begin(person, f"{seen.id}.{seen.version}")
        to = instant.begun(seen, outcome, self._now(), self._policy)
        return self._changes.commit(seen, to, by=by)

    def _answer(self, case_id: str, answers: Mapping[str, str], by: Actor) -> Case:
        seen = self._cases.get(case_id, by)
        credential = self._require_current(seen)
        outcome = self._bureau.answer(instant.session_of(seen, self._now()), answers)
        to = instant.answered(seen, outcome, self._now(), self._policy)
        part = self._changes.part(seen, to, by=by, facts={"method": "instant"})
        if to.case.state is State.PROOFED:
            part = joined(part, self._said.part(seen, by))
        if to.case.state is State.PROOFED and credential.state is CredentialState.ACTIVE:
            # Proofed anew: the credential is in use, so there is nothing to activate (D4).
            self._service.commit(credential, lifecycle.raised(credential), by=by, part=part)
        else:
            self._transactions.commit(*part.writes, audit=part.audit, messages=part.messages)
        return to.case

    def _require_current(self, case: Case) -> Credential:
        """The case's credential; refuses one that was revoked or lost its authenticators since."""
        credential = self._credentials.live(case.account)
        if credential is None or credential.id != case.credential:
            raise NoSuchStep
        if not lifecycle.needs_proofing(credential):
            raise NoSuchStep
        return credential

    def _now(self) -> datetime:
        return in_seconds(self._clock)
