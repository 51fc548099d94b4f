"""From a license key to a credential (C1, S27). Guesses are counted before they are looked up.

A: key issued, v1                   B: the same key, v1
A: KEY redeemed IF version = 1      ✓ + the credential, one transaction
                                    B: IF version = 1   ✗ reads: redeemed, refused
"""

from __future__ import annotations

from dataclasses import dataclass

from keyfob.domain import ids
from keyfob.domain.audit.entry import Actor, Entry, Facts
from keyfob.domain.clock import Clock
from keyfob.domain.credentials.credential import Change, Credential, State
from keyfob.domain.credentials.dates import one_year_after
from keyfob.domain.credentials.errors import (
    LicenseKeyLapsed,
    UnknownLicenseKey,
    WaitForToken,
)
from keyfob.domain.limits import Limit, Quota
from keyfob.domain.orders.key_schedule import end_of_year
from keyfob.domain.orders.license_key import KeyState, LicenseKey, Mac, normalized
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.orders.undoing import key_state
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.client import network_of
from keyfob.storage.idempotency import IdempotencyRecord
from keyfob.storage.limits import Limits
from keyfob.storage.orders import license_keys
from keyfob.storage.orders.store import OrderStore
from keyfob.storage.transaction import Transactions
from keyfob.usecases.credentials.beginning import Beginning, Begun

_YEAR_OVER = (
    "This license key wasn't redeemed in the year that was paid for, so it has ended. "
    "Buy a new one."
)


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
        beginning: Beginning,
        limits: Limits,
        mac: Mac,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._orders = orders
        self._beginning = beginning
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
            LicenseKeyLapsed: its year is over, or its credential would be revoked at once.
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
        known = self._beginning.earlier(by.account, record)
        if known:
            return known
        key = self._orders.keys.get(subject)
        # Another account's key is unknown, after the same work (B2).
        if key and key.has_lapsed(self._clock()) and key.holder in {None, by.account}:
            raise LicenseKeyLapsed(_YEAR_OVER)
        order = self._orders.get(key.order) if key and key.is_for(by.account) else None
        # A refund or dispute that is known kills or stops the key in a moment.
        if key is None or order is None or not _is_paid(order, key.unit):
            raise UnknownLicenseKey
        if key.kind is ProductKind.HARDWARE_TOKEN and not order.is_shipped(key.unit):
            raise WaitForToken
        begun = self._beginning.begin(
            self._new(key, order, claim, by), record, seller=order.partner
        )
        if begun.credential.is_over(self._clock(), self._policy):
            raise LicenseKeyLapsed
        self._commit(key, begun, by)
        return begun.credential

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
            expires_at=end_of_year(key.schedule, one_year_after(key.paid_at)),
            state=State.PENDING_ACTIVATION,
            upgrade=order.units[key.unit].upgrade_included,
        )

    def _commit(self, key: LicenseKey, begun: Begun, by: Actor) -> None:
        now, credential = self._clock(), begun.credential
        redeemed = Entry(action="license_key.redeemed", actor=by, at=now, subject=key.subject)
        entry = Entry(
            action=Change.REDEEMED,
            actor=by,
            at=now,
            subject=credential.subject,
            facts={"state": credential.state, "order": credential.order, **_upgrade(credential)},
        )
        self._transactions.commit(
            license_keys.redeem_license_key(key, credential.subject),
            *begun.writes,
            audit=[redeemed, entry],
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


def _is_paid(order: Order, unit: int) -> bool:
    """Whether neither a refund nor a dispute takes the money for this unit (from 0)."""
    piece = order.pieces_of_units[unit]
    return key_state(order, piece) is KeyState.ISSUED


def _upgrade(credential: Credential) -> Facts:
    """That an upgrade came with it; nothing if none did."""
    return {"upgrade": "included"} if credential.upgrade else {}
