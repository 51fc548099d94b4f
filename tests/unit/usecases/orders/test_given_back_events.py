"""Any number and order of an order's events ends in one state, with one key a unit (S37, S40).

The acts at the provider happen in their own order. Their events arrive in every order, each twice,
the second one in the middle of the first one's work. The first event of an act that hasn't happened
yet lets it happen, so that the orders of arrival see different states at the provider.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from random import Random
from typing import Any

import pytest

from keyfob.domain.orders.license_key import KeyState
from keyfob.domain.orders.order import State
from keyfob.domain.orders.undoing import unassigned
from keyfob.storage.orders.license_keys import LicenseKeyRow
from tests.support.effort import effort
from tests.support.fakes import Meddler
from tests.support.faults import first
from tests.support.given_back_world import GivenBackWorld
from tests.support.order_world import OPERATOR, SYSTEM, page_of

UNITS = 2
# All 720 permutations of six events in the long form.
ARRIVALS = effort(24, 720)
PARTLY, OVERDUE, PAID, OPENED, CLOSED, INQUIRY, PART, WHOLE, FAILED, OVER = (
    "partly paid",
    "overdue",
    "paid",
    "dispute opened",
    "dispute closed",
    "inquiry opened",
    "part refunded",
    "refunded",
    "refund failed",
    "inquiry closed",
)
STORIES: dict[str, tuple[tuple[str, ...], str, set[str]]] = {
    "a part, and a dispute won": ((PAID, PART, OPENED, CLOSED, INQUIRY, OVER), "won", {"issued"}),
    "a part, and a dispute lost": ((PAID, PART, OPENED, CLOSED, INQUIRY, OVER), "lost", set()),
    "a failed refund, and a dispute won": (
        (PAID, OPENED, CLOSED, INQUIRY, WHOLE, FAILED),
        "won",
        set(),
    ),
    "refunded in an inquiry": ((PAID, INQUIRY, WHOLE, OVER, OPENED, CLOSED), "won", set()),
}


BY_INVOICE: dict[str, tuple[tuple[str, ...], str, set[str]]] = {
    "an invoice, a part, and a dispute won": (
        (PARTLY, OVERDUE, PAID, PART, OPENED, CLOSED),
        "won",
        {"issued"},
    ),
    "an invoice, a dispute lost, and a part": (
        (PARTLY, OVERDUE, PAID, OPENED, CLOSED, PART),
        "lost",
        {"issued"},
    ),
}
OF_INVOICE = {PARTLY, OVERDUE, PAID}


class Story:
    """One order at the provider; `arrives` is an event's arrival here."""

    def __init__(self, world: GivenBackWorld, acts: tuple[str, ...], closing: str) -> None:
        self.world, self.left, self.closing = world, list(acts), closing
        self.bill = ""
        place = world.orders.invoiced if PARTLY in acts else world.orders.order
        order = place(world.world.ada, items=world.items(UNITS))
        world.number = order.number
        if order.invoice:
            self.bill, self.payment = order.invoice.id, f"pi_{order.invoice.id}_1"
        else:
            self.page = page_of(order)
            self.payment = f"pi_{self.page}"
        self.dispute = self.inquiry = self.refund = ""

    def arrives(self, event: str) -> None:
        """The event arrives; its act, and those before it, have happened by now."""
        while event in self.left:
            self._happens(self.left.pop(0))
        if self.bill and event in OF_INVOICE:
            self.world.payments.settle_invoice(self.bill, by=SYSTEM)
        elif event == PAID:
            self.world.payments.settle(self.page, by=SYSTEM)
        else:
            self.world.payments.compare(self.payment, by=SYSTEM)

    def _happens(self, act: str) -> None:
        provider = self.world.provider
        acts: dict[str, Callable[[], Any]] = {
            PARTLY: lambda: provider.paid(self.bill, 3_000),
            OVERDUE: lambda: None,
            PAID: lambda: provider.paid(self.bill) if self.bill else provider.buyer_pays(self.page),
            OPENED: lambda: provider.bank_disputes(self.payment),
            CLOSED: lambda: provider.dispute_becomes(self.dispute, self.closing),
            INQUIRY: lambda: provider.bank_disputes(self.payment, status="warning_needs_response"),
            OVER: lambda: provider.dispute_becomes(self.inquiry, "warning_closed"),
            PART: lambda: provider.given_back_by_hand(self.payment, 1_000),
            WHOLE: lambda: provider.given_back_by_hand(self.payment),
            FAILED: lambda: provider.refund_becomes(self.refund, "failed"),
        }
        made = str(acts[act]())
        self.dispute = made if act == OPENED else self.dispute
        self.inquiry = made if act == INQUIRY else self.inquiry
        self.refund = made if act == WHOLE else self.refund

    def operator_names_the_pieces(self) -> None:
        """A lost dispute about a part waits for that; until then everything is stopped."""
        if self.dispute in unassigned(self.world.order):
            self.world.refunding.assign(self.world.number, self.dispute, [0], OPERATOR)
            self.world.due()

    def end(self) -> tuple[Any, ...]:
        """All that must be the same in the end; ids of the provider's aside."""
        order, back = self.world.order, self.world.order.given_back
        return (
            order.state,
            order.undone,
            sorted((one.amount, one.status) for one in back.refunds),
            sorted((one.amount, one.status) for one in back.disputes),
            self.world.states().count(KeyState.ISSUED),
            order.todo,
        )


def some(events: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield from Random(ARRIVALS).sample([*itertools.permutations(events)], ARRIVALS)


@pytest.mark.parametrize("name", [*STORIES, *BY_INVOICE])
def test_every_order_of_the_events_ends_in_one_state_with_one_key_a_unit_S37_S40(
    name: str, given_back: GivenBackWorld, client: Meddler
) -> None:
    events, closing, good = (STORIES | BY_INVOICE)[name]
    ends: Counter[str] = Counter()
    for arrival in some(events):
        # An account places only so many orders a day.
        given_back.clock.advance(days=1)
        story = Story(given_back, events, closing)
        for event in arrival:
            client.next("transact_write_items", first(partial(story.arrives, event)))
            story.arrives(event)
            client.forget("transact_write_items")
        given_back.due()
        story.operator_names_the_pieces()
        ends[str(story.end())] += 1
        assert given_back.order.state in {State.FULFILLED, State.PAID}
        usable = {str(KeyState.ISSUED)} & set(given_back.states())
        assert usable == good, arrival
        assert_one_key_a_unit(given_back)
    print(f"{name}: {sum(ends.values())} orders of arrival")
    assert len(ends) == 1, ends


def assert_one_key_a_unit(world: GivenBackWorld) -> None:
    keys = (
        item
        for item in world.orders.database.scan(LicenseKeyRow)
        if item["pk"]["S"].startswith("KEY#") and item["order"]["S"] == world.number
    )
    of_unit = Counter(item["unit"]["N"] for item in keys)
    assert all(count == 1 for count in of_unit.values()), of_unit
