"""A signed purchase order: the PDF that a purchaser uploads to an order by invoice (B3). Pure.

(none) ──requested──▶ an upload is awaited ──file──▶ received ──checked──▶ accepted
                         ▲                              └──────────────▶ refused (reason)
                         └── from every state: the next file takes the place of the last one
accepted ──an operator──▶ refused
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from keyfob.domain.audit.entry import GENESIS
from keyfob.domain.errors import IllegalTransition
from keyfob.domain.orders.errors import SignedOrderNotTaken
from keyfob.domain.orders.order import Order, State
from keyfob.domain.orders.payment_method import PaymentMethod

# The greatest file that is taken; the upload's own form states it, too.
MOST_BYTES = 5 * 1024 * 1024
_TAKEN_IN = frozenset({State.AWAITING_PAYMENT, State.PAID, State.FULFILLED})


class SignedState(StrEnum):
    """States of the document; `AWAITED` is that before the first file."""

    AWAITED = "awaited"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class Reason(StrEnum):
    """Why a file is refused."""

    NO_PDF = "no_pdf"
    SIZE = "size"
    DAMAGED = "damaged"
    ENCRYPTED = "encrypted"
    ACTIVE = "active"
    EMBEDDED = "embedded"
    MULTIMEDIA = "multimedia"
    TOO_MANY_PAGES = "too_many_pages"
    TOO_COMPLEX = "too_complex"
    BY_OPERATOR = "by_operator"


class SignedChange(StrEnum):
    """Changes of the document; each value is the action of its audit entry."""

    REQUESTED = "signed_order.requested"
    RECEIVED = "signed_order.received"
    ACCEPTED = "signed_order.accepted"
    REFUSED = "signed_order.refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOrder:
    """The document of an order. `file` is the upload that `state` is about, `awaited` a newer one.

    `at`: when the file came. `reason` is set if it is refused.
    """

    order: str
    state: SignedState = SignedState.AWAITED
    awaited: str = ""
    file: str = ""
    reason: Reason | None = None
    at: datetime | None = None
    version: int = 0
    head: str = GENESIS

    @property
    def subject(self) -> str:
        """Its audit subject and its row's key."""
        return f"SIGNED#{self.order}"

    def expects(self, file: str) -> bool:
        """Whether this upload is still to be checked."""
        return file == self.awaited or (self.state is SignedState.RECEIVED and file == self.file)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedTransition:
    """The new document and its change; `change` is None if nothing changed."""

    document: SignedOrder
    change: SignedChange | None = None


def require_taken(order: Order) -> None:
    """Refuse an order that no signed purchase order belongs to.

    Raises:
        SignedOrderNotTaken: it is paid by card, or has ended.
    """
    if order.method is not PaymentMethod.INVOICE or order.state not in _TAKEN_IN:
        raise SignedOrderNotTaken


def request(seen: SignedOrder, file: str) -> SignedTransition:
    """Await a new upload; one that was awaited before is forgotten."""
    return SignedTransition(document=replace(seen, awaited=file), change=SignedChange.REQUESTED)


def receive(seen: SignedOrder, file: str, now: datetime) -> SignedTransition:
    """Take the awaited file in the place of the last one; any other changes nothing."""
    if file != seen.awaited:
        return SignedTransition(document=seen)
    received = replace(seen, state=SignedState.RECEIVED, awaited="", file=file, reason=None, at=now)
    return SignedTransition(document=received, change=SignedChange.RECEIVED)


def decide(seen: SignedOrder, file: str, reason: Reason | None) -> SignedTransition:
    """Accept the received file, or refuse it for this reason; a decided one stays as it is."""
    if seen.state is not SignedState.RECEIVED or seen.file != file:
        return SignedTransition(document=seen)
    if reason is None:
        accepted = replace(seen, state=SignedState.ACCEPTED)
        return SignedTransition(document=accepted, change=SignedChange.ACCEPTED)
    return _refused(seen, reason)


def withdraw(seen: SignedOrder) -> SignedTransition:
    """Refuse an accepted file: an operator has read it. Doing so twice changes nothing.

    Raises:
        IllegalTransition: no file is accepted.
    """
    if seen.state is SignedState.REFUSED and seen.reason is Reason.BY_OPERATOR:
        return SignedTransition(document=seen)
    if seen.state is not SignedState.ACCEPTED:
        raise IllegalTransition("there is no accepted purchase order to refuse")
    return _refused(seen, Reason.BY_OPERATOR)


def _refused(seen: SignedOrder, reason: Reason) -> SignedTransition:
    refused = replace(seen, state=SignedState.REFUSED, reason=reason)
    return SignedTransition(document=refused, change=SignedChange.REFUSED)
