"""From a license key to a credential (C1, S27). Guesses are counted before they are looked up.

A: key issued, v1                   B: the same key, v1
A: KEY redeemed IF version = 1      ✓ + the credential, one transaction
                                    B: IF version = 1   ✗ reads: redeemed, refused

The account's sessions row is checked in the same transaction: connecting the account writes to it,
and checks in turn that there is no credential. A revocation raises the row's epoch, so that no past
credential is overlooked: the new one begins above their epochs, or else the elevations that they
gave to a connected account's sessions would come back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from keyfob.domain import ids
from keyfob.domain.audit.entry import Actor, Entry, Facts
from keyfob.domain.clock import Clock
from keyfob.domain.connections.errors import Connected
from keyfob.domain.credentials.approval import approvers
from keyfob.domain.credentials.credential import Change, Credential, State
from keyfob.domain.credentials.dates import one_year_after
from keyfob.domain.credentials.errors import (
    CredentialExists,
    LicenseKeyLapsed,
    UnknownLicenseKey,
    WaitForToken,
)
from keyfob.domain.credentials.milestones import next_due
from keyfob.domain.credentials.standing import WITHOUT, standing_of
from keyfob.domain.limits import Limit, Quota
from keyfob.domain.orders.license_key import LicenseKey, Mac, normalized
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.client import network_of
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
from keyfob.storage.limits import Limits
from keyfob.storage.orders import store as order_rows
from keyfob.storage.orders.store import OrderStore
from keyfob.storage.rows import Write
from keyfob.storage.sessions import store as session_rows
from keyfob.storage.sessions.store import SessionStore
from keyfob.storage.transaction import Transactions


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A request to redeem a license key: the key, and the person's data.

    `country` is ISO 3166 alpha-2.
    """

    license_key: str
    legal_name: str
    country: str
    organization: str


class Redemption:
    """Turns license keys into credentials."""

    def __init__(
        self,
        *,
        orders: OrderStore,
        directory: Directory,
        access: AccessStore,
        credentials: CredentialStore,
        sessions: SessionStore,
        limits: Limits,
        mac: Mac,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._orders = orders
        self._directory = directory
        self._access = access
        self._credentials = credentials
        self._sessions = sessions
        self._limits = limits
        self._mac = mac
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def redeem(self, claim: Claim, record: IdempotencyRecord, by: Actor) -> Credential:
        """Redeem the key and return the account's new credential; idempotent.

        Raises:
            InvalidInput: it can't be a license key; nothing was looked up. IdempotencyKeyReused.
            UnknownLicenseKey: no key of ours, or a dead or used one; counted.
            TooManyTries: by this account or from this address; nothing was looked up.
            WaitForToken: its token isn't shipped. CredentialExists: the account has one.
            Connected: the account uses another account's credential.
            LicenseKeyLapsed: its credential would be revoked at once.
            NotAuthenticated: there is no such account, or it has no sessions.
            KeysUnavailable, StorageUnavailable, Busy: nothing was decided.
        """
        key = normalized(claim.license_key)
        with self._limits.guess(self._tries(by), self._clock(), wrong=UnknownLicenseKey):
            subject = f"KEY#{self._mac('license-key', key)}"
            return self._transactions.retry_on_conflict(
                lambda: self._attempt(subject, claim, record, by)
            )

    def _attempt(
        self, subject: str, claim: Claim, record: IdempotencyRecord, by: Actor
    ) -> Credential:
        earlier = self._credentials.idempotent_result(record)
        known = self._credentials.get(by.account, earlier) if earlier else None
        if known:
            return known
        key = self._orders.license_key(subject)
        # Another account's key is unknown, after the same work (B2).
        order = self._orders.get(key.order) if key and key.is_for(by.account) else None
        if key is None or order is None:
            raise UnknownLicenseKey
        if key.kind is ProductKind.HARDWARE_TOKEN and not order.is_shipped(key.unit):
            raise WaitForToken
        sessions, epoch = self._room_for_one(by.account)
        now = self._clock()
        asked = self._asked(order, by)
        credential = replace(self._new(key, order, claim, by), epoch=epoch)
        if asked:
            credential = replace(credential, state=State.PENDING_APPROVAL)
        if credential.is_over(now, self._policy):
            raise LicenseKeyLapsed
        others: list[Write] = [
            session_rows.unchanged(sessions),
            *(approval_rows.ask(credential, partner, now) for partner in sorted(asked)),
        ]
        self._commit(key, credential, others, record, by)
        return credential

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

    def _asked(self, order: Order, by: Actor) -> frozenset[str]:
        """The partners that must approve the new credential."""
        holder = self._directory.account(by.account)
        if holder is None:
            raise NotAuthenticated
        return approvers(
            self._directory.partners(),
            applications=self._access.applications_of(holder),
            seller=order.partner,
        )

    def _new(self, key: LicenseKey, order: Order, claim: Claim, by: Actor) -> Credential:
        return Credential(
            id=ids.new_id("crd"),
            account=by.account,
            organization=claim.organization,
            order=order.number,
            unit=key.unit,
            kind=key.kind,
            proofing=key.proofing,
            legal_name=claim.legal_name,
            country=claim.country,
            paid_at=key.paid_at,
            expires_at=one_year_after(key.paid_at),
            state=State.PENDING_ACTIVATION,
            upgrade=order.units[key.unit].upgrade_included,
        )

    def _commit(
        self,
        key: LicenseKey,
        credential: Credential,
        others: Sequence[Write],
        record: IdempotencyRecord,
        by: Actor,
    ) -> None:
        now = self._clock()
        until = now + self._policy.idempotency_kept
        redeemed = Entry(action="license_key.redeemed", actor=by, at=now, subject=key.subject)
        begun = Entry(
            action=Change.REDEEMED,
            actor=by,
            at=now,
            subject=credential.subject,
            facts={"state": credential.state, "order": credential.order, **_upgrade(credential)},
        )
        self._transactions.commit(
            order_rows.redeem_license_key(key, credential.subject),
            rows.put(credential, next_due(credential, now, self._policy)),
            *others,
            *standings.follow(credential, WITHOUT, standing_of(credential, self._policy), now),
            idempotency.put(CredentialIdempotencyRow, record, credential.id, until=until),
            audit=[redeemed, begun],
        )

    def _tries(self, by: Actor) -> list[Quota]:
        """The account's quota first: exhausting it can't exhaust that of a shared address."""
        policy = self._policy
        by_address = Limit(
            name="license-key-address",
            tries=policy.license_key_tries_per_address,
            period=policy.license_key_tries_per_address_period,
        )
        by_account = Limit(
            name="license-key",
            tries=policy.license_key_tries,
            period=policy.license_key_tries_period,
        )
        return [
            Quota(limit=by_account, subject=by.id),
            Quota(limit=by_address, subject=network_of(by.address)),
        ]


def _upgrade(credential: Credential) -> Facts:
    """That an upgrade came with it; nothing if none did."""
    return {"upgrade": "included"} if credential.upgrade else {}
