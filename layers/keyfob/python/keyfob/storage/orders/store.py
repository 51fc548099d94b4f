"""The `orders` table: orders, license keys, idempotency records, the number sequence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action

from keyfob.domain import due_index as index
from keyfob.domain.orders.guest import Guest
from keyfob.domain.orders.key_schedule import Schedule
from keyfob.domain.orders.license_key import KeyState, LicenseKey
from keyfob.domain.orders.order import (
    Address,
    Checkout,
    Ended,
    HeldDecision,
    Line,
    Order,
    Shipment,
    State,
    next_due,
)
from keyfob.domain.orders.payment_method import PaymentMethod
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.orders.supply import Supply, SupplyState
from keyfob.storage.database import Conflict, Database
from keyfob.storage.idempotency import IdempotencyRecord, IdempotencyRow, result_of
from keyfob.storage.orders import given_back, invoices
from keyfob.storage.rows import (
    AuditedRow,
    Check,
    DueRow,
    Put,
    Row,
    Subject,
    Update,
    assign,
    differing,
)

SK = "-"
KEYS = "KEYS#"
BY_ACCOUNT = "account"
UNREDEEMED = "unredeemed"
_FIRST_NUMBER = 10_000
_PAGE = 50
_AWAITING_DECISION = "AWAITING_DECISION"
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


class LicenseKeyRow(AuditedRow, DueRow):
    """`KEY#<keyed hash>`: what the key entitles to; the key itself is stored nowhere (S17).

    `g3…` lists an organization's keys as long as they can be redeemed. Earlier keys have no
    schedule for the clock.
    """

    class Meta:
        table_name = "orders"

    order = UnicodeAttribute()
    unit = NumberAttribute()
    account = UnicodeAttribute()
    product = UnicodeAttribute()
    kind = UnicodeAttribute()
    proofing = NumberAttribute()
    state = UnicodeAttribute()
    paid_at = UnicodeAttribute()
    holder = UnicodeAttribute(null=True)
    credential = UnicodeAttribute(null=True)
    successor = UnicodeAttribute(null=True)
    issued_at = UnicodeAttribute(null=True)
    lapses_at = UnicodeAttribute(null=True)
    told_at = UnicodeAttribute(null=True)
    mail_checked = BooleanAttribute(null=True)
    g3pk = UnicodeAttribute(null=True)
    g3sk = UnicodeAttribute(null=True)


class IssuedKeysRow(Row):
    """(`KEYS#<number>`, `<first unit>`): the first key of each unit, by the unit (from 0).

    A key that was reissued names its successor. An index would be a moment behind, and a refund
    could then miss a key.
    """

    class Meta:
        table_name = "orders"

    keys = JSONAttribute()


class OrderIdempotencyRow(IdempotencyRow):
    """The idempotency record for an order's number."""

    class Meta:
        table_name = "orders"


class SequenceRow(Row):
    """`SEQUENCE#orders`: the last number given out. A number may be skipped, never reused."""

    class Meta:
        table_name = "orders"

    last = NumberAttribute()


class OpenOrdersRow(Row):
    """`OPEN#<account>`: how many of the account's orders are unpaid."""

    class Meta:
        table_name = "orders"

    open = NumberAttribute()


class ForHolderRow(Row):
    """(`HOLDER#<account>`, instant and number): a paid order with something for this account."""

    class Meta:
        table_name = "orders"

    order = UnicodeAttribute()


class PaymentRow(Row):
    """`PAYMENT#<id at the provider>`: its order; refunds and disputes name only the payment."""

    class Meta:
        table_name = "orders"

    order = UnicodeAttribute()


