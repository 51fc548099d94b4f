"""Orders: from placement to the last license key. Pure.

awaiting_payment ──paid──▶ paid ──every key minted──▶ fulfilled (without keys: at once)
  │      │    ├─another amount or currency──▶ held (an operator looks at it)
  │      │    ├─every line is for a credential that is revoked──▶ held, refund
  │      │    └─some lines are──▶ paid or fulfilled; those lines are `refused`
  │      └─checkout ran out──▶ expired ──────┐
  └─canceled, or no page for it──▶ canceled ─┴─paid all the same──▶ refund, state stays

The changes are decided in `decisions.py`, `applying.py`, `invoicing.py`, `undoing.py`,
`supplying.py`, `shipping.py` and `holding.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from keyfob.domain.audit.entry import GENESIS
from keyfob.domain.orders.address import Address
from keyfob.domain.orders.given_back import NOTHING_BACK, GivenBack
from keyfob.domain.orders.guest import Guest
from keyfob.domain.orders.invoice import Invoice, Receipt
from keyfob.domain.orders.line import Line
from keyfob.domain.orders.payment_method import PaymentMethod
from keyfob.domain.orders.product_kind import (
    FOR_CREDENTIAL,
    NEW_CREDENTIAL,
    WITH_TOKEN,
    ProductKind,
)
from keyfob.domain.orders.shipment import Shipment
from keyfob.domain.orders.supply import Supply

# Refunds and disputes from before the order knew its payment.
READ = "read"


class State(StrEnum):
    """States of an order."""

    AWAITING_PAYMENT = "awaiting_payment"
    PAID = "paid"
    FULFILLED = "fulfilled"
    CANCELED = "canceled"
    EXPIRED = "expired"
    HELD = "held"


class HeldDecision(StrEnum):
    """An operator's decision about a held order."""

    RELEASE = "release"
    REFUND = "refund"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """The provider's payment page for an order, opened at its `attempt`-th attempt."""

    id: str
    url: str


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


def is_paid(order: Order) -> bool:
    """Whether what it is for was paid, and not held."""
    return order.state in {State.PAID, State.FULFILLED}


def is_waiting(order: Order) -> bool:
    """Whether a payment or license keys are still to come."""
    return order.state in (State.AWAITING_PAYMENT, State.PAID)
