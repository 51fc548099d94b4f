"""A signed purchase order's states (B3)."""

from __future__ import annotations

import pytest

from keyfob.domain.errors import IllegalTransition
from keyfob.domain.orders.errors import SignedOrderNotTaken
from keyfob.domain.orders.order import State
from keyfob.domain.orders.payment_method import PaymentMethod
from keyfob.domain.orders.signed_order import (
    Reason,
    SignedChange,
    SignedOrder,
    SignedState,
    decide,
    receive,
    request,
    require_taken,
    withdraw,
)
from tests.support.builders import an_order
from tests.support.fakes import START

NONE = SignedOrder(order="SO-10001")
AWAITED = request(NONE, "pdf_1").document
RECEIVED = receive(AWAITED, "pdf_1", START).document
ACCEPTED = decide(RECEIVED, "pdf_1", None).document
REFUSED = decide(RECEIVED, "pdf_1", Reason.ACTIVE).document


def test_a_file_is_awaited_received_and_accepted_or_refused_B3() -> None:
    assert (AWAITED.state, AWAITED.awaited) == (SignedState.AWAITED, "pdf_1")
    assert (RECEIVED.state, RECEIVED.file, RECEIVED.awaited) == (
        SignedState.RECEIVED,
        "pdf_1",
        "",
    )
    assert RECEIVED.at == START
    assert (ACCEPTED.state, ACCEPTED.reason) == (SignedState.ACCEPTED, None)
    assert (REFUSED.state, REFUSED.reason) == (SignedState.REFUSED, Reason.ACTIVE)


@pytest.mark.parametrize("seen", [NONE, RECEIVED, ACCEPTED, REFUSED])
def test_a_file_that_nobody_awaits_changes_nothing_S42(seen: SignedOrder) -> None:
    assert receive(seen, "pdf_2", START).change is None
    assert receive(seen, "pdf_1", START).change is None


@pytest.mark.parametrize("seen", [AWAITED, ACCEPTED, REFUSED])
def test_a_decision_is_made_once_S42(seen: SignedOrder) -> None:
    assert decide(seen, "pdf_1", Reason.DAMAGED).change is None
    assert decide(RECEIVED, "pdf_2", None).change is None


def test_a_request_leaves_the_present_file_until_another_comes_B3() -> None:
    asked = request(ACCEPTED, "pdf_2").document
    assert (asked.state, asked.file) == (SignedState.ACCEPTED, "pdf_1")
    assert asked.expects("pdf_2")
    assert not asked.expects("pdf_1")
    replaced = receive(asked, "pdf_2", START)
    assert replaced.change is SignedChange.RECEIVED
    assert (replaced.document.state, replaced.document.file) == (SignedState.RECEIVED, "pdf_2")


def test_a_newer_request_forgets_the_older_upload_B3() -> None:
    asked = request(AWAITED, "pdf_2").document
    assert not asked.expects("pdf_1")
    assert receive(asked, "pdf_1", START).change is None


def test_a_received_file_is_expected_until_it_is_decided_S42() -> None:
    assert RECEIVED.expects("pdf_1")
    assert not ACCEPTED.expects("pdf_1")
    assert not NONE.expects("pdf_1")


def test_an_operator_refuses_an_accepted_file_alone_B3() -> None:
    done = withdraw(ACCEPTED)
    assert done.change is SignedChange.REFUSED
    assert done.document.reason is Reason.BY_OPERATOR
    assert withdraw(done.document).change is None
    for other in (NONE, AWAITED, RECEIVED, REFUSED):
        with pytest.raises(IllegalTransition):
            withdraw(other)


@pytest.mark.parametrize("state", [State.AWAITING_PAYMENT, State.PAID, State.FULFILLED])
def test_an_order_by_invoice_takes_one_B3(state: State) -> None:
    require_taken(an_order(method=PaymentMethod.INVOICE, state=state))
    with pytest.raises(SignedOrderNotTaken):
        require_taken(an_order(method=PaymentMethod.CARD, state=state))


@pytest.mark.parametrize("state", [State.CANCELED, State.EXPIRED, State.HELD])
def test_an_ended_order_takes_none_B3(state: State) -> None:
    with pytest.raises(SignedOrderNotTaken):
        require_taken(an_order(method=PaymentMethod.INVOICE, state=state))