class OrderStore:
    """Reads orders."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, number: str) -> Order | None:
        """The order with this number, strongly consistent."""
        row = self._database.get(OrderRow, f"ORDER#{number}", SK)
        return _order(row) if row else None

    def number_of_payment(self, payment: str) -> str | None:
        """The number of the order that this payment (an id at the provider) is for."""
        row = self._database.get(PaymentRow, *_payment_key(payment))
        return str(row.order) if row else None

    def of_account(self, account: str, *, limit: int, before: str | None) -> list[Order]:
        """An account's orders, newest first; `before` is the `g2sk` to continue from."""
        items = self._database.query(
            OrderRow,
            index=BY_ACCOUNT,
            key=("g2pk", f"ACCOUNT#{account}"),
            until=("g2sk", before) if before else None,
            newest_first=True,
            limit=limit,
        )
        keys = [(item["pk"]["S"], SK) for item in items]
        return [_order(row) for row in self._database.get_many(OrderRow, keys)]

    def awaiting_decision(self, *, limit: int) -> list[Order]:
        """The orders whose money waits for an operator, the oldest number first.

        The index may be a moment behind; the orders themselves aren't.
        """
        items = self._database.query(
            OrderRow, index=UNREDEEMED, key=("g3pk", _AWAITING_DECISION), limit=limit
        )
        rows = self._database.get_many(OrderRow, [(one["pk"]["S"], SK) for one in items])
        return [order for order in map(_order, rows) if order.awaits_decision]

    def of_colleagues(self, account: str, *, limit: int) -> list[Order]:
        """Paid orders of others that have something for this account, newest first."""
        items = self._database.query(
            ForHolderRow, key=("pk", _for_holder(account)), newest_first=True, limit=limit
        )
        keys = [(f"ORDER#{item['order']['S']}", SK) for item in items]
        return [_order(row) for row in self._database.get_many(OrderRow, keys)]

    def newest(self, account: str, fits: Callable[[Order], bool]) -> Order | None:
        """The newest order that fits: one of the account's, or a colleague's for it."""
        mine = self._newest_of(account, fits)
        theirs = filter(fits, self.of_colleagues(account, limit=_PAGE))
        found = [one for one in (mine, next(theirs, None)) if one]
        return max(found, key=listing_key, default=None)

    def _newest_of(self, account: str, fits: Callable[[Order], bool]) -> Order | None:
        before: str | None = None
        while True:
            found = self.of_account(account, limit=_PAGE, before=before)
            fitting = next(filter(fits, found), None)
            if fitting or len(found) < _PAGE:
                return fitting
            before = listing_key(found[-1])

    def unpaid(self, account: str) -> list[str]:
        """The numbers of an account's unpaid orders; one of this very second may be missing."""
        left = self.open_orders(account)
        before: str | None = None
        found: dict[str, None] = {}
        while left > len(found):
            page = self.of_account(account, limit=_PAGE, before=before)
            found |= {one.number: None for one in page if one.state is State.AWAITING_PAYMENT}
            if len(page) < _PAGE:
                break
            before = listing_key(page[-1])
        return list(found)

    def idempotent_result(self, record: IdempotencyRecord) -> str | None:
        """The number of the order that an earlier request with this key placed.

        Raises:
            IdempotencyKeyReused: the earlier request had another body.
        """
        return result_of(self._database, OrderIdempotencyRow, record)

    def open_orders(self, account: str) -> int:
        """How many of an account's orders are unpaid, strongly consistent."""
        row = self._database.get(OpenOrdersRow, *_open_key(account))
        return int(row.open) if row else 0

    def next_number(self) -> str:
        """A number that no order has had."""
        last = (SequenceRow.last | _FIRST_NUMBER) + 1
        update = SequenceRow("SEQUENCE#orders", SK).get_update_kwargs_from_instance(
            actions=[SequenceRow.last.set(last)]
        )
        return f"SO-{self._database.update_returning(update, 'last')}"

    def replan(self, seen: Order, now: datetime) -> None:
        """Change only the next due instant; a concurrent change has planned its own."""
        planned = _changing(seen, now)
        update = Update(
            row=OrderRow,
            key=(seen.subject, SK),
            actions=assign(OrderRow, {name: planned[name] for name in ("g1pk", "g1sk")}),
            condition=OrderRow.version == seen.version,
        )
        with suppress(Conflict):
            self._database.write(update)

    def carry_out(self, seen: Order, done: Iterable[str], now: datetime) -> None:
        """Note that these consequences of refunds and disputes are done, and plan what is due next.

        Raises:
            Conflict: the order was changed meanwhile.
        """
        to = replace(seen, carried_out=seen.carried_out | frozenset(done))
        planned = _changing(to, now)
        values = {name: planned[name] for name in ("g1pk", "g1sk")}
        values["carried_out"] = sorted(to.carried_out)
        update = Update(
            row=OrderRow,
            key=(seen.subject, SK),
            actions=assign(OrderRow, values),
            condition=OrderRow.version == seen.version,
        )
        self._database.write(update)

    def keys_of(self, order: Order) -> dict[int, LicenseKey]:
        """The present key of each unit (from 0) that has one, strongly consistent.

        Orders from before keys were listed have only those that can be redeemed.
        """
        items = self._database.query(IssuedKeysRow, key=("pk", KEYS + order.number))
        rows = [IssuedKeysRow.from_raw_data(item) for item in items]
        subjects = {int(unit): subject for row in rows for unit, subject in row.keys.items()}
        found = {unit: self._latest(subject) for unit, subject in subjects.items()}
        for unit in range(order.minted):
            if unit not in found and unit not in order.undone:
                found[unit] = self.key_of(order, unit)
        return {unit: key for unit, key in found.items() if key}

    def _latest(self, subject: str) -> LicenseKey | None:
        key = self.license_key(subject)
        while key and key.successor:
            key = self.license_key(key.successor)
        return key

    def license_key(self, subject: str) -> LicenseKey | None:
        """The license key `KEY#<hash>`, strongly consistent."""
        row = self._database.get(LicenseKeyRow, subject, SK)
        return _license_key(row) if row else None

    def unredeemed(
        self, organization: str, *, limit: int, before: str | None
    ) -> list[tuple[str, LicenseKey]]:
        """An organization's keys that can be redeemed, the latest paid first, each with its place.

        The index is eventually consistent, the keys themselves aren't: one of them may say that it
        was redeemed meanwhile. `before` is the place to continue from.
        """
        items = list(
            self._database.query(
                LicenseKeyRow,
                index=UNREDEEMED,
                key=("g3pk", _home(organization)),
                until=("g3sk", before) if before else None,
                newest_first=True,
                limit=limit,
            )
        )
        rows = self._database.get_many(LicenseKeyRow, [(one["pk"]["S"], SK) for one in items])
        places = {one["pk"]["S"]: one["g3sk"]["S"] for one in items}
        return [(places[row.pk], _license_key(row)) for row in rows]

    def redeemable_units(self, order: Order) -> frozenset[int]:
        """The order's units (from 0) whose keys can be redeemed; the index may lag behind."""
        items = self._database.query(
            LicenseKeyRow,
            index=UNREDEEMED,
            key=("g3pk", _home_of(order)),
            since=("g3sk", _place_of(order, 0)),
            until=("g3sk", _place_of(order, len(order.units))),
        )
        return frozenset(int(item["g3sk"]["S"].rpartition("#")[2]) for item in items)

    def write(self, update: Update) -> None:
        """Perform one update of a row, without an entry.

        Raises:
            Conflict: somebody else was faster.
        """
        self._database.write(update)

    def key_of(self, order: Order, unit: int) -> LicenseKey | None:
        """The key that can be redeemed for an order's unit (from 0); None if there is none.

        The index may still have a key that was reissued: its successors are followed.
        """
        place = _place_of(order, unit)
        [*found] = self._database.query(
            LicenseKeyRow,
            index=UNREDEEMED,
            key=("g3pk", _home_of(order)),
            since=("g3sk", place),
            until=("g3sk", place),
        )
        return self._latest(found[0]["pk"]["S"]) if found else None


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
        **{name: value for name, value in _changing(order, now).items() if value is not None},
    )
    return Put(row=row, subject=Subject(id=order.subject))


