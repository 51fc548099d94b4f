"""Refunds by line of an order by invoice: credit notes over its payments (B4, S41, G2)."""

from __future__ import annotations

from typing import Any

import pytest

from keyfob.domain.messages.kinds import Kind
from keyfob.domain.orders.errors import PaymentUnavailable
from keyfob.domain.orders.given_back import RefundRequest
from keyfob.domain.orders.license_key import KeyState
from keyfob.domain.orders.order import Order, State
from keyfob.domain.orders.undoing import amount_of, unassigned
from tests.support.fakes import FakePayments
from tests.support.given_back_world import GivenBackWorld
from tests.support.order_world import OPERATOR, SYSTEM, actor, invoice_of

CARD = 3_000


@pytest.fixture
def order(given_back: GivenBackWorld) -> Order:
    """Two credentials for phones by invoice: 3,000 by card, the rest by bank."""
    orders = given_back.orders
    placed = orders.invoiced(given_back.world.ada, items=given_back.items(2))
    given_back.number = placed.number
    orders.pay_invoice(placed, CARD)
    orders.provider.paid(invoice_of(placed), kind="pr")
    orders.payments.settle_invoice(invoice_of(placed), by=SYSTEM)
    assert given_back.order.state is State.FULFILLED
    return given_back.order


def alarms(world: GivenBackWorld) -> dict[str, float]:
    """The metrics of refunds."""
    return {name: one for name, one in world.orders.counts.seen.items() if "Refund" in name}


def request(world: GivenBackWorld, *pieces: int) -> RefundRequest:
    """An operator asks for the refund of these pieces (from 0), or of all that is left."""
    world.refunding.request(world.number, pieces or None, OPERATOR)
    return world.order.given_back.requests[-1]


def test_a_refund_by_line_is_a_credit_note_over_card_and_bank_G2(
    given_back: GivenBackWorld, order: Order
) -> None:
    asked = request(given_back, 0)
    given_back.effects()
    provider, price = given_back.provider, amount_of(order, 0)
    [note] = provider.notes[invoice_of(order)]
    assert (note.amount, note.by_bank, note.request) == (price, price - CARD, asked.id)
    assert provider.refund_amounts() == [CARD]
    back = given_back.order.given_back
    assert (back.amount, sorted(back.undone)) == (price, [0])
    assert not back.requested
    given_back.due()
    assert given_back.states() == [KeyState.VOIDED, KeyState.ISSUED]
    assert given_back.orders.counts.seen["RefundByBank"] == 1
    [mail] = [one for one in given_back.orders.queued() if one.kind == Kind.ORDER_GIVEN_BACK]
    assert int(mail.facts["amount"]) == price


def test_all_of_it_undoes_everything_with_one_alarm_for_each_part_by_bank_G2(
    given_back: GivenBackWorld, order: Order
) -> None:
    for pieces in ((1,), ()):
        request(given_back, *pieces)
        given_back.effects()
    for _ in range(2):
        given_back.payments.settle_invoice(invoice_of(order), by=SYSTEM)
        given_back.due()
    assert given_back.order.given_back.amount == order.total
    assert given_back.states() == [KeyState.VOIDED] * 2
    assert alarms(given_back) == {"RefundByBank": 2}
    assert not given_back.order.is_unsettled


def test_an_effect_killed_before_the_credit_note_makes_it_later_S41(
    given_back: GivenBackWorld, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    request(given_back, 0)

    def killed(self: FakePayments, *_: Any, **__: Any) -> str:
        raise PaymentUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(FakePayments, "credited_by_hand", killed)
        given_back.effects()
    [payment] = [one.id for one in order.invoice.payments if not one.by_bank]  # type: ignore[union-attr]
    given_back.payments.compare(payment, by=SYSTEM)
    assert given_back.provider.refund_amounts() == [CARD]
    assert given_back.order.given_back.requested, "the part by bank is missing"
    given_back.clock.advance(hours=1)
    given_back.effects()
    [note] = given_back.provider.notes[invoice_of(order)]
    assert note.by_bank == amount_of(order, 0) - CARD
    assert given_back.provider.refund_amounts() == [CARD]
    assert not given_back.order.given_back.requested


def test_an_effect_killed_after_all_refunds_still_makes_the_credit_note_S41(
    given_back: GivenBackWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = given_back.orders
    order = orders.invoiced(given_back.world.ada, items=given_back.items(2))
    given_back.number = order.number
    payment = orders.provider.paid(invoice_of(order))
    orders.payments.settle_invoice(invoice_of(order), by=SYSTEM)
    request(given_back, 0)

    def killed(self: FakePayments, *_: Any, **__: Any) -> str:
        raise PaymentUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(FakePayments, "credited_by_hand", killed)
        given_back.effects()
    given_back.payments.compare(payment, by=SYSTEM)
    assert not given_back.order.given_back.requested
    given_back.clock.advance(hours=1)
    given_back.effects()
    [note] = given_back.provider.notes[invoice_of(order)]
    assert (note.amount, note.by_bank) == (amount_of(order, 0), 0)
    assert alarms(given_back) == {}


def test_a_request_that_the_provider_refuses_is_forgotten_G2(
    given_back: GivenBackWorld, order: Order
) -> None:
    given_back.provider.credited_by_hand(invoice_of(order), order.total, order.total)
    request(given_back, 0)
    given_back.effects()
    assert given_back.order.given_back.requests == ()
    assert given_back.provider.refund_amounts() == []


def test_a_credit_note_by_hand_waits_for_its_pieces_G2(
    given_back: GivenBackWorld, order: Order
) -> None:
    note = given_back.provider.credited_by_hand(invoice_of(order), 700, 700)
    given_back.payments.settle_invoice(invoice_of(order), by=SYSTEM)
    assert unassigned(given_back.order) == {note}
    assert alarms(given_back) == {"RefundUnassigned": 1}
    given_back.refunding.assign(given_back.number, note, [1], OPERATOR)
    given_back.due()
    assert given_back.states() == [KeyState.ISSUED, KeyState.VOIDED]
    request(given_back)
    given_back.effects()
    assert given_back.order.given_back.amount == order.total


def test_a_part_of_a_canceled_orders_money_that_went_back_waits_for_nobody_G2(
    given_back: GivenBackWorld,
) -> None:
    orders = given_back.orders
    order = orders.invoiced(given_back.world.ada, items=given_back.items(2))
    payment = orders.provider.paid(invoice_of(order), CARD)
    orders.payments.settle_invoice(invoice_of(order), by=SYSTEM)
    orders.placing.cancel(actor(given_back.world.ada), order.number)
    orders.provider.given_back_by_hand(payment)
    orders.payments.compare(payment, by=SYSTEM)
    assert alarms(given_back) == {}
