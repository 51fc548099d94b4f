"""Purchases for an existing credential: another year, a token, an upgrade (B5, B7, C6, D4)."""

from __future__ import annotations

from datetime import datetime

from keyfob.domain.audit.entry import Actor, Facts
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.credentials import lifecycle, tokens
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.orders import applying
from keyfob.domain.orders.line import Line
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.orders.transition import Transition
from keyfob.domain.orders.undoing import purchase_of
from keyfob.domain.policy import Policy
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.transaction import NOTHING, TransactionPart, joined
from keyfob.usecases.credentials.service import CredentialChanges


class Purchases:
    """Applies a paid purchase in the same transaction that records the payment.

    paid before R ──▶ order paid + each credential renewed, or its token to be shipped; or neither
    paid after R, or after somebody revoked it ──▶ that line refused; every line: held, refunded
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

    def open_to(
        self, kind: ProductKind, account: str, credential_id: str | None
    ) -> Credential | None:
        """The account's live credential, if it can have such a product now.

        With a `credential_id` it must be that one.
        """
        live = self._living(account, credential_id, in_seconds(self._clock))
        return live if live and self.takes(kind, live) else None

    def living(self, account: str) -> Credential | None:
        """The account's live credential, unless its revocation is due."""
        return self._living(account, None, in_seconds(self._clock))

    def takes(self, kind: ProductKind, live: Credential) -> bool:
        """Whether a product of this kind can be bought for a live credential now."""
        now = in_seconds(self._clock)
        if kind is ProductKind.ADDED_TOKEN:
            return tokens.takes_added(live, now)
        if kind is ProductKind.UPGRADE:
            return lifecycle.takes_upgrade(live, now)
        return True

    def is_approved(self, credential: Credential, *, by: str) -> bool:
        """Whether this partner has approved the credential."""
        return by in self._credentials.approved_by(credential, [by])

    def applied(self, paid: Order, *, by: Actor) -> tuple[Transition, TransactionPart]:
        """The paid order's transition, and the changes of credentials in the same transaction."""
        # One instant for all: the revocation could fall due between two.
        now = in_seconds(self._clock)
        refused, parts = [], []
        for place, line in paid.for_credentials:
            part = self._change(paid, place, line, now, by)
            if part is None:
                refused.append(place)
            else:
                parts.append(part)
        return applying.applied(paid, refused), joined(*parts) if parts else NOTHING

    def _change(
        self, paid: Order, place: int, line: Line, now: datetime, by: Actor
    ) -> TransactionPart | None:
        """The change of a line's credential; None if it can't have that any more."""
        live = self._living(paid.owner_of(line), line.credential or "", now)
        if live is None:
            return None
        facts: Facts = {"order": paid.number}
        purchase = purchase_of(paid, paid.pieces.index(place))
        if line.kind is ProductKind.UPGRADE:
            if live.upgrade or live.proofing:
                # Another upgrade was paid first, or its holder has begun to be proofed.
                return None
            bought = lifecycle.buy_upgrade(live, purchase)
        elif line.kind is ProductKind.ADDED_TOKEN:
            bought = tokens.added(live)
        else:
            bought = lifecycle.renew(live, now, self._policy, purchase=purchase)
            facts = {**facts, "until": f"{bought.credential.expires_at:%Y-%m-%d}"}
        return self._service.change(live, bought, by=by, facts=facts)

    def _living(self, account: str, credential_id: str | None, now: datetime) -> Credential | None:
        live = self._credentials.live(account)
        if live is None or live.is_over(now, self._policy):
            return None
        return live if credential_id in {None, live.id} else None
