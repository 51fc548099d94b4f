"""Purchases for an existing credential: another year, a token, an upgrade (B5, B7, C6, D4)."""

from __future__ import annotations

from datetime import datetime

from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.credentials import lifecycle, tokens
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.orders import order as orders
from keyfob.domain.orders.order import Order, Transition
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.orders.undoing import purchase_of
from keyfob.domain.policy import Policy
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.transaction import NOTHING, TransactionPart
from keyfob.usecases.credentials.service import CredentialChanges


class Purchases:
    """Applies a paid purchase in the same transaction that records the payment.

    paid before R ──▶ order fulfilled + credential renewed, or the token to be shipped; or neither
    paid after R, or after somebody revoked it ──▶ order held, alarm, refund as an effect
    """

    def __init__(
        self,
        credentials: CredentialStore,
        service: CredentialChanges,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._credentials = credentials
        self._service = service
        self._clock = clock
        self._policy = policy

    def open_to(self, kind: ProductKind, account: str, credential_id: str) -> Credential | None:
        """The account's live credential, if it has this id and can have such a product now."""
        now = in_seconds(self._clock)
        live = self._living(account, credential_id, now)
        if live and kind is ProductKind.ADDED_TOKEN and not tokens.takes_added(live, now):
            return None
        if live and kind is ProductKind.UPGRADE and not lifecycle.takes_upgrade(live, now):
            return None
        return live

    def is_approved(self, credential: Credential, *, by: str) -> bool:
        """Whether this partner has approved the credential."""
        return by in self._credentials.approved_by(credential, [by])

    def applied(self, paid: Order, *, by: Actor) -> tuple[Transition, TransactionPart]:
        """The paid order's transition, and the change to its credential in the same transaction."""
        # One instant for both: the revocation could fall due between two.
        now = in_seconds(self._clock)
        own = str(paid.renews or paid.adds_to or paid.upgrades)
        live = self._living(paid.account, own, now)
        # Another upgrade was paid first, or its holder has begun to be proofed.
        in_vain = live is not None and paid.upgrades and (live.upgrade or live.proofing)
        if live is None or in_vain:
            return orders.refuse(paid), NOTHING
        if paid.upgrades:
            bought = lifecycle.buy_upgrade(live, purchase_of(paid, 0))
            facts = {"order": paid.number}
        elif paid.adds_to:
            bought, facts = tokens.added(live), {"order": paid.number}
        else:
            bought = lifecycle.renew(live, now, self._policy, purchase=purchase_of(paid, 0))
            until = f"{bought.credential.expires_at:%Y-%m-%d}"
            facts = {"order": paid.number, "until": until}
        return orders.applied(paid), self._service.change(live, bought, by=by, facts=facts)

    def _living(self, account: str, credential_id: str, now: datetime) -> Credential | None:
        live = self._credentials.live(account)
        if live is None or live.id != credential_id or live.is_over(now, self._policy):
            return None
        return live
