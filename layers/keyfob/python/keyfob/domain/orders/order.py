"""Orders: from placement to the last license key. Pure.

awaiting_payment ──paid──▶ paid ──every key minted──▶ fulfilled (without keys: at once)
  │      │    ├─another amount or currency──▶ held (an operator looks at it)
  │      │    ├─every line is for a credential that is revoked──▶ held, refund
  │      │    └─some lines are──▶ paid or fulfilled; those lines are `refused`
  │      └─checkout ran out──▶ expired ──────┐
  └─canceled, or no page for it──▶ canceled ─┴─paid all the same──▶ refund, state stays
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from keyfob.domain.audit.entry import GENESIS
from keyfob.domain.errors import IllegalTransition
from keyfob.domain.inventory.model import DEFAULT_MODEL
from keyfob.domain.orders.given_back import NOTHING_BACK, GivenBack
from keyfob.domain.orders.guest import Guest
from keyfob.domain.orders.invoice import Invoice, Receipt
from keyfob.domain.orders.payment_method import PaymentMethod
from keyfob.domain.orders.product_kind import (
    FOR_CREDENTIAL,
    NEW_CREDENTIAL,
    WITH_TOKEN,
    ProductKind,
)
from keyfob.domain.orders.supply import Supply

# After placement, an order awaiting payment is compared with the provider at these ages.
_CHECKS = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 30, 60))
_LATER_CHECKS = timedelta(hours=1)
# An order with an open dispute or refund is compared as often.
_GIVEN_BACK_CHECKS = timedelta(days=1)
# Refunds and disputes from before the order knew its payment.
READ = "read"
# An invoice waits for weeks, and its provider repeats lost events for days.
_INVOICE_CHECKS = timedelta(hours=6)


class State(StrEnum):
    """States of an order."""

    AWAITING_PAYMENT = "awaiting_payment"
    PAID = "paid"
    FULFILLED = "fulfilled"
    CANCELED = "canceled"
    EXPIRED = "expired"
    HELD = "held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One item: `quantity` credentials of a product. Money in minor units, `tax` for the line.

    `credential` is the one that is renewed or that a token is added to; `renewed_until` is its
    expiry after the renewal. `upgrade_included`: the product came with a proofing upgrade when it
    was ordered. `holder` is the account that it was bought for; None: for the purchaser, whose
    license keys anybody may redeem. `model`: of its hardware tokens.

    The line keeps what was sold: the product's `version`, its texts and `period`, the price and the
    `tax_rate` (basis points). Earlier lines have none of these but the name.
    """

    product: str
    name: str
    kind: ProductKind
    proofing: bool
    quantity: int
    unit_price: int
    tax: int
    credential: str | None = None
    renewed_until: datetime | None = None
    upgrade_included: bool = False
    holder: str | None = None
    model: str = DEFAULT_MODEL
    version: int = 0
    description: str = ""
    period: str = ""
    tax_rate: int | None = None

    @property
    def net(self) -> int:
        """Price without tax."""
        return self.unit_price * self.quantity

    @property
    def total(self) -> int:
        """Price with tax."""
        return self.net + self.tax


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address; `country` is ISO 3166 alpha-2."""

    name: str
    line1: str
    line2: str
    city: str
    region: str
    postal_code: str
    country: str


# In the place of an address that was erased.
NO_ADDRESS = Address(name="", line1="", line2="", city="", region="", postal_code="", country="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """The provider's payment page for an order, opened at its `attempt`-th attempt."""

    id: str
    url: str


class Ended(StrEnum):
    """The end of a shipment that didn't arrive."""

    LOST = "lost"
    RETURNED = "returned"