def take_place(account: str, most: int) -> Update:
    """The update that counts one more unpaid order of an account, if it has fewer than `most`."""
    count = OpenOrdersRow.open
    return Update(
        row=OpenOrdersRow,
        key=_open_key(account),
        actions=[count.set((count | 0) + 1)],
        condition=count.does_not_exist() | (count < most),
    )


def free_place(account: str) -> Update:
    """The update that counts one unpaid order less, once: with the order's own change."""
    count = OpenOrdersRow.open
    return Update(
        row=OpenOrdersRow,
        key=_open_key(account),
        actions=[count.set(count - 1)],
        condition=OpenOrdersRow.pk.exists(),
    )


def show_holder(order: Order, account: str) -> Update:
    """The update that lets this account find the order; the same again changes nothing."""
    number = ForHolderRow.order
    return Update(
        row=ForHolderRow,
        key=(_for_holder(account), listing_key(order)),
        actions=[number.set(order.number)],
        condition=number.does_not_exist() | (number == order.number),
    )


def put_payment(order: Order, payment: str) -> Put:
    """The write that makes the order known by its payment; the same payment is never for two."""
    return Put(row=PaymentRow(*_payment_key(payment), order=order.number))


def change(seen: Order, to: Order, now: datetime) -> Update:
    """The update that turns `seen` into `to` and plans what is due next."""
    before, after = _changing(seen, now), _changing(to, now)
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


