"""The refunds and disputes of an order's payments, and the pieces that they undo. Pure.

The provider's state is mirrored here. All consequences are derived from the mirror, so that any
order and number of events ends in one state (S37, S40):

    refund by line        its pieces are undone
    refund of everything  all pieces are undone
    other refund          waits for an operator, who assigns pieces to it
    dispute               inquiry: nothing; open: everything is stopped; won: nothing any more
    lost dispute          as a refund, and what it paid for stays suspended

A piece stays undone, even if its refund fails later: an operator decides then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_FINAL = frozenset({"succeeded", "failed", "canceled"})
_IN_VAIN = frozenset({"failed", "canceled"})
_ENDED_WELL = frozenset({"won", "prevented", "warning_closed"})
_INQUIRIES = frozenset({"warning_needs_response", "warning_under_review"})
_LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """A refund at the provider; `amount` in minor units.

    `request` is the id of the operator's request that it was made for; empty if it was made by
    hand at the provider. A status that isn't known counts as one that isn't final. Without a
    `payment` it is the part of a credit note that goes back by bank, under the credit note's id.
    """

    id: str
    payment: str
    amount: int
    status: str
    request: str = ""

    @property
    def by_bank(self) -> bool:
        """Whether a person sends it, outside of the provider."""
        return not self.payment

    @property
    def stands(self) -> bool:
        """Whether the money went back, or is on its way."""
        return self.status not in _IN_VAIN

    @property
    def is_final(self) -> bool:
        """Whether it was decided; a succeeded one may still fail."""
        return self.status in _FINAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A dispute of a payment at the purchaser's bank; `amount` in minor units."""

    id: str
    payment: str
    amount: int
    status: str

    @property
    def cause(self) -> str:
        """The cause of the suspensions that follow from it."""
        return f"dispute:{self.id}"

    @property
    def is_inquiry(self) -> bool:
        """Whether the bank only asks; no money has moved."""
        return self.status in _INQUIRIES

    @property
    def ended_well(self) -> bool:
        """Whether it is over, and the money stays here."""
        return self.status in _ENDED_WELL

    @property
    def is_lost(self) -> bool:
        """Whether it is over, and the money is gone."""
        return self.status == _LOST

    @property
    def stops(self) -> bool:
        """Whether it stops what was paid; so does a status that isn't known."""
        return not self.is_inquiry and not self.ended_well


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequest:
    """An operator's request to refund these pieces (from 0); `amount` in minor units.

    Of an order by card it names the `payment`. Of one by invoice it is spread over the payments as
    `parts` say; the rest of it goes back by bank.
    """

    id: str
    payment: str
    pieces: tuple[int, ...]
    amount: int
    parts: Mapping[str, int] = field(default_factory=dict)

    def share_of(self, payment: str) -> int:
        """The part of it that this payment gives back."""
        return self.amount if payment == self.payment else self.parts.get(payment, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenBack:
    """The mirror of an order's refunds and disputes, and an operator's decisions about them.

    `assigned` has the pieces of refunds and lost disputes that name none themselves. `undone` are
    the pieces (from 0) whose money went back.
    """

    refunds: tuple[Refund, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    requests: tuple[RefundRequest, ...] = ()
    assigned: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    undone: frozenset[int] = frozenset()

    @property
    def amount(self) -> int:
        """The money that went back by refunds, or is on its way."""
        return sum(one.amount for one in self.refunds if one.stands)

    @property
    def requested(self) -> tuple[RefundRequest, ...]:
        """The requests that haven't become refunds yet, or only in part."""
        return tuple(one for one in self.requests if self.missing(one))

    def missing(self, request: RefundRequest, payment: str | None = None) -> int:
        """The part of a request, or of its share of a payment, for which there is no refund yet.

        A refund that failed was made all the same: an operator decides what follows.
        """
        made = (one for one in self.refunds if one.request == request.id)
        asked = request.amount if payment is None else request.share_of(payment)
        return max(0, asked - sum(one.amount for one in made if payment in {None, one.payment}))

    @property
    def is_open(self) -> bool:
        """Whether the provider still has to decide something."""
        disputed = any(not one.ended_well and not one.is_lost for one in self.disputes)
        waiting = any(not one.is_final for one in self.refunds)
        return disputed or waiting or bool(self.requested)

    def undone_by(self, total: int, pieces: int) -> frozenset[int]:
        """The undone pieces of an order that costs `total` and has so many pieces."""
        whole = self.amount >= total or any(self.is_whole(one, total) for one in self.refunds)
        whole = whole or any(one.is_lost and self.is_whole(one, total) for one in self.disputes)
        if whole:
            return frozenset(range(pieces))
        return self.undone | frozenset(self._named())

    def is_whole(self, one: Refund | Dispute, total: int) -> bool:
        """Whether this one alone takes everything back."""
        return one.amount >= total

    def unassigned(self, total: int, pieces: int) -> frozenset[str]:
        """The ids of refunds and lost disputes that wait for an operator to assign pieces."""
        if len(self.undone_by(total, pieces)) == pieces:
            return frozenset()
        requests = {one.id for one in self.requests}
        taken: list[Refund | Dispute] = [
            *(one for one in self.refunds if one.request not in requests),
            *(one for one in self.disputes if one.is_lost),
        ]
        return frozenset(one.id for one in taken if one.id not in self.assigned)

    def stopping(self, piece: int) -> tuple[Dispute, ...]:
        """The disputes that stop this piece; a lost one with pieces stops only these."""
        found = (one for one in self.disputes if one.stops)
        return tuple(
            one for one in found if not self._is_spared(one) or piece in self.assigned[one.id]
        )

    def tasks(self) -> frozenset[str]:
        """The consequences of this state, each by its name; `undo:3` is about piece 3."""
        made = {f"undo:{one}" for one in self.undone}
        made |= {f"stop:{one.id}" for one in self.disputes if one.stops}
        made |= {f"lift:{one.id}" for one in self.disputes if one.ended_well}
        made |= {f"spare:{one.id}" for one in self.disputes if self._is_spared(one)}
        return frozenset(made)

    def _is_spared(self, one: Dispute) -> bool:
        """Whether it was lost, and an operator has named what it took."""
        return one.is_lost and one.id in self.assigned

    def _named(self) -> Iterator[int]:
        made = {one.request for one in self.refunds}
        for request in self.requests:
            if request.id in made:
                yield from request.pieces
        for pieces in self.assigned.values():
            yield from pieces


NOTHING_BACK = GivenBack()