class HeldDecision(StrEnum):
    """An operator's decision about a held order."""

    RELEASE = "release"
    REFUND = "refund"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """A hardware token sent for a unit (from 0) of the order.

    `replacement`: an operator sent it to a holder who had lost another. `carrier`: its name, and
    `page` the address of its page about the shipment, if known. `ended`: it was lost on its way or
    came back.
    """

    unit: int
    serial: str
    tracking: str
    at: datetime
    replacement: bool = False
    carrier: str = ""
    page: str = ""
    ended: Ended | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order.

    `number` is shown to people (`SO-10001`). `reference` is random and identifies the order at the
    provider: numbers begin anew in every deployment, and several may share an account there.
    `attempt` counts how often the payment page or invoice had to be made anew. `checkout_ends`: the
    page's end, or the invoice's due date. `clears_until`: from then on, an invoice for a renewal in
    it may be paid too late. `payment` is the payment intent, or the paid invoice, whose payments
    are in `invoice`. `held_decision`: an operator's, about a payment that doesn't fit;
    `closed_surplus` is the part of the invoice's surplus that an operator has dealt with.
    `reminded` counts the reminders of an overdue invoice. `counted`: it takes a place among its
    account's open orders until it is paid or ends; earlier orders took none. `refused` has the
    places (from 0) of paid lines whose credential could no longer have them. `reassigned` has the
    accounts that units were given to later, by the unit. `disclaimer` is the version that the buyer
    accepted; `vat_id` is the buyer's, `tax_note` the sentence about the tax that its documents
    show. `carried_out` names the consequences of `given_back` that are done.

    An order of a `guest` has neither account nor organization: both are empty.
    """

    number: str
    reference: str
    account: str
    organization: str
    partner: str
    lines: tuple[Line, ...]
    currency: str
    po_number: str
    shipping: Address
    billing: Address
    placed_at: datetime
    checkout_ends: datetime
    method: PaymentMethod = PaymentMethod.CARD
    state: State = State.AWAITING_PAYMENT
    checkout: Checkout | None = None
    clears_until: datetime | None = None
    invoice: Invoice | None = None
    receipts: tuple[Receipt, ...] = ()
    reminded: int = 0
    attempt: int = 1
    paid_at: datetime | None = None
    payment: str | None = None
    refund: str | None = None
    held_decision: HeldDecision | None = None
    closed_surplus: int = 0
    minted: int = 0
    shipments: tuple[Shipment, ...] = ()
    supplies: tuple[Supply, ...] = ()
    counted: bool = False
    given_back: GivenBack = NOTHING_BACK
    carried_out: frozenset[str] = frozenset()
    guest: Guest | None = None
    refused: tuple[int, ...] = ()
    reassigned: Mapping[int, str] = field(default_factory=dict)
    disclaimer: str = ""
    vat_id: str = ""
    tax_note: str = ""
    version: int = 0
    head: str = GENESIS

    @property
    def subject(self) -> str:
        """Its audit subject and its row's key."""
        return f"ORDER#{self.number}"

    @property
    def purchaser(self) -> str:
        """The recipient of its mails: its account, or for a guest the order itself."""
        return self.subject if self.guest else self.account

    @property
    def net(self) -> int:
        """Sum without tax."""
        return sum(line.net for line in self.lines)

    @property
    def tax(self) -> int:
        """Sum of the tax lines."""
        return sum(line.tax for line in self.lines)

    @property
    def total(self) -> int:
        """The amount to be paid."""
        return self.net + self.tax

    @property
    def unit_lines(self) -> tuple[int, ...]:
        """The place of each unit's line: license keys first, then tokens that are added.

        A unit is minted or shipped; renewals and upgrades have none.
        """
        tokens = {ProductKind.ADDED_TOKEN}
        return tuple(
            place
            for kinds in (NEW_CREDENTIAL, tokens)
            for place, line in enumerate(self.lines)
            if line.kind in kinds
            for _ in range(line.quantity)
        )

    @property
    def units(self) -> tuple[Line, ...]:
        """The line of each unit."""
        return tuple(self.lines[place] for place in self.unit_lines)

    @property
    def keys(self) -> tuple[Line, ...]:
        """The line of each license key to be minted: the first units.

        A sponsored credential began with its order, without a key (B6).
        """
        if self.method is PaymentMethod.SPONSORED:
            return ()
        return tuple(line for line in self.units if line.kind in NEW_CREDENTIAL)

    @property
    def pieces(self) -> tuple[int, ...]:
        """The place of each piece's line, line by line; renewals and upgrades have pieces, too."""
        return tuple(place for place, line in enumerate(self.lines) for _ in range(line.quantity))

    @property
    def pieces_of_units(self) -> tuple[int, ...]:
        """The piece (from 0) of each unit."""
        left: dict[int, list[int]] = {place: [] for place in range(len(self.lines))}
        for piece, place in enumerate(self.pieces):
            left[place].append(piece)
        return tuple(left[place].pop(0) for place in self.unit_lines)

    @property
    def undone(self) -> frozenset[int]:
        """The units (from 0) whose money went back: no key, no token for them."""
        units = enumerate(self.pieces_of_units)
        return frozenset(unit for unit, piece in units if piece in self.given_back.undone)

    @property
    def is_stopped(self) -> bool:
        """Whether a dispute stops what isn't undone: nothing is minted or shipped meanwhile."""
        left = set(range(len(self.pieces))) - self.given_back.undone
        return any(self.given_back.stopping(piece) for piece in left)

    @property
    def open_surplus(self) -> int:
        """Money received beyond what was owed, about which nobody has decided yet."""
        surplus = self.invoice.surplus if self.invoice else 0
        return max(0, surplus - self.closed_surplus)

    @property
    def awaits_decision(self) -> bool:
        """Whether its money waits for an operator: held, or with a surplus (G2)."""
        held = self.state is State.HELD and not self.held_decision and not self.refused
        return self.refund is None and (held or self.open_surplus > 0)

    @property
    def is_released(self) -> bool:
        """Whether an operator has released it, and it isn't fulfilled as paid yet."""
        released = self.held_decision is HeldDecision.RELEASE and not self.refused
        return self.state is State.HELD and released

    @property
    def is_unsettled(self) -> bool:
        """Whether keys are missing, or the provider still decides about the money."""
        decided = self.state is State.FULFILLED and not self.given_back.is_open
        open_ = not decided or self.is_stopped or bool(self.todo) or self.moves_tokens
        return is_paid(self) and open_

    @property
    def todo(self) -> frozenset[str]:
        """The consequences of refunds and disputes that are still to be carried out."""
        if not is_paid(self):
            return frozenset()
        # License keys are minted after refunds and disputes are read; these lines were applied.
        read = {READ} if self.for_credentials else set()
        return (self.given_back.tasks() | read) - self.carried_out

    @property
    def for_credentials(self) -> tuple[tuple[int, Line], ...]:
        """The lines for existing credentials, with their places; no license key is minted."""
        return tuple(
            (place, line) for place, line in enumerate(self.lines) if line.kind in FOR_CREDENTIAL
        )

    @property
    def refused_lines(self) -> tuple[Line, ...]:
        """The lines that were paid, but that their credentials can't have."""
        return tuple(self.lines[place] for place in self.refused)

    @property
    def applied_lines(self) -> tuple[Line, ...]:
        """The lines that weren't refused."""
        return tuple(line for place, line in enumerate(self.lines) if place not in self.refused)

    def credentials(self, kind: ProductKind) -> tuple[str, ...]:
        """The credentials that this order has a product of this kind for."""
        return tuple(
            line.credential for line in self.lines if line.kind is kind and line.credential
        )

    def owner_of(self, line: Line) -> str:
        """The account whose credential a line is for."""
        return line.holder or self.account

    def holder_of(self, unit: int) -> str | None:
        """The account that alone may use this unit (from 0); None: anybody."""
        return self.reassigned.get(unit, self.units[unit].holder)

    @property
    def colleagues(self) -> frozenset[str]:
        """The other accounts that something of this order is for."""
        named = {line.holder for line in self.lines if line.holder}
        return frozenset((named | {*self.reassigned.values()}) - {self.account})

    def token_unit_of(self, credential: str) -> int | None:
        """The unit (from 0) of the token that was bought for this credential for phones."""
        for unit, place in enumerate(self.unit_lines):
            line = self.lines[place]
            for_it = line.kind is ProductKind.ADDED_TOKEN and line.credential == credential
            if for_it and not self.is_in_vain(place):
                return unit
        return None

    def is_in_vain(self, place: int) -> bool:
        """Whether this line (from 0) was paid for nothing: refused, or its money went back."""
        pieces = {piece for piece, line in enumerate(self.pieces) if line == place}
        return place in self.refused or pieces <= self.given_back.undone

    def is_shipped(self, unit: int) -> bool:
        """Whether a token for this unit (from 0) is on its way."""
        return any(one.unit == unit for one in self.shipments if not one.ended)

    def shipment_of(self, serial: str) -> Shipment | None:
        """The latest shipment of the token with this serial number."""
        found = [one for one in self.shipments if one.serial == serial and not one.ended]
        return max(found, key=lambda one: one.at, default=None)

    def is_replaced_by(self, serial: str) -> bool:
        """Whether this token was sent to a holder who had lost another."""
        return any(
            one.replacement and one.serial == serial and not one.ended for one in self.shipments
        )

    @property
    def token_units(self) -> tuple[int, ...]:
        """The units (from 0) that a hardware token is shipped for."""
        return tuple(
            unit
            for unit, place in enumerate(self.unit_lines)
            if self.lines[place].kind in WITH_TOKEN and place not in self.refused
        )

    def supply_of(self, unit: int) -> Supply | None:
        """The supply of this unit's token (from 0); None before it was looked for."""
        return next((one for one in self.supplies if one.unit == unit), None)

    @property
    def owed_tokens(self) -> tuple[int, ...]:
        """The units (from 0) whose token is to be reserved or back-ordered now."""
        if not is_paid(self) or self.is_stopped:
            return ()
        known = {one.unit for one in self.supplies} | self.undone
        return tuple(
            unit for unit in self.token_units if unit not in known and not self.is_shipped(unit)
        )

    @property
    def released_tokens(self) -> frozenset[int]:
        """The units (from 0) whose money went back, but whose token isn't given up yet."""
        return frozenset(one.unit for one in self.supplies if one.is_pending) & self.undone

    @property
    def moves_tokens(self) -> bool:
        """Whether tokens are to be reserved for it, or to be given up."""
        return is_paid(self) and bool(self.owed_tokens or self.released_tokens)


