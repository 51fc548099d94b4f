"""Activating a credential, with an activation code where its holder must be proofed (C1, C5, S28).

The code is used up, the case proofed and the credential activated in one transaction: a code that
can't activate the credential yet (it waits for approval) stays good.
"""

from __future__ import annotations

from datetime import datetime

from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.credentials import lifecycle
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.credentials.credential import State as CredentialState
from keyfob.domain.limits import Limit, Quota
from keyfob.domain.orders.license_key import Mac
from keyfob.domain.policy import Policy
from keyfob.domain.proofing import live
from keyfob.domain.proofing.activation_code import PURPOSE, bound, normalized
from keyfob.domain.proofing.case import Case, State
from keyfob.domain.proofing.errors import WrongActivationCode
from keyfob.storage.limits import Limits
from keyfob.storage.proofing import calendar as calendar_rows
from keyfob.storage.proofing.store import CaseStore
from keyfob.storage.rows import Write
from keyfob.storage.transaction import NOTHING, TransactionPart, Transactions, joined
from keyfob.usecases.credentials.service import CredentialService
from keyfob.usecases.proofing.cases import CaseChanges
from keyfob.usecases.proofing.disputing import Said


class Activation:
    """A holder activates the credential."""

    def __init__(
        self,
        *,
        service: CredentialService,
        cases: CaseStore,
        changes: CaseChanges,
        said: Said,
        limits: Limits,
        mac: Mac,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._service = service
        self._cases = cases
        self._changes = changes
        self._said = said
        self._limits = limits
        self._mac = mac
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def activate(self, credential_id: str, code: str | None, by: Actor) -> Credential:
        """Activate the credential; repeating it changes nothing.

        Raises:
            NotFound; NotApproved, ProofingRequired, Suspended, Expired.
            InvalidInput: it can't be an activation code; nothing was compared.
            WrongActivationCode: counted. TooManyTries: nothing was compared.
            KeysUnavailable: the key service did not answer; the try isn't counted.
        """
        if code is None:
            return self._decide(credential_id, None, by)
        typed, policy = normalized(code), self._policy
        limit = Limit(
            name="activation-code",
            tries=policy.activation_code_tries,
            period=policy.activation_code_tries_period,
        )
        quota = Quota(limit=limit, subject=by.account)
        with self._limits.guess([quota], self._clock(), wrong=WrongActivationCode):
            return self._decide(credential_id, typed, by)

    def _decide(self, credential_id: str, code: str | None, by: Actor) -> Credential:
        return self._transactions.retry_on_conflict(lambda: self._attempt(credential_id, code, by))

    def _attempt(self, credential_id: str, code: str | None, by: Actor) -> Credential:
        seen, now = self._service.get(credential_id, by=by), in_seconds(self._clock)
        part = self._proof(seen, code, by) if lifecycle.needs_proofing(seen) else None
        activated = lifecycle.activate(seen, now, proofed=part is not None)
        if activated.change is None:
            return seen
        return self._service.commit(seen, activated, by=by, part=part or NOTHING)

    def _proof(self, credential: Credential, code: str | None, by: Actor) -> TransactionPart | None:
        """The case's part of the activation; None without a proof.

        With a code the case is proofed and the code used up; without one it was proofed at once.
        """
        seen = self._cases.current(credential.account)
        if seen is None or seen.credential != credential.id:
            seen = None
        if code is None:
            # An active one lost its level since: that proof counts no more. Nothing else changes a
            # proofed case but one that follows a revocation of the credential.
            waits = credential.state is not CredentialState.ACTIVE
            return NOTHING if seen and seen.state is State.PROOFED and waits else None
        if seen is None:
            raise WrongActivationCode
        mac, now = self._mac(PURPOSE, bound(seen.account, seen.id, code)), in_seconds(self._clock)
        to = live.enter(seen, mac, now)
        proofed = self._changes.part(
            seen, to, by=by, writes=_freed(seen, now), facts={"method": str(to.case.method)}
        )
        return joined(proofed, self._said.part(seen, by))


def _freed(case: Case, now: datetime) -> list[Write]:
    """The writes that give back the time of a meeting that a letter's code made needless."""
    booked = case.appointment
    # Its quarters expire after the meeting.
    if booked is None or now >= live.ends(booked):
        return []
    return [*calendar_rows.give_back(booked)]