def put_license_key(
    mac: str,
    order: Order,
    unit: int,
    schedule: Schedule | None = None,
    due: datetime | None = None,
) -> Put:
    """The write that adds the license key of an order's `unit`-th unit (from 0).

    `due` is when the clock must look at it; a key without schedule never lapses.
    """
    line = order.units[unit]
    subject = key_subject(mac)
    row = LicenseKeyRow(
        subject,
        SK,
        order=order.number,
        unit=unit,
        account=order.account,
        product=line.product,
        kind=line.kind,
        proofing=int(line.proofing),
        holder=order.holder_of(unit),
        state=KeyState.ISSUED,
        paid_at=index.instant(_paid_at(order)),
        g3pk=_home_of(order),
        g3sk=_place_of(order, unit),
        g1pk=index.shard_of(subject) if due else None,
        g1sk=index.sort_key(due, subject) if due else None,
        **(schedule_values(schedule) if schedule else {}),
    )
    return Put(row=row, subject=Subject(id=subject))


def put_keys(order: Order, subjects: Mapping[int, str]) -> Put:
    """The write that lists the keys minted for these units (from 0) of an order."""
    row = IssuedKeysRow(
        KEYS + order.number,
        f"{order.minted:05d}",
        keys={str(unit): subject for unit, subject in subjects.items()},
    )
    return Put(row=row)


def schedule_values(schedule: Schedule) -> dict[str, Any]:
    """The attributes of a key's schedule."""
    return {
        "issued_at": index.instant(schedule.issued_at),
        "lapses_at": index.instant(schedule.lapses_at),
        "told_at": index.instant(schedule.told_at),
        "mail_checked": schedule.checked,
    }


def redeem_license_key(seen: LicenseKey, credential: str) -> Update:
    """The update that binds a license key to a credential, once."""
    return _spend(seen, KeyState.REDEEMED, LicenseKeyRow.credential.set(credential))


def reissue_license_key(seen: LicenseKey, successor: str) -> Update:
    """The update that kills a license key in favor of the one with this subject."""
    return _spend(seen, KeyState.REISSUED, LicenseKeyRow.successor.set(successor))


def void_license_key(seen: LicenseKey) -> Update:
    """The update that kills a license key whose money went back."""
    return _spend(seen, KeyState.VOIDED)


def stop_license_key(seen: LicenseKey) -> Update:
    """The update that keeps a license key from being redeemed for a while."""
    return _spend(seen, KeyState.STOPPED)


