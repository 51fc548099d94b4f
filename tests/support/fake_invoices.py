"""The payment provider's invoices in memory; the contract suite holds them to the real ones."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

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
)
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.provider import Closed, Payer, Transfer


@dataclass
class FakeInvoices:
    """An `InvoiceProvider`, and what payers and people at the provider do.

    `silent` leaves every call without an answer; `failing` answers the next customer or invoice
    with a failure, which is remembered for that attempt. `refusing` refuses all of them.
    """

    silent: bool = False
    failing: bool = False
    refusing: bool = False
    customers: dict[tuple[str, int], str | None] = field(default_factory=dict)
    payers: dict[str, Payer] = field(default_factory=dict)
    bills: dict[str, InvoiceStatement] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    closed: dict[str, Closed] = field(default_factory=dict)
    acts: set[str] = field(default_factory=set)
    _issued: dict[tuple[str, int], str | None] = field(default_factory=dict)

    def customer(self, payer: Payer, *, reference: str, attempt: int) -> str:
        self.answered()
        if self.refusing or "@" not in payer.email:
            raise PaymentRefused
        known = (reference, attempt)
        if known not in self.customers:
            made = None if self.failing else f"cus_{len(self.customers) + 1}"
            self.customers[known] = made
            self.failing = False
        found = self.customers[known]
        if found is None:
            raise PaymentFailed
        self.payers[found] = payer
        return found

    def issue_invoice(self, order: Order, customer: str, payer: Payer) -> Invoice:
        self.answered()
        if customer not in self.payers:
            raise CustomerGone
        self.payers[customer] = payer
        if self.refusing or len(order.po_number) > 140:
            raise PaymentRefused
        known = (order.reference, order.attempt)
        if known not in self._issued:
            self._issued[known] = None if self.failing else self._bill(order)
            self.failing = False
        found = self._issued[known]
        if found is None:
            raise PaymentFailed
        return self.bills[found].invoice

    def send_invoice(self, order: Order, *, attempt: int) -> None:
        self.answered()
        if self._of(order).is_payable:
            self.sent.append(self._of(order).id)

    def invoice(self, invoice_id: str) -> InvoiceStatement:
        self.answered()
        if invoice_id not in self.bills:
            raise NotFound
        return self.bills[invoice_id]

    def close_invoice(self, order: Order, *, attempt: int) -> Closed:
        self.answered()
        bill = self._of(order)
        if bill.id in self.closed or bill.status is InvoiceStatus.VOID:
            return self.closed.get(bill.id, Closed())
        if not bill.paid:
            self.change(bill.id, status=InvoiceStatus.VOID)
            return Closed()
        self.change(bill.id, status=InvoiceStatus.PAID, credited=bill.remaining)
        by_bank = sum(one.amount for one in bill.payments if one.by_bank)
        closed = Closed(credit_note=f"cn_{order.reference}", by_bank=min(by_bank, bill.total))
        self.closed[bill.id] = closed
        return closed

    def record_transfer(self, order: Order, transfer: Transfer, *, attempt: int) -> None:
        self.answered()
        bill = self._of(order)
        if transfer.act in self.acts or not bill.is_payable:
            return
        self.acts.add(transfer.act)
        self.paid(bill.id, transfer.amount, kind="pr")

    def paid(self, invoice_id: str, amount: int | None = None, *, kind: str = "pi") -> str:
        """Money arrives for the invoice, by default all that remains; the payment's id."""
        bill = self.bills[invoice_id].invoice
        assert bill.is_payable, "nobody can pay such an invoice"
        amount = bill.remaining if amount is None else amount
        payment = f"{kind}_{invoice_id}_{len(bill.payments) + 1}"
        paid = bill.paid + amount
        self.change(
            invoice_id,
            paid=paid,
            payments=(
                *bill.payments,
                InvoicePayment(id=payment, amount=amount, by_bank=kind == "pr"),
            ),
            status=InvoiceStatus.PAID if paid >= bill.owed else bill.status,
        )
        return payment

    def change(self, invoice_id: str, **changes: Any) -> None:
        """Something happens to the invoice at the provider."""
        known = self.bills[invoice_id]
        self.bills[invoice_id] = replace(known, invoice=replace(known.invoice, **changes))

    def answered(self) -> None:
        """Raise unless the provider answers."""
        if self.silent:
            raise PaymentUnavailable

    def _bill(self, order: Order) -> str:
        invoice_id = f"in_{len(self.bills) + 1}"
        self.bills[invoice_id] = InvoiceStatement(
            order=order.number,
            reference=order.reference,
            invoice=Invoice(
                id=invoice_id,
                number=f"FAKE-{len(self.bills) + 1:04}",
                url=f"https://pay.example/{invoice_id}",
                due_at=order.checkout_ends,
                status=InvoiceStatus.OPEN,
                currency=order.currency,
                total=order.total,
            ),
        )
        return invoice_id

    def _of(self, order: Order) -> Invoice:
        if order.invoice is None:
            raise NotFound
        return self.bills[order.invoice.id].invoice
