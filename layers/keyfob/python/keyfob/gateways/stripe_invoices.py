"""Invoices at Stripe: customers, drafts, their lines, and what was paid.

Each step has a key of its own, `invoice:<reference>:<attempt>:<step>`: whoever is interrupted sends
all steps again, and Stripe answers those that are done as it did before.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

import stripe

from keyfob.domain.errors import NotFound
from keyfob.domain.orders.errors import (
    CustomerGone,
    PaymentFailed,
    PaymentRefused,
    PaymentUnavailable,
)
from keyfob.domain.orders.invoice import (
    Invoice,
    InvoicePayment,
    InvoiceStatement,
    InvoiceStatus,
    received,
)
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.provider import Payer, Transfer
from keyfob.gateways.stripe_client import (
    StripeApi,
    accepted,
    answered,
    is_missing,
    paid_by,
    reference_of,
    text_of,
)

if TYPE_CHECKING:
    from stripe import Invoice as Bill
    from stripe import InvoicePayment as BillPayment

# The name of the field for the number of the payer's purchase order.
PO_FIELD = "Purchase order"
_PAGE = 100
_PAYABLE = frozenset({"open", "uncollectible"})


class StripeInvoices:
    """Issues and reads invoices."""

    def __init__(self, api: StripeApi) -> None:
        self._api = api

    def customer(self, payer: Payer, *, reference: str, attempt: int) -> str:
        """Make the customer; Stripe gives the same one for the same reference and attempt."""
        made = accepted(
            lambda: self._api.v1.customers.create(
                {"name": payer.name, "email": payer.email, "metadata": {"reference": reference}},
                {"idempotency_key": f"customer:{reference}:{attempt}"},
            ),
            "customer",
        )
        return made.id

    def issue_invoice(self, order: Order, customer: str, payer: Payer) -> Invoice:
        """Draft, lines, final; an invoice that was finalized is returned as it is."""
        key = f"invoice:{order.reference}:{order.attempt}"
        v1 = self._api.v1
        # The mail goes to who ordered. A credit from an earlier surplus is an operator's to use.
        try:
            updated = accepted(
                lambda: v1.customers.update(
                    customer,
                    {"name": payer.name, "email": payer.email, "balance": 0},
                    {"idempotency_key": f"{key}:customer"},
                ),
                "customer",
            )
        except PaymentRefused as refusal:
            if is_missing(refusal):
                raise CustomerGone from refusal
            raise
        if getattr(updated, "deleted", False):
            raise CustomerGone
        draft = accepted(
            lambda: v1.invoices.create(
                _draft(order, customer), {"idempotency_key": f"{key}:draft"}
            ),
            "invoice",
        )
        for nth, item in enumerate(_items(order)):
            self._add(draft.id, customer, item, f"{key}:item:{nth}")
        return _invoice(self._finalized(draft.id, f"{key}:finalize"), [])

    def send_invoice(self, order: Order, *, attempt: int) -> None:
        """Mail the invoice to the customer."""
        bill = self._of(order)
        if bill.status in _PAYABLE:
            key = f"invoice:{order.reference}:send:{attempt}"
            self._done(
                lambda: self._api.v1.invoices.send_invoice(bill.id, {}, {"idempotency_key": key})
            )

    def invoice(self, invoice_id: str) -> InvoiceStatement:
        """The invoice with its payments."""
        bill = self._read(invoice_id)
        if bill.status == "draft":
            raise NotFound
        return InvoiceStatement(
            order=text_of(bill.metadata, "order"),
            reference=reference_of(bill.metadata),
            invoice=_invoice(bill, self._payments(invoice_id)),
        )

    def record_transfer(self, order: Order, transfer: Transfer, *, attempt: int) -> None:
        """Report the transfer as a payment record and attach it to the invoice."""
        bill = self._of(order)
        if bill.status not in _PAYABLE or self._has(self._payments(bill.id), transfer.act):
            return
        key = f"transfer:{transfer.act}:{attempt}"
        day = int(datetime.combine(transfer.on, time(), UTC).timestamp())
        record = self._done(
            lambda: self._api.v1.payment_records.report_payment(
                {
                    "amount_requested": {"currency": bill.currency, "value": transfer.amount},
                    "initiated_at": day,
                    "outcome": "guaranteed",
                    "guaranteed": {"guaranteed_at": day},
                    "payment_method_details": {
                        "type": "custom",
                        "custom": {"display_name": "Bank transfer"},
                    },
                    "processor_details": {
                        "type": "custom",
                        "custom": {"payment_reference": transfer.reference},
                    },
                    "metadata": {"order": order.number, "act": transfer.act},
                },
                {"idempotency_key": f"{key}:report"},
            )
        )
        self._done(
            lambda: self._api.v1.invoices.attach_payment(
                bill.id, {"payment_record": record.id}, {"idempotency_key": f"{key}:attach"}
            )
        )

    def _add(self, draft: str, customer: str, item: dict[str, Any], key: str) -> None:
        asked: Any = {"invoice": draft, "customer": customer, **item}
        accepted(
            lambda: self._api.v1.invoice_items.create(asked, {"idempotency_key": key}),
            "invoice line",
        )

    def _finalized(self, draft: str, key: str) -> Bill:
        """The final invoice. After a failure, Stripe is asked whether it is final all the same.

        A second invoice for the order must not be made as long as the first one can be paid.
        """
        try:
            return accepted(
                lambda: self._api.v1.invoices.finalize_invoice(
                    draft, {"auto_advance": False}, {"idempotency_key": key}
                ),
                "invoice",
            )
        except PaymentFailed:
            try:
                bill = self._read(draft)
            except (PaymentFailed, NotFound) as error:
                # Not known: the same step is asked again.
                raise PaymentUnavailable from error
            if bill.status == "draft":
                raise
            return bill

    def _has(self, payments: list[BillPayment], act: str) -> bool:
        """Whether an earlier attempt has attached the transfer."""
        paid = [paid_by(one) for one in payments]
        records = [found for kind, found in paid if kind == "payment_record"]
        return any(self._act_of(one) == act for one in records)

    def _act_of(self, record: str) -> str:
        found = answered(lambda: self._api.v1.payment_records.retrieve(record))
        return text_of(found.metadata, "act")

    def _of(self, order: Order) -> Bill:
        return self._read(_id(order))

    def _read(self, invoice_id: str) -> Bill:
        try:
            return answered(lambda: self._api.v1.invoices.retrieve(invoice_id))
        except stripe.InvalidRequestError as error:
            raise NotFound from error

    def _payments(self, invoice_id: str) -> list[BillPayment]:
        """All paid payments of an invoice."""
        page = answered(
            lambda: self._api.v1.invoice_payments.list(
                {"invoice": invoice_id, "status": "paid", "limit": _PAGE}
            )
        )
        return answered(lambda: list(page.auto_paging_iter()))

    def _done(self, call: Any) -> Any:
        """The answer; a refusal is tried again, since the invoice may have changed meanwhile."""
        try:
            return answered(call)
        except stripe.InvalidRequestError as error:
            raise PaymentUnavailable from error


def _id(order: Order) -> str:
    if order.invoice is None:
        raise NotFound
    return order.invoice.id


def _draft(order: Order, customer: str) -> Any:
    fields = [{"name": PO_FIELD, "value": order.po_number}] if order.po_number else []
    asked = {
        "customer": customer,
        "collection_method": "send_invoice",
        "currency": order.currency.lower(),
        "due_date": int(order.checkout_ends.timestamp()),
        "auto_advance": False,
        "pending_invoice_items_behavior": "exclude",
        "description": f"Please quote {order.number} on your transfer.",
        "metadata": {"order": order.number, "reference": order.reference},
    }
    return asked | ({"custom_fields": fields} if fields else {})


def _items(order: Order) -> list[dict[str, Any]]:
    """Lines with inline amounts; the tax is a line of its own, as on the payment page."""
    items: list[dict[str, Any]] = [
        {
            "description": line.name,
            "quantity": line.quantity,
            "unit_amount_decimal": str(line.unit_price),
            "currency": order.currency.lower(),
        }
        for line in order.lines
    ]
    if order.tax:
        currency = order.currency.lower()
        items.append({"description": "Tax", "amount": order.tax, "currency": currency})
    return items


def _invoice(bill: Bill, paid: list[BillPayment]) -> Invoice:
    payments = tuple(_payment(one) for one in paid)
    total, balance = bill.total, bill.starting_balance
    credited = bill.pre_payment_credit_notes_amount
    return Invoice(
        id=bill.id,
        number=bill.number or "",
        url=bill.hosted_invoice_url or "",
        due_at=datetime.fromtimestamp(bill.due_date or 0, UTC),
        status=InvoiceStatus(bill.status or ""),
        currency=bill.currency.upper(),
        total=total,
        paid=received(
            payments,
            stated=bill.amount_paid,
            overpaid=bill.amount_overpaid,
            owed=max(0, total + balance - credited),
        ),
        balance=balance,
        credited=credited,
        payments=tuple(sorted(payments, key=lambda one: one.id)),
    )


def _payment(one: BillPayment) -> InvoicePayment:
    kind, found = paid_by(one)
    return InvoicePayment(id=found, amount=one.amount_paid or 0, by_bank=kind == "payment_record")
