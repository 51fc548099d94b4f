"""The organization's customer at the payment provider, made with its first invoice."""

from __future__ import annotations

from keyfob.domain import ids
from keyfob.domain.errors import NotFound
from keyfob.domain.orders.errors import PaymentFailed
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.provider import InvoiceProvider, Payer
from keyfob.storage.directory.store import Directory
from keyfob.storage.orders.customers import CustomerStore


class Customers:
    """Finds or makes customers. Two at once ask with the same key, so they get the same one."""

    def __init__(
        self, customers: CustomerStore, directory: Directory, provider: InvoiceProvider
    ) -> None:
        self._customers = customers
        self._directory = directory
        self._provider = provider

    def of(self, order: Order) -> tuple[str, Payer]:
        """The customer that the order's invoice is made out to.

        Raises:
            PaymentUnavailable: no answer; asking again gives the same customer.
            PaymentFailed: the provider failed; the next request is a new attempt.
            PaymentRefused: the provider takes no such customer.
        """
        payer = self._payer(order)
        found = self._customers.get(order.organization)
        found = found or self._customers.begin(order.organization, ids.new_id("cus"))
        if found.id:
            return found.id, payer
        try:
            made = self._provider.customer(payer, reference=found.reference, attempt=found.attempt)
        except PaymentFailed:
            self._customers.fail(found)
            raise
        return self._customers.name(found, made), payer

    def forget(self, organization: str, customer: str) -> None:
        """Make another customer with the next invoice: the provider doesn't know this one."""
        found = self._customers.get(organization)
        if found and found.id == customer:
            self._customers.forget(found)

    def _payer(self, order: Order) -> Payer:
        organization = self._directory.organization(order.organization)
        purchaser = self._directory.account(order.account)
        if organization is None or purchaser is None:
            raise NotFound
        return Payer(name=organization.name, email=purchaser.email)
