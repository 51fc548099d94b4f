"""Acts about invoices and money (B4, G2)."""

from __future__ import annotations

from typing import Any

from keyfob.domain.audit.entry import Actor
from keyfob.domain.orders.order import Order
from operations import wiring
from operations.invoice_requests import (
    CloseSurplusRequest,
    HeldMoneyRequest,
    InvoiceRequest,
    ListHeldMoneyRequest,
    MarkPaidRequest,
    RefundHeldRequest,
    ReleaseHeldRequest,
    SetCreditLimitRequest,
)


def about_money(request: InvoiceRequest, by: Actor) -> dict[str, Any]:
    """Record a transfer, set a credit limit, list the money that waits, or decide about it."""
    if isinstance(request, MarkPaidRequest):
        return _mark_paid(request, by)
    if isinstance(request, SetCreditLimitRequest):
        return _set_limit(request, by)
    if isinstance(request, ListHeldMoneyRequest):
        found = wiring.receiving().held(limit=request.limit)
        return {"orders": [_held(one) for one in found]}
    return _held(_decided(request, by))


def _decided(request: HeldMoneyRequest, by: Actor) -> Order:
    receiving = wiring.receiving()
    if isinstance(request, ReleaseHeldRequest):
        return receiving.release(request.order, by=by)
    if isinstance(request, RefundHeldRequest):
        return receiving.refund(request.order, by=by)
    if isinstance(request, CloseSurplusRequest):
        return receiving.close_surplus(request.order, request.amount, request.outcome, by)
    raise TypeError(f"no act for {request}")


def _mark_paid(request: MarkPaidRequest, by: Actor) -> dict[str, Any]:
    order = wiring.receiving().mark_paid(
        request.order, reference=request.reference, on=request.on, amount=request.amount, by=by
    )
    invoice = order.invoice
    return {
        "order": order.number,
        "invoice": invoice.number if invoice else None,
        "amount": order.receipts[-1].amount,
        "remaining_before": invoice.remaining if invoice else None,
        "recorded": "within five minutes",
    }


def _set_limit(request: SetCreditLimitRequest, by: Actor) -> dict[str, Any]:
    unpaid = wiring.credit_limits().set(
        request.organization, request.currency, request.limit, by=by
    )
    return {
        "organization": request.organization,
        "currency": request.currency,
        "limit": request.limit,
        "unpaid": unpaid,
    }


def _held(order: Order) -> dict[str, Any]:
    invoice = order.invoice
    return {
        "order": order.number,
        "state": str(order.state),
        "organization": order.organization,
        "currency": order.currency,
        "total": order.total,
        "paid": invoice.paid if invoice else None,
        "surplus": order.open_surplus,
        "decision": order.held_decision,
        "payment": order.payment,
    }
