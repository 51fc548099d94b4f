"""Stripe's page of an invoice, where a customer pays all or a part of it."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from werkzeug import Request, Response

from local.html import page
from local.stripe_double.account import Account
from local.stripe_double.checkout_rules import MOST
from local.stripe_double.invoice_payments import UNPAID
from local.stripe_double.payments import DECLINED


class InvoicePage:
    """Routes below `/pay/<token>`. Stripe's own page takes no surplus; bank transfers may."""

    def __init__(self, account: Account) -> None:
        """Show and pay the invoices of `account`."""
        self._account = account

    def knows(self, token: str) -> bool:
        """Whether this is an invoice's token."""
        return self._account.store.get("invoice_page", token) is not None

    def answer(self, request: Request, token: str, act: str) -> Response:
        """Answer one request; `act` is empty, `pay` or `decline`."""
        if request.method in {"GET", "HEAD"} and not act:
            return self._show(token)
        if request.method == "POST" and act in {"pay", "decline"}:
            with self._account.store.transaction():
                return self._act(token, act, request.form.get("amount", ""))
        return page("missing.html", status=404, what="invoice page")

    def _act(self, token: str, act: str, asked: str) -> Response:
        bill = self._invoice(token)
        if bill["status"] not in UNPAID:
            # Paid or void meanwhile, perhaps in another tab: the page shows which.
            return self._show(token, status=409)
        if act == "decline":
            self._account.invoice_payments.decline(bill)
            return self._show(token, problem=DECLINED)
        amount = bill["amount_remaining"] if not asked.strip() else _minor(asked)
        if not 0 < amount <= MOST:
            return self._show(token, problem="Enter an amount such as 12.50.", status=400)
        self._account.invoice_payments.pay_by_card(bill, amount)
        return self._show(token)

    def _invoice(self, token: str) -> dict[str, Any]:
        found = self._account.store.get("invoice_page", token) or {}
        return self._account.invoices.get(str(found.get("invoice")))

    def _show(self, token: str, *, problem: str | None = None, status: int = 200) -> Response:
        bill = self._invoice(token)
        lines = reversed(self._account.invoices.lines(bill["id"]))
        return page(
            "invoice.html",
            status=status,
            token=token,
            invoice=bill,
            lines=list(lines),
            payable=bill["status"] in UNPAID,
            problem=problem,
        )


def _minor(amount: str) -> int:
    """An amount such as `12.50` in minor units, or 0 if it is none."""
    try:
        minor = Decimal(amount.strip()) * 100
    except InvalidOperation:
        return 0
    return int(minor) if minor.is_finite() and minor == minor.to_integral_value() else 0
