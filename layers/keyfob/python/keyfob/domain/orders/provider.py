"""The payment provider's interface for the order flow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from keyfob.domain.orders.decisions import Payment
from keyfob.domain.orders.given_back import Dispute, Refund, RefundRequest
from keyfob.domain.orders.invoice import Invoice, InvoiceStatement
from keyfob.domain.orders.order import Checkout, Order


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutStatus:
    """A payment page's present state at the provider.

    `order` and `reference` are the order's number and reference that we gave it; `payment` is set
    once it is paid; `closed`: it can't be paid any more.
    """

    id: str
    order: str
    reference: str
    payment: Payment | None
    closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """The party that an invoice is made out to, and where it is mailed."""

    name: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Money that arrived by bank on a day.

    `act` identifies the operator's act, so that it counts once.
    """

    act: str
    amount: int
    on: date
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A closed invoice: its credit note if money was given back, `by_bank` of it by hand."""

    credit_note: str | None = None
    by_bank: int = 0


class InvoiceProvider(Protocol):
    """Invoices, with the same rules as pages: see `PaymentProvider`."""

    def customer(self, payer: Payer, *, reference: str, attempt: int) -> str:
        """The customer's id; calling again with the same reference and attempt gives the same one.

        Raises:
            PaymentFailed: the provider failed, and will repeat that for this attempt.
            PaymentRefused: the provider takes no such payer.
        """

    def issue_invoice(self, order: Order, customer: str, payer: Payer) -> Invoice:
        """The order's invoice, open for payment; calling again gives the same one.

        Raises:
            PaymentFailed: the provider failed, and will repeat that for this attempt.
            PaymentRefused: the provider doesn't take such an order, in any attempt.
        """

    def send_invoice(self, order: Order, *, attempt: int) -> None:
        """Let the provider mail the invoice; one that has ended is not mailed."""

    def invoice(self, invoice_id: str) -> InvoiceStatement:
        """The invoice's present state.

        Raises:
            NotFound: the provider knows no such invoice, or it isn't issued.
        """

    def close_invoice(self, order: Order, *, attempt: int) -> Closed:
        """Make the invoice void; if money arrived, give it back with a credit note. Once."""

    def refunds_by_bank(self, invoice_id: str) -> Sequence[Refund]:
        """The amounts that credit notes of this invoice say go back outside of the provider."""

    def credit_request(self, order: Order, request: RefundRequest, *, attempt: int) -> None:
        """Refund what an operator requested with a credit note, once for any number of calls.

        The request's parts are refunds of their payments. The rest, and a part whose refund is
        refused after another one was made, go back by bank.

        Raises:
            PaymentRefused: the provider makes none of these refunds, in any attempt.
        """

    def record_transfer(self, order: Order, transfer: Transfer, *, attempt: int) -> None:
        """Credit the transfer to the invoice, once for each act; a closed one gets nothing."""


class PaymentProvider(InvoiceProvider, Protocol):
    """Every call has a timeout and raises `PaymentUnavailable` when it isn't answered.

    A provider also remembers a failure under its idempotency key, so each `attempt` has its own
    key. The provider refuses to repeat an action; these calls treat that as done.
    """

    def open_checkout(self, order: Order) -> Checkout:
        """The order's payment page; calling again gives the same page.

        Raises:
            PaymentFailed: the provider failed, and will repeat that for this attempt.
            PaymentRefused: the provider doesn't take such an order, in any attempt.
        """

    def checkout(self, checkout_id: str) -> CheckoutStatus:
        """The page's present state.

        Raises:
            NotFound: the provider knows no such page.
        """

    def expire_checkout(self, checkout_id: str, *, attempt: int) -> CheckoutStatus:
        """Close the page; a paid or closed one is returned as it is."""

    def refund(self, order: Order, *, attempt: int) -> str:
        """Refund the order's payment, once for any number of calls; returns the refund's id."""

    def refunds(self, payment: str) -> Sequence[Refund]:
        """The refunds of this payment, whoever made them."""

    def disputes(self, payment: str) -> Sequence[Dispute]:
        """The disputes of this payment."""

    def refund_request(self, order: Order, request: RefundRequest, *, attempt: int) -> None:
        """Refund what an operator requested, once for any number of calls.

        Raises:
            PaymentRefused: the provider doesn't make this refund, in any attempt.
        """
