"""The `orders` table: orders, their numbers, and how to find them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from keyfob.domain.orders.order import Order, State
from keyfob.storage.database import Conflict, Database
from keyfob.storage.idempotency import IdempotencyRecord, IdempotencyRow, result_of
from keyfob.storage.orders.license_keys import UNREDEEMED, LicenseKeyStore
from keyfob.storage.orders.open_orders import OpenOrdersRow, open_key
from keyfob.storage.orders.order_row import (
    AWAITING_DECISION,
    SK,
    OrderRow,
    changing,
    listing_key,
    order_of,
)
from keyfob.storage.rows import Put, Row, Update, assign

BY_ACCOUNT = "account"
_FIRST_NUMBER = 10_000
_PAGE = 50


class OrderIdempotencyRow(IdempotencyRow):
    """The idempotency record for an order's number."""

    class Meta:
        table_name = "orders"


class SequenceRow(Row):
    """`SEQUENCE#orders`: the last number given out. A number may be skipped, never reused."""

    class Meta:
        table_name = "orders"

    last = NumberAttribute()


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
        self.keys = LicenseKeyStore(database)

    def get(self, number: str) -> Order | None:
        """The order with this number, strongly consistent."""
        row = self._database.get(OrderRow, f"ORDER#{number}", SK)
        return order_of(row) if row else None

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
        return [order_of(row) for row in self._database.get_many(OrderRow, keys)]

    def awaiting_decision(self, *, limit: int) -> list[Order]:
        """The orders whose money waits for an operator, the oldest number first.

        The index may be a moment behind; the orders themselves aren't.
        """
        items = self._database.query(
            OrderRow, index=UNREDEEMED, key=("g3pk", AWAITING_DECISION), limit=limit
        )
        rows = self._database.get_many(OrderRow, [(one["pk"]["S"], SK) for one in items])
        return [order for order in map(order_of, rows) if order.awaits_decision]

    def of_colleagues(self, account: str, *, limit: int) -> list[Order]:
        """Paid orders of others that have something for this account, newest first."""
        items = self._database.query(
            ForHolderRow, key=("pk", _for_holder(account)), newest_first=True, limit=limit
        )
        keys = [(f"ORDER#{item['order']['S']}", SK) for item in items]
        return [order_of(row) for row in self._database.get_many(OrderRow, keys)]

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
        row = self._database.get(OpenOrdersRow, *open_key(account))
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
        planned = changing(seen, now)
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
        planned = changing(to, now)
        values = {name: planned[name] for name in ("g1pk", "g1sk")}
        values["carried_out"] = sorted(to.carried_out)
        update = Update(
            row=OrderRow,
            key=(seen.subject, SK),
            actions=assign(OrderRow, values),
            condition=OrderRow.version == seen.version,
        )
        self._database.write(update)

    def write(self, update: Update) -> None:
        """Perform one update of a row, without an entry.

        Raises:
            Conflict: somebody else was faster.
        """
        self._database.write(update)


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


def _for_holder(account: str) -> str:
    return f"HOLDER#{account}"


def _payment_key(payment: str) -> tuple[str, str]:
    return f"PAYMENT#{payment}", SK
