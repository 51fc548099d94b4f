"""How a credential begins, by a license key or a sponsorship: one live credential an account.

The account's sessions row is checked in the same transaction: connecting the account writes to it,
and checks in turn that there is no credential. A revocation raises the row's epoch, so that no past
credential is overlooked: the new one begins above their epochs, or else the elevations that they
gave to a connected account's sessions would come back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from keyfob.domain.clock import Clock
from keyfob.domain.connections.errors import Connected
from keyfob.domain.credentials.approval import approvers
from keyfob.domain.credentials.credential import Credential, State
from keyfob.domain.credentials.errors import CredentialExists
from keyfob.domain.credentials.milestones import next_due
from keyfob.domain.credentials.standing import WITHOUT, standing_of
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.errors import NotAuthenticated
from keyfob.domain.sessions.session import Sessions
from keyfob.storage import idempotency
from keyfob.storage.access.store import AccessStore
from keyfob.storage.credentials import approvals as approval_rows
from keyfob.storage.credentials import standings
from keyfob.storage.credentials import store as rows
from keyfob.storage.credentials.store import CredentialIdempotencyRow, CredentialStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.idempotency import IdempotencyRecord
from keyfob.storage.rows import Write
from keyfob.storage.sessions import store as session_rows
from keyfob.storage.sessions.store import SessionStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A partner's approval that a credential begins with, recorded by this account."""

    partner: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A new credential, and the writes that add it; its audit entry is to be added to them."""

    credential: Credential
    writes: list[Write]


class Beginning:
    """Begins credentials."""

    def __init__(
        self,
        *,
        directory: Directory,
        access: AccessStore,
        credentials: CredentialStore,
        sessions: SessionStore,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._directory = directory
        self._access = access
        self._credentials = credentials
        self._sessions = sessions
        self._clock = clock
        self._policy = policy

    def earlier(self, account: str, record: IdempotencyRecord) -> Credential | None:
        """The credential that an earlier request with this key has begun.

        Raises:
            IdempotencyKeyReused: the earlier request had another body.
        """
        earlier = self._credentials.idempotent_result(record)
        return self._credentials.get(account, earlier) if earlier else None

    def begin(
        self,
        new: Credential,
        record: IdempotencyRecord,
        *,
        seller: str,
        approval: Approval | None = None,
    ) -> Begun:
        """The credential as it begins: pending its approval, or its activation.

        Args:
            new: what was bought or accepted.
            record: of the request.
            seller: the partner that it comes from.
            approval: one that is given by that.

        Raises:
            CredentialExists: the account has one. Connected: it uses another account's.
            NotAuthenticated: there is no such account, or it has no sessions.
        """
        sessions, epoch = self._room_for_one(new.account)
        now, asked = self._clock(), self._approvers(new.account, seller)
        waits = asked - {approval.partner} if approval else asked
        state = State.PENDING_APPROVAL if waits else State.PENDING_ACTIVATION
        credential = replace(new, epoch=epoch, state=state)
        until = now + self._policy.idempotency_kept
        writes: list[Write] = [
            rows.put(credential, next_due(credential, now, self._policy)),
            session_rows.unchanged(sessions),
            *(approval_rows.ask(credential, partner, now) for partner in sorted(waits)),
            *standings.follow(credential, WITHOUT, standing_of(credential, self._policy), now),
            idempotency.put(CredentialIdempotencyRow, record, credential.id, until=until),
        ]
        if approval and approval.partner in asked:
            writes.append(_given(credential, approval, now))
        return Begun(credential=credential, writes=writes)

    def _room_for_one(self, account: str) -> tuple[Sessions, int]:
        """The account's sessions row, and the first epoch of its new credential."""
        sessions = self._sessions.get(account)
        if sessions is None:
            raise NotAuthenticated
        if sessions.parent:
            raise Connected
        held = self._credentials.of_account(account)
        if any(one.state is not State.REVOKED for one in held):
            raise CredentialExists
        return sessions, max((one.epoch + 1 for one in held), default=0)

    def _approvers(self, account: str, seller: str) -> frozenset[str]:
        """The partners that must approve the new credential."""
        holder = self._directory.account(account)
        if holder is None:
            raise NotAuthenticated
        return approvers(
            self._directory.partners(),
            applications=self._access.applications_of(holder),
            seller=seller,
        )


def _given(credential: Credential, approval: Approval, now: datetime) -> Write:
    return approval_rows.give(credential, approval.partner, now, approval.by, asked=None)
