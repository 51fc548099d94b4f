"""The row of an order in the `orders` table, and the writes that add and change it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute

from keyfob.domain import due_index as index
from keyfob.domain.orders.address import Address
from keyfob.domain.orders.due import next_due
from keyfob.domain.orders.guest import Guest
from keyfob.domain.orders.line import Line
from keyfob.domain.orders.order import Checkout, HeldDecision, Order, State
from keyfob.domain.orders.payment_method import PaymentMethod
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.orders.shipment import Ended, Shipment
from keyfob.domain.orders.supply import Supply, SupplyState
from keyfob.storage.orders import given_back, invoices
from keyfob.storage.rows import (
    AuditedRow,
    Check,
    DueRow,
    Put,
    Subject,
    Update,
    assign,
    differing,
)

SK = "-"
AWAITING_DECISION = "AWAITING_DECISION"
_GUEST_ENDS = ("erased_unpaid", "erased_paid")


class OrderRow(AuditedRow, DueRow):
    """`ORDER#<number>`; `g1…` is the due index, `g2…` lists an account's orders.

    `g3…` lists the orders whose money waits for an operator.
    """

    class Meta:
        table_name = "orders"

    account = UnicodeAttribute()
    organization = UnicodeAttribute()
    partner = UnicodeAttribute()
    lines = JSONAttribute()
    currency = UnicodeAttribute()
    po_number = UnicodeAttribute()
    shipping = JSONAttribute()
    billing = JSONAttribute()
    placed_at = UnicodeAttribute()
    checkout_ends = UnicodeAttribute()
    reference = UnicodeAttribute()
    method = UnicodeAttribute(null=True)
    state = UnicodeAttribute()
    attempt = NumberAttribute()
    checkout_id = UnicodeAttribute(null=True)
    checkout_url = UnicodeAttribute(null=True)
    clears_until = UnicodeAttribute(null=True)
    invoice = JSONAttribute(null=True)
    receipts = JSONAttribute(null=True)
    reminded = NumberAttribute(null=True)
    paid_at = UnicodeAttribute(null=True)
    payment = UnicodeAttribute(null=True)
    refund = UnicodeAttribute(null=True)
    held_decision = UnicodeAttribute(null=True)
    closed_surplus = NumberAttribute(null=True)
    minted = NumberAttribute()
    shipments = JSONAttribute(null=True)
    supplies = JSONAttribute(null=True)
    counted = BooleanAttribute(null=True)
    given_back = JSONAttribute(null=True)
    carried_out = JSONAttribute(null=True)
    guest = JSONAttribute(null=True)
    disclaimer = UnicodeAttribute(null=True)
    vat_id = UnicodeAttribute(null=True)
    tax_note = UnicodeAttribute(null=True)
    refused = JSONAttribute(null=True)
    reassigned = JSONAttribute(null=True)
    g2pk = UnicodeAttribute(null=True)
    g2sk = UnicodeAttribute(null=True)
    g3pk = UnicodeAttribute(null=True)
    g3sk = UnicodeAttribute(null=True)


def listing_key(order: Order) -> str:
    """The sort key of this order in its account's list."""
    return f"{index.instant(order.placed_at)}#{order.number}"


def place(order: Order, now: datetime) -> Put:
    """The write that adds an order, due for its first check."""
    row = OrderRow(
        order.subject,
        SK,
        reference=order.reference,
        method=order.method,
        account=order.account,
        organization=order.organization,
        partner=order.partner,
        lines=[line_row(line) for line in order.lines],
        currency=order.currency,
        placed_at=index.instant(order.placed_at),
        checkout_ends=index.instant(order.checkout_ends),
        g2pk=None if order.guest else f"ACCOUNT#{order.account}",
        g2sk=None if order.guest else listing_key(order),
        counted=order.counted or None,
        clears_until=index.instant(order.clears_until) if order.clears_until else None,
        disclaimer=order.disclaimer or None,
        vat_id=order.vat_id or None,
        tax_note=order.tax_note or None,
        **{name: value for name, value in changing(order, now).items() if value is not None},
    )
    return Put(row=row, subject=Subject(id=order.subject))


def change(seen: Order, to: Order, now: datetime) -> Update:
    """The update that turns `seen` into `to` and plans what is due next."""
    before, after = changing(seen, now), changing(to, now)
    planned = {name: after[name] for name in ("g1pk", "g1sk")}
    return Update(
        row=OrderRow,
        key=(seen.subject, SK),
        actions=assign(OrderRow, differing(before, after) | planned),
        subject=Subject(id=seen.subject, number=seen.version, head=seen.head),
    )


def unchanged(seen: Order) -> Check:
    """Condition check: the order is as it was seen."""
    condition = OrderRow.version == seen.version
    return Check(row=OrderRow, key=(seen.subject, SK), condition=condition)


