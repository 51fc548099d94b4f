"""Every decision about an order, in every state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from keyfob.domain.errors import IllegalTransition
from keyfob.domain.orders import decisions, supplying
from keyfob.domain.orders.due import next_due
from keyfob.domain.orders.order import Checkout, Order, State
from keyfob.domain.orders.transition import Change, Transition
from tests.support.builders import PAGE, a_line, a_payment, an_order, an_order_in
from tests.support.examples import steady
from tests.support.fakes import START

REFUSED = "refused"
NOTHING = "nothing"
Decision = Callable[[Order], Transition]

DECISIONS: dict[str, Decision] = {
    "open": lambda order: decisions.open_checkout(order, Checkout(id="cs_2", url="https://x/2")),
    "open again": lambda order: decisions.open_checkout(order, PAGE),
    "fail to open": decisions.fail_checkout,
    "pay": lambda order: decisions.pay(order, a_payment(), START),
    "pay too little": lambda order: decisions.pay(order, a_payment(amount=1), START),
    "mint one": lambda order: decisions.mint(order, 1),
    "mint all": lambda order: decisions.mint(order, 2),
    "cancel": decisions.cancel,
    "expire": decisions.expire,
    "refuse the page": decisions.refuse_checkout,
    "refunded": lambda order: decisions.refunded(order, "re_1"),
}
S, C = State, Change
# The next state and the change that each decision makes of an order in each state.
TABLE: dict[str, dict[State, str | tuple[State, Change]]] = {
    "open": dict.fromkeys(State, REFUSED),
    "open again": dict.fromkeys(State, NOTHING),
    "fail to open": dict.fromkeys(State, NOTHING),
    "refuse the page": dict.fromkeys(State, NOTHING),
    "pay": {
        S.AWAITING_PAYMENT: (S.PAID, C.PAID),
        S.PAID: NOTHING,
        S.FULFILLED: NOTHING,
        S.CANCELED: (S.CANCELED, C.PAID_TOO_LATE),
        S.EXPIRED: (S.EXPIRED, C.PAID_TOO_LATE),
        S.HELD: NOTHING,
    },
    "pay too little": {
        S.AWAITING_PAYMENT: (S.HELD, C.PAYMENT_HELD),
        S.PAID: NOTHING,
        S.FULFILLED: NOTHING,
        S.CANCELED: (S.HELD, C.PAYMENT_HELD),
        S.EXPIRED: (S.HELD, C.PAYMENT_HELD),
        S.HELD: NOTHING,
    },
    "mint one": {**dict.fromkeys(State, REFUSED), S.PAID: (S.PAID, C.KEYS_MINTED)},
    "mint all": {**dict.fromkeys(State, REFUSED), S.PAID: (S.FULFILLED, C.KEYS_MINTED)},
    "cancel": {
        **dict.fromkeys(State, REFUSED),
        S.AWAITING_PAYMENT: (S.CANCELED, C.CANCELED),
        S.CANCELED: NOTHING,
    },
    "expire": {**dict.fromkeys(State, NOTHING), S.AWAITING_PAYMENT: (S.EXPIRED, C.EXPIRED)},
    "refunded": {state: (state, C.REFUNDED) for state in State},
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("decision", DECISIONS)
def test_every_decision_in_every_state_is_as_the_table_says_S37(
    decision: str, state: State
) -> None:
    order, wanted = an_order_in(state), TABLE[decision][state]
    if wanted == REFUSED:
        with pytest.raises(IllegalTransition, match=str(state)):
            DECISIONS[decision](order)
        return
    transition = DECISIONS[decision](order)
    if wanted == NOTHING:
        assert transition == Transition(order=order)
    else:
        assert (transition.order.state, transition.change) == wanted


def test_a_payment_that_comes_twice_changes_nothing_S37() -> None:
    paid = decisions.pay(an_order(), a_payment(), START).order
    later = START + timedelta(days=300)
    assert decisions.pay(paid, a_payment(), later) == Transition(order=paid)
    assert (paid.payment, paid.paid_at) == ("pi_1", START)


@pytest.mark.parametrize("wrong", [{"amount": 18_402}, {"amount": 18_404}, {"currency": "EUR"}])
def test_a_payment_of_something_else_is_held_and_kept_but_not_fulfilled_S38(
    wrong: dict[str, Any],
) -> None:
    held = decisions.pay(an_order(), a_payment(**wrong), START)
    assert (held.order.state, held.change) == (State.HELD, Change.PAYMENT_HELD)
    assert held.order.payment == "pi_1"
    assert next_due(held.order, START) is None


@pytest.mark.parametrize(
    ("checkout", "page", "reference", "own"),
    [
        (PAGE, "cs_test_1", "ord_1", True),
        (PAGE, "cs_other", "ord_1", False),
        (PAGE, "cs_test_1", "ord_2", False),
        (PAGE, "cs_test_1", "", False),
        (None, "cs_any", "ord_1", True),
        (None, "cs_any", "ord_2", False),
    ],
)
def test_only_a_page_with_the_orders_reference_is_its_own_S38(
    checkout: Checkout | None, page: str, reference: str, own: bool
) -> None:
    assert decisions.is_page_of(an_order(checkout=checkout), page, reference) is own


def test_a_failed_opening_makes_the_next_one_a_new_attempt_S41() -> None:
    failed = decisions.fail_checkout(an_order(checkout=None))
    assert (failed.order.attempt, failed.change) == (2, Change.CHECKOUT_FAILED)


def test_an_order_whose_page_the_provider_refuses_ends_at_once_B4() -> None:
    refused = decisions.refuse_checkout(an_order(checkout=None))
    assert (refused.order.state, refused.change) == (State.CANCELED, Change.CHECKOUT_REFUSED)
    assert next_due(refused.order, START) is None
    assert decisions.refuse_checkout(refused.order).change is None


def test_the_page_of_an_order_is_opened_once() -> None:
    opened = decisions.open_checkout(an_order(checkout=None), PAGE)
    assert (opened.order.checkout, opened.change) == (PAGE, Change.CHECKOUT_OPENED)
    canceled = an_order(checkout=None, state=State.CANCELED)
    with pytest.raises(IllegalTransition):
        decisions.open_checkout(canceled, PAGE)


def test_canceling_twice_changes_nothing() -> None:
    canceled = decisions.cancel(an_order()).order
    assert decisions.cancel(canceled) == Transition(order=canceled)


def test_a_refund_is_remembered_once() -> None:
    refunded = decisions.refunded(an_order_in(State.CANCELED), "re_1").order
    assert decisions.refunded(refunded, "re_2") == Transition(order=refunded)


@pytest.mark.parametrize("count", [0, -1, 3])
def test_never_more_keys_are_minted_than_units_were_paid_S37(count: int) -> None:
    with pytest.raises(ValueError, match="not what is left"):
        decisions.mint(an_order_in(State.PAID), count)


def test_sums_are_those_of_the_lines() -> None:
    phones = a_line(product="phone", quantity=3, unit_price=100, tax=25)
    order = an_order(lines=(a_line(), phones))
    assert (order.net, order.tax, order.total) == (17_300, 1_428, 18_728)
    assert [unit.product for unit in order.units] == ["hardware-token"] * 2 + ["phone"] * 3


@pytest.mark.parametrize(
    ("age", "due"),
    [(0, 5), (4, 5), (5, 15), (15, 30), (30, 60), (60, 120), (61, 120), (120, 180), (6000, 6060)],
)
def test_an_unpaid_order_is_checked_ever_less_often_and_never_forgotten_S44(
    age: int, due: int
) -> None:
    now = START + timedelta(minutes=age)
    assert next_due(an_order(), now) == START + timedelta(minutes=due)


def test_a_paid_order_is_due_at_once_until_its_last_key_and_token_S46() -> None:
    assert next_due(an_order_in(State.PAID), START) == START
    fulfilled = an_order_in(State.FULFILLED)
    assert next_due(fulfilled, START) == START
    reserved = supplying.reserve(fulfilled, fulfilled.owed_tokens, START).order
    assert next_due(reserved, START) is None
    for state in (State.CANCELED, State.EXPIRED, State.HELD):
        assert next_due(an_order_in(state), START) is None


@steady
@given(minutes=st.integers(0, 100_000))
def test_the_next_check_is_always_later_and_within_the_hour_S44(minutes: int) -> None:
    now = START + timedelta(minutes=minutes)
    due = next_due(an_order(), now)
    assert due
    assert now < due <= now + timedelta(hours=1)


class OrderLife(RuleBasedStateMachine):
    """Any events in any order: one payment, no key too many, no money lost (B4)."""

    def __init__(self) -> None:
        super().__init__()
        self.order = an_order(checkout=None, lines=(a_line(quantity=3),))
        self.payments: set[str] = set()
        self.changes: list[Change] = []
        self.minted = 0

    def _take(self, decision: Decision) -> None:
        try:
            transition = decision(self.order)
        except IllegalTransition:
            return
        assert (transition.change is None) == (transition.order == self.order)
        self.order = transition.order
        if transition.change:
            self.changes.append(transition.change)

    @rule()
    def open(self) -> None:
        self._take(lambda order: decisions.open_checkout(order, PAGE))

    @rule()
    def fail_to_open(self) -> None:
        self._take(decisions.fail_checkout)

    @rule(amount=st.sampled_from([0, 0, 0, 1]))
    def pay(self, amount: int) -> None:
        payment = a_payment(self.order, id="pi_1", amount=self.order.total + amount)
        self.payments.add(payment.id)
        self._take(lambda order: decisions.pay(order, payment, START))

    @rule(count=st.integers(1, 4))
    def mint(self, count: int) -> None:
        before = self.order.minted
        try:
            self._take(lambda order: decisions.mint(order, count))
        except ValueError:
            assert count > len(self.order.units) - before
        self.minted += self.order.minted - before

    @rule()
    def cancel(self) -> None:
        self._take(decisions.cancel)

    @rule()
    def expire(self) -> None:
        self._take(decisions.expire)

    @precondition(lambda self: Change.PAID_TOO_LATE in self.changes)
    @rule()
    def refund(self) -> None:
        self._take(lambda order: decisions.refunded(order, "re_1"))

    @invariant()
    def never_more_keys_than_units_and_none_unpaid(self) -> None:
        assert self.minted == self.order.minted <= len(self.order.units)
        assert self.minted == 0 or Change.PAID in self.changes
        assert (self.order.state is State.FULFILLED) == (self.minted == len(self.order.units))

    @invariant()
    def no_payment_is_lost(self) -> None:
        assert (self.order.payment is not None) == bool(self.payments)
        taken = {Change.PAID, Change.PAYMENT_HELD, Change.PAID_TOO_LATE}
        assert len([one for one in self.changes if one in taken]) == len(self.payments)

    @invariant()
    def an_end_is_final(self) -> None:
        if Change.PAID in self.changes:
            assert self.order.state in {State.PAID, State.FULFILLED}
        assert self.changes.count(Change.CANCELED) + self.changes.count(Change.EXPIRED) <= 1


OrderLife.TestCase.settings = steady
TestWhateverHappensToAnOrderS37 = OrderLife.TestCase


def test_a_transition_leaves_the_order_it_came_from_as_it_was() -> None:
    order = an_order()
    copy = replace(order)
    decisions.pay(order, a_payment(), START)
    assert order == copy