class Change(StrEnum):
    """Changes of an order; each value is the action of its audit entry."""

    PLACED = "order.placed"
    CHECKOUT_OPENED = "order.checkout_opened"
    CHECKOUT_FAILED = "order.checkout_failed"
    CHECKOUT_REFUSED = "order.checkout_refused"
    PAID = "order.paid"
    LINES_REFUSED = "order.lines_refused"
    PAYMENT_HELD = "order.payment_held"
    PAID_TOO_LATE = "order.paid_too_late"
    RENEWAL_REFUSED = "order.renewal_refused"
    UPGRADE_REFUSED = "order.upgrade_refused"
    ADDED_TOKEN_REFUSED = "order.added_token_refused"  # noqa: S105
    KEYS_MINTED = "order.keys_minted"
    REASSIGNED = "order.unit_reassigned"
    CANCELED = "order.canceled"
    EXPIRED = "order.expired"
    REFUNDED = "order.refunded"
    INVOICE_ISSUED = "order.invoice_issued"
    INVOICE_MIRRORED = "order.invoice_mirrored"
    PAYER_REMINDED = "order.payer_reminded"
    TRANSFER_RECORDED = "order.transfer_recorded"
    RELEASED = "order.released"
    HELD_REFUNDED = "order.held_refunded"
    SURPLUS_CLOSED = "order.surplus_closed"
    SHIPPED = "order.shipped"
    RESERVED = "order.reserved"
    BACK_ORDERED = "order.back_ordered"
    BACK_ORDER_SERVED = "order.back_order_served"
    RESTOCK_NOTICED = "order.restock_noticed"
    TOKENS_RELEASED = "order.tokens_released"
    SHIPMENT_LOST = "order.shipment_lost"
    SHIPMENT_RETURNED = "order.shipment_returned"
    GIVEN_BACK = "order.given_back"
    REFUND_REQUESTED = "order.refund_requested"
    REFUND_REFUSED = "order.refund_refused"
    REFUND_ASSIGNED = "order.refund_assigned"
    GUEST_ERASED = "order.guest_erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """The new order and its change; `change` is None if nothing changed."""

    order: Order
    change: Change | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A payment for an order, as the provider reports it."""

    id: str
    amount: int
    currency: str