def changing(order: Order, now: datetime) -> dict[str, Any]:
    """The attributes that change, and when the order is due next."""
    due = next_due(order, now)
    return {
        "state": order.state,
        "attempt": order.attempt,
        "po_number": order.po_number,
        "shipping": asdict(order.shipping),
        "billing": asdict(order.billing),
        "checkout_id": order.checkout.id if order.checkout else None,
        "checkout_url": order.checkout.url if order.checkout else None,
        "invoice": invoices.written(order.invoice),
        "receipts": [asdict(one) for one in order.receipts] or None,
        "reminded": order.reminded or None,
        "paid_at": index.instant(order.paid_at) if order.paid_at else None,
        "payment": order.payment,
        "refund": order.refund,
        "held_decision": order.held_decision,
        "closed_surplus": order.closed_surplus or None,
        "minted": order.minted,
        "shipments": [_written(one) for one in order.shipments] or None,
        "supplies": [_written(one) for one in order.supplies] or None,
        "given_back": given_back.written(order.given_back),
        "guest": _guest_row(order.guest) if order.guest else None,
        "refused": list(order.refused) or None,
        "reassigned": {str(unit): one for unit, one in order.reassigned.items()} or None,
        "g1pk": index.shard_of(order.subject) if due else None,
        "g1sk": index.sort_key(due, order.subject) if due else None,
        "g3pk": AWAITING_DECISION if order.awaits_decision else None,
        "g3sk": order.number if order.awaits_decision else None,
    }


def order_of(row: OrderRow) -> Order:
    """The order that a row has."""
    checkout = None
    if row.checkout_id and row.checkout_url:
        checkout = Checkout(id=row.checkout_id, url=row.checkout_url)
    return Order(
        number=row.pk.removeprefix("ORDER#"),
        reference=row.reference,
        account=row.account,
        organization=row.organization,
        partner=row.partner,
        lines=tuple(map(line_of, row.lines)),
        currency=row.currency,
        po_number=row.po_number,
        shipping=Address(**row.shipping),
        billing=Address(**row.billing),
        placed_at=datetime.fromisoformat(row.placed_at),
        checkout_ends=datetime.fromisoformat(row.checkout_ends),
        # Orders from before there were invoices name no method.
        method=PaymentMethod(row.method or PaymentMethod.CARD),
        state=State(row.state),
        checkout=checkout,
        clears_until=datetime.fromisoformat(row.clears_until) if row.clears_until else None,
        invoice=invoices.read(row.invoice),
        receipts=invoices.receipts(row.receipts),
        reminded=int(row.reminded or 0),
        attempt=int(row.attempt),
        paid_at=datetime.fromisoformat(row.paid_at) if row.paid_at else None,
        payment=row.payment,
        refund=row.refund,
        held_decision=HeldDecision(row.held_decision) if row.held_decision else None,
        closed_surplus=int(row.closed_surplus or 0),
        minted=int(row.minted),
        shipments=tuple(map(_shipment, row.shipments or ())),
        supplies=tuple(map(_supply, row.supplies or ())),
        counted=bool(row.counted),
        given_back=given_back.given_back_of(row.given_back),
        carried_out=frozenset(row.carried_out or ()),
        guest=_guest(row.guest) if row.guest else None,
        disclaimer=row.disclaimer or "",
        vat_id=row.vat_id or "",
        tax_note=row.tax_note or "",
        refused=tuple(row.refused or ()),
        reassigned={int(unit): one for unit, one in (row.reassigned or {}).items()},
        version=int(row.version),
        head=row.head,
    )


def line_row(line: Line) -> dict[str, Any]:
    """A line as JSON."""
    renewed = index.instant(line.renewed_until) if line.renewed_until else None
    return asdict(line) | {"renewed_until": renewed}


def line_of(written: dict[str, Any]) -> Line:
    """The line that was written."""
    renewed = written.get("renewed_until")
    return Line(
        **written
        | {
            "kind": ProductKind(written["kind"]),
            "renewed_until": datetime.fromisoformat(renewed) if renewed else None,
        }
    )


def _written(one: Shipment | Supply) -> dict[str, Any]:
    return asdict(one) | {"at": index.instant(one.at)}


def _shipment(written: dict[str, Any]) -> Shipment:
    ended = written.get("ended")
    changed = {
        "at": datetime.fromisoformat(written["at"]),
        "ended": Ended(ended) if ended else None,
    }
    return Shipment(**written | changed)


def _supply(written: dict[str, Any]) -> Supply:
    changed = {
        "at": datetime.fromisoformat(written["at"]),
        "state": SupplyState(written["state"]),
    }
    return Supply(**written | changed)


def _guest_row(guest: Guest) -> dict[str, Any]:
    ends = {name: index.instant(getattr(guest, name)) for name in _GUEST_ENDS}
    return asdict(guest) | ends


def _guest(written: dict[str, Any]) -> Guest:
    ends = {name: datetime.fromisoformat(written[name]) for name in _GUEST_ENDS}
    return Guest(**written | ends)
