"""Another year for a credential, by an order and its payment (B7)."""

from __future__ import annotations

from datetime import datetime

from keyfob.audit.entry import Actor
from keyfob.clock import Clock
from keyfob.credentials import lifecycle
from keyfob.credentials.credential import Credential
from keyfob.credentials.desk import CredentialDesk
from keyfob.credentials.store import CredentialStore
from keyfob.orders import order as orders
from keyfob.orders.order import Order, Transition
from keyfob.policy import Policy
from keyfob.transaction import NOTHING, Along


class Renewal:
    """Renews what was paid for, in the very transaction that takes note of the payment.

    paid before R ──▶ order fulfilled + credential renewed, or neither
    paid after R, or after somebody revoked it ──▶ order held, alarm, refund as an effect
    """

    def __init__(
        self,
        credentials: CredentialStore,
        desk: CredentialDesk,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._credentials = credentials
        self._desk = desk
        self._clock = clock
        self._policy = policy

    def renewable(self, account: str, credential_id: str) -> Credential | None:
        """The account's credential, if this is its live one and its revocation isn't due."""
        return self._renewable(account, credential_id, self._now())

    def applied(self, paid: Order, *, by: Actor) -> tuple[Transition, Along]:
        """What becomes of the paid order, and of its credential along with it."""
        # One instant for both: between two of them the revocation could fall due.
        now = self._now()
        live = self._renewable(paid.account, str(paid.renews), now)
        if live is None:
            return orders.refuse_renewal(paid), NOTHING
        renewed = lifecycle.renew(live, now, self._policy)
        facts = {"order": paid.number, "until": f"{renewed.credential.expires_at:%Y-%m-%d}"}
        return orders.renewed(paid), self._desk.change(live, renewed, by=by, facts=facts)

    def _renewable(self, account: str, credential_id: str, now: datetime) -> Credential | None:
        live = self._credentials.live(account)
        if live is None or live.id != credential_id or live.is_over(now, self._policy):
            return None
        return live

    def _now(self) -> datetime:
        """In whole seconds, as rows keep it."""
        return self._clock().replace(microsecond=0)
