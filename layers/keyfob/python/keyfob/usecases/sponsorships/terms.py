"""The terms that a sponsored credential waits for (A4).

The sponsor pays for the use of each of its applications that the holder may use. As long as terms
of one of them are outstanding, the credential isn't accepted, and no authenticator is registered
with it: a new version of the terms may ask for acceptance anew in between.
"""

from __future__ import annotations

from keyfob.domain.access.subscription import terms_outstanding
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.directory.account import Account
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.payment_method import PaymentMethod
from keyfob.domain.orders.product import Sold, fits
from keyfob.storage.access.store import AccessStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.orders.store import OrderStore
from keyfob.usecases.access.terms import AcceptedTerms, Subscribed


class SponsoredTerms:
    """Finds the subscriptions that a sponsored credential is for, and judges their terms."""

    def __init__(
        self,
        *,
        directory: Directory,
        access: AccessStore,
        terms: AcceptedTerms,
        orders: OrderStore,
    ) -> None:
        self._directory = directory
        self._access = access
        self._terms = terms
        self._orders = orders

    def accepted(self, holder: Account, sponsor: str, sold: Sold) -> list[Subscribed]:
        """The subscriptions to the sponsor's applications that the product is for.

        Raises:
            TermsOutstanding: names the administrators to ask.
        """
        found = self._subscribed(holder, sponsor, sold)
        for one in found:
            self._terms.require(one)
        return found

    def require_accepted(self, credential: Credential) -> None:
        """Refuse to register an authenticator with a sponsored credential whose terms wait.

        A bought credential isn't refused.

        Raises:
            TermsOutstanding: names the administrators to ask.
        """
        for one in self._of(credential, self._orders.get(credential.order)):
            self._terms.require(one)

    def are_outstanding(self, credential: Credential, order: Order | None) -> bool:
        """Whether this credential from this order waits for terms."""
        return any(
            terms_outstanding(one.subscription, one.application)
            for one in self._of(credential, order)
        )

    def _of(self, credential: Credential, order: Order | None) -> list[Subscribed]:
        """The subscriptions that a sponsored credential is for; none of a bought one."""
        if order is None or order.method is not PaymentMethod.SPONSORED:
            return []
        holder = self._directory.account(credential.account)
        if holder is None:
            return []
        return self._subscribed(holder, order.partner, order.units[credential.unit])

    def _subscribed(self, holder: Account, sponsor: str, sold: Sold) -> list[Subscribed]:
        partner = self._directory.partner(sponsor)
        usable = self._access.applications_of(holder)
        return [
            subscribed
            for one in (partner.applications if partner else ())
            if one.id in usable and one.needs_credential and fits(sold, one)
            if (subscribed := self._terms.subscribed(holder.organization, one.id))
        ]
