"""Requesting a letter with an activation code (C2, C5, S28, S31).

    two tabs ask for a letter at once          the condition
    A: case v7, wrong_answers                  SET letter_requested IF version = 7 + PUT letter   ✓
    B: case v7, wrong_answers                  SET …                IF version = 7 + PUT letter   ✗
    B reads again: one is requested            the same answer, no second letter

The first letter's address comes from the bureau by the session's reference. Another one takes the
person's data again, since nothing of them was kept; it asks no questions and is no attempt. The
bureau is asked before the code is made: an outage costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from keyfob.domain import ids
from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.credentials import lifecycle
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.errors import InvalidInput, Unavailable
from keyfob.domain.messages.outbox import Seal
from keyfob.domain.orders.license_key import Mac
from keyfob.domain.policy import Policy
from keyfob.domain.proofing import letter as letters
from keyfob.domain.proofing.activation_code import PURPOSE, bound, generate
from keyfob.domain.proofing.bureau import Address, Bureau, Located, NeedsFullSsn, Person
from keyfob.domain.proofing.case import Case, State
from keyfob.domain.proofing.errors import AddressNotConfirmed, NoSuchStep, PersonRequired
from keyfob.domain.proofing.letter_content import content_of
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.limits import Limits
from keyfob.storage.proofing import letters as rows
from keyfob.storage.transaction import Transactions
from keyfob.usecases.proofing.cases import CaseChanges, Cases
from keyfob.usecases.proofing.person_limits import PersonLimits


class Lettering:
    """A holder's letters."""

    def __init__(
        self,
        *,
        cases: Cases,
        credentials: CredentialStore,
        bureau: Bureau,
        limits: Limits,
        mac: Mac,
        seal: Seal,
        changes: CaseChanges,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
        new_code: Callable[[], str] = generate,
    ) -> None:
        self._cases = cases
        self._credentials = credentials
        self._bureau = bureau
        self._persons = PersonLimits(limits, mac, policy)
        self._mac = mac
        self._seal = seal
        self._changes = changes
        self._transactions = transactions
        self._clock = clock
        self._policy = policy
        self._new_code = new_code

    def request(self, case_id: str, person: Person | None, by: Actor) -> Case:
        """Request a letter to the confirmed address; asking again while one is requested is no-op.

        Raises:
            NotFound. NoSuchStep: the case leads to no letter. LettersUsedUp.
            PersonRequired: the bureau's session was used for an earlier letter.
            AddressNotConfirmed: the bureau confirms no address. InvalidInput: it wants nine digits.
            TooManyTries: by this account, or about this person; the bureau wasn't asked.
            BureauUnavailable, KeysUnavailable: nothing was requested or counted.
        """
        case = self._cases.get(case_id, by)
        if case.state is State.LETTER_REQUESTED:
            return case
        self._require(case, person)
        with self._persons.asked_about(person, by, self._now(), failed=Unavailable):
            return self._transactions.retry_on_conflict(lambda: self._request(case_id, person, by))

    def _request(self, case_id: str, person: Person | None, by: Actor) -> Case:
        seen = self._cases.get(case_id, by)
        if seen.state is State.LETTER_REQUESTED:
            return seen  # another tab was faster
        credential = self._require(seen, person)
        address = self._confirmed(seen, person, by)
        letter, code = ids.new_id("ltr"), self._new_code()
        mac = self._mac(PURPOSE, bound(seen.account, seen.id, code))
        now = self._now()
        to = letters.request(seen, letter, mac, now, self._policy)
        content = content_of(credential.legal_name, address, code)
        row = rows.put(letter, seen.account, self._seal(letter, content.written()), now)
        return self._changes.commit(seen, to, by=by, writes=[row], facts={"letter": letter})

    def _confirmed(self, case: Case, person: Person | None, by: Actor) -> Address:
        reference = case.located if person is None else self._located(case, person, by)
        address = self._bureau.address(reference) if reference else None
        if address is None:
            raise AddressNotConfirmed
        return address

    def _located(self, case: Case, person: Person, by: Actor) -> str | None:
        """The bureau's reference of this person, found anew; None if it finds nobody."""
        outcome = self._bureau.begin(person, f"{case.id}.{case.version}")
        if isinstance(outcome, Located):
            return outcome.reference
        self._changes.commit(case, letters.in_vain(case), by=by)
        if isinstance(outcome, NeedsFullSsn):
            raise InvalidInput(fields={"person.ssn": "must be all nine digits"})
        return None

    def _require(self, case: Case, person: Person | None) -> Credential:
        """The case's credential; refuses a letter that can't be had, before the bureau is asked."""
        letters.require_offered(case, self._now(), self._policy)
        if person is None and case.located is None:
            raise PersonRequired
        credential = self._credentials.live(case.account)
        if credential is None or credential.id != case.credential:
            raise NoSuchStep
        if not lifecycle.needs_proofing(credential):
            raise NoSuchStep
        return credential

    def _now(self) -> datetime:
        return in_seconds(self._clock)