def is_paid(order: Order) -> bool:
    """Whether what it is for was paid, and not held."""
    return order.state in {State.PAID, State.FULFILLED}


def frees_place(seen: Order, to: Order) -> bool:
    """Whether this change ends the wait for payment, so that another order may be placed (S62)."""
    was_open = seen.counted and seen.state is State.AWAITING_PAYMENT
    return was_open and to.state is not State.AWAITING_PAYMENT


def open_checkout(order: Order, checkout: Checkout) -> Transition:
    """Record the payment page. Opening the same one again changes nothing."""
    if order.checkout == checkout:
        return Transition(order=order)
    if order.state is not State.AWAITING_PAYMENT or order.checkout:
        raise IllegalTransition(f"a {order.state} order needs no payment page")
    return Transition(order=replace(order, checkout=checkout), change=Change.CHECKOUT_OPENED)


def fail_checkout(order: Order) -> Transition:
    """Use new idempotency keys when the payment page or the invoice is made next.

    The provider repeats the failure of a request for as long as it remembers the key.
    """
    if order.state is not State.AWAITING_PAYMENT or order.checkout or order.invoice:
        return Transition(order=order)
    return Transition(
        order=replace(order, attempt=order.attempt + 1), change=Change.CHECKOUT_FAILED
    )