def release_license_key(seen: LicenseKey, order: Order, now: datetime) -> Update:
    """The update that lets a stopped license key be redeemed again; the clock plans it anew."""
    due = now if seen.schedule else None
    return Update(
        row=LicenseKeyRow,
        key=(seen.subject, SK),
        actions=[
            *assign(
                LicenseKeyRow,
                {
                    "state": KeyState.ISSUED,
                    "g3pk": _home_of(order),
                    "g3sk": _place_of(order, seen.unit),
                    "g1pk": index.shard_of(seen.subject) if due else None,
                    "g1sk": index.sort_key(due, seen.subject) if due else None,
                },
            )
        ],
        subject=Subject(id=seen.subject, number=seen.version, head=seen.head),
    )


def lapse_license_key(seen: LicenseKey) -> Update:
    """The update that ends a license key that nobody has redeemed."""
    return _spend(seen, KeyState.LAPSED)


def key_subject(mac: str) -> str:
    """The subject of the license key with this keyed hash."""
    return f"KEY#{mac}"


def _spend(seen: LicenseKey, state: KeyState, *more: Action) -> Update:
    return Update(
        row=LicenseKeyRow,
        key=(seen.subject, SK),
        actions=[
            LicenseKeyRow.state.set(state),
            LicenseKeyRow.g3pk.remove(),
            LicenseKeyRow.g3sk.remove(),
            LicenseKeyRow.g1pk.remove(),
            LicenseKeyRow.g1sk.remove(),
            *more,
        ],
        subject=Subject(id=seen.subject, number=seen.version, head=seen.head),
    )


def _home(organization: str) -> str:
    return f"ORGANIZATION#{organization}"


def _home_of(order: Order) -> str:
    # A guest's keys are no organization's: no administrator lists them.
    return order.subject if order.guest else _home(order.organization)


def _place_of(order: Order, unit: int) -> str:
    return f"{index.instant(_paid_at(order))}#{order.number}#{unit:05d}"


def _paid_at(order: Order) -> datetime:
    return order.paid_at or order.placed_at


def _open_key(account: str) -> tuple[str, str]:
    return f"OPEN#{account}", SK


def _for_holder(account: str) -> str:
    return f"HOLDER#{account}"


def _payment_key(payment: str) -> tuple[str, str]:
    return f"PAYMENT#{payment}", SK


def _license_key(row: LicenseKeyRow) -> LicenseKey:
    return LicenseKey(
        subject=row.pk,
        order=row.order,
        unit=int(row.unit),
        kind=ProductKind(row.kind),
        proofing=bool(row.proofing),
        paid_at=datetime.fromisoformat(row.paid_at),
        state=KeyState(row.state),
        account=row.account,
        product=row.product,
        holder=row.holder,
        successor=row.successor,
        credential=row.credential,
        schedule=_schedule(row),
        version=int(row.version),
        head=row.head,
    )


def _schedule(row: LicenseKeyRow) -> Schedule | None:
    if not (row.issued_at and row.lapses_at and row.told_at):
        return None
    return Schedule(
        issued_at=datetime.fromisoformat(row.issued_at),
        lapses_at=datetime.fromisoformat(row.lapses_at),
        told_at=datetime.fromisoformat(row.told_at),
        checked=bool(row.mail_checked),
    )


def _changing(order: Order, now: datetime) -> dict[str, Any]:
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
        "g3pk": _AWAITING_DECISION if order.awaits_decision else None,
        "g3sk": order.number if order.awaits_decision else None,
    }


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


def line_row(line: Line) -> dict[str, Any]:
    renewed = index.instant(line.renewed_until) if line.renewed_until else None
    return asdict(line) | {"renewed_until": renewed}


def line_of(written: dict[str, Any]) -> Line:
    renewed = written.get("renewed_until")
    return Line(
        **written
        | {
            "kind": ProductKind(written["kind"]),
            "renewed_until": datetime.fromisoformat(renewed) if renewed else None,
        }
    )


def _order(row: OrderRow) -> Order:
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