def refuse_checkout(order: Order) -> Transition:
    """End an order for which the provider makes no payment page or invoice, now or later."""
    if order.state is not State.AWAITING_PAYMENT or order.checkout or order.invoice:
        return Transition(order=order)
    return Transition(order=replace(order, state=State.CANCELED), change=Change.CHECKOUT_REFUSED)


def is_page_of(order: Order, checkout_id: str, reference: str) -> bool:
    """Whether this payment page is the order's own, not one that only names its number."""
    known = order.checkout is None or order.checkout.id == checkout_id
    return known and reference == order.reference


def pay(order: Order, payment: Payment, now: datetime) -> Transition:
    """Record a payment on the order's page; a repeat changes nothing, however late (S37).

    A payment of another amount or currency is held, not fulfilled (S38). A payment after
    cancellation or expiry is to be refunded.
    """
    if order.payment is not None:
        return Transition(order=order)
    paid = replace(order, payment=payment.id, paid_at=now)
    if (payment.amount, payment.currency) != (order.total, order.currency):
        return Transition(order=replace(paid, state=State.HELD), change=Change.PAYMENT_HELD)
    if order.state is not State.AWAITING_PAYMENT:
        return Transition(order=paid, change=Change.PAID_TOO_LATE)
    return Transition(order=replace(paid, state=State.PAID), change=Change.PAID)


def mint(order: Order, count: int) -> Transition:
    """Count `count` more license keys as minted; the last one fulfills the order."""
    if order.state is not State.PAID:
        raise IllegalTransition(f"a {order.state} order gets no license keys")
    minted = order.minted + count
    if not 0 < count <= len(order.keys) - order.minted:
        raise ValueError(f"{count} keys are not what is left of {order.number}")
    done = minted == len(order.keys)
    state = State.FULFILLED if done else State.PAID
    return Transition(order=replace(order, minted=minted, state=state), change=Change.KEYS_MINTED)


def cancel(order: Order) -> Transition:
    """Cancel the order before it is paid. Canceling twice changes nothing."""
    if order.state is State.CANCELED:
        return Transition(order=order)
    if order.state is not State.AWAITING_PAYMENT:
        raise IllegalTransition(f"a {order.state} order can't be canceled any more")
    return Transition(order=replace(order, state=State.CANCELED), change=Change.CANCELED)


def expire(order: Order) -> Transition:
    """Expire an order whose payment page has closed unpaid; any other stays as it is."""
    if order.state is not State.AWAITING_PAYMENT:
        return Transition(order=order)
    return Transition(order=replace(order, state=State.EXPIRED), change=Change.EXPIRED)


def refunded(order: Order, refund: str) -> Transition:
    """Record the refund."""
    if order.refund is not None:
        return Transition(order=order)
    return Transition(order=replace(order, refund=refund), change=Change.REFUNDED)


def next_due(order: Order, now: datetime) -> datetime | None:
    """When the clock must look at this order next; None if never.

    A lost webhook delays the order only until the next check. Nothing is minted while a dispute
    stops the order.
    """
    if (
        order.todo
        or order.moves_tokens
        or order.is_released
        or (order.state is State.PAID and not order.is_stopped)
    ):
        return now
    if order.is_unsettled:
        return now + _GIVEN_BACK_CHECKS
    if order.state is State.AWAITING_PAYMENT:
        return _next_check(order, now)
    return guest_erased_at(order)


def is_waiting(order: Order) -> bool:
    """Whether a payment or license keys are still to come."""
    return order.state in (State.AWAITING_PAYMENT, State.PAID)


def guest_erased_at(order: Order) -> datetime | None:
    """When the data of an ended order's guest is erased; None if there is none (S66)."""
    guest = order.guest
    if guest is None or is_waiting(order):
        return None
    if guest.is_erased and (order.shipping, order.billing) == (NO_ADDRESS, NO_ADDRESS):
        return None
    return guest.erased_unpaid if order.payment is None else guest.erased_paid


def _next_check(order: Order, now: datetime) -> datetime:
    for age in _CHECKS:
        if order.placed_at + age > now:
            return order.placed_at + age
    every = _INVOICE_CHECKS if order.invoice else _LATER_CHECKS
    passed = (now - order.placed_at) // every
    return order.placed_at + (passed + 1) * every
