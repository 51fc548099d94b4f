"""The payment provider as the order flow needs it (B4): our fake, and Stripe's SDK on the double.

The double answers over real HTTP and holds every request and answer to Stripe's own document.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import stripe as stripe_sdk
from werkzeug import Request, Response
from werkzeug.serving import make_server

from keyfob.domain import money
from keyfob.domain.errors import NotFound
from keyfob.domain.orders.decisions import Payment
from keyfob.domain.orders.errors import PaymentFailed, PaymentRefused, PaymentUnavailable
from keyfob.domain.orders.given_back import Dispute, Refund, RefundRequest
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.provider import CheckoutStatus, PaymentProvider
from keyfob.gateways.stripe import StripePayments
from local.clock import LocalClock
from local.faults import StripeFaults, Switch
from local.stripe_double.double import StripeDouble
from tests.support.builders import a_line, an_order
from tests.support.fakes import FakePayments, unique

KEY = "sk_test_contract"
Break = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Party:
    """A provider, a buyer in front of its page, and how to break it (`normal`, `error500`)."""

    provider: PaymentProvider
    pay: Callable[[str], None]
    answer: Break
    bank: Callable[[str, dict[str, Any]], str]
    """An act of the bank's or of somebody in the dashboard (`refund`, `refunds/<id>`, `disputes`,
    `disputes/<id>`); returns the id of the refund or dispute."""


def fake() -> Party:
    provider = FakePayments()

    def answer(how: str) -> None:
        provider.failing = how == "error500"
        provider.silent = how == "error429"

    def bank(act: str, asked: dict[str, Any]) -> str:
        kind, _, named = act.partition("/")
        match kind:
            case "refund":
                return provider.given_back_by_hand(asked["payment_intent"], asked.get("amount"))
            case "refunds":
                provider.refund_becomes(named, asked["status"])
            case "disputes" if not named:
                return provider.bank_disputes(
                    asked["payment_intent"], asked.get("amount"), status=asked["status"]
                )
            case "disputes":
                provider.dispute_becomes(named, asked["status"])
        return named

    return Party(provider=provider, pay=provider.buyer_pays, answer=answer, bank=bank)


@contextmanager
def served(state: Path) -> Iterator[tuple[str, Switch[StripeFaults], StripeDouble]]:
    """The double of Stripe on a free port; its webhooks go nowhere."""
    faults = Switch(StripeFaults(webhooks="drop"))
    doubles: list[StripeDouble] = []

    def application(environ: Any, start_response: Any) -> Any:
        request, [double] = Request(environ), doubles
        path, response = request.path, Response(status=404)
        if path.startswith("/_stripe/"):
            response = double.api.answer(request, path.removeprefix("/_stripe"))
        elif path.startswith("/pay/"):
            response = double.page.answer(request, path.removeprefix("/pay"))
        return response(environ, start_response)

    server = make_server("127.0.0.1", 0, application, threaded=True)
    public = f"http://127.0.0.1:{server.server_port}"
    doubles.append(
        StripeDouble(
            state=state,
            clock=LocalClock(state / "clock-offset"),
            faults=faults,
            public=public,
            key=KEY,
            webhook_secret="whsec_contract",
        )
    )
    doubles[0].start()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield public, faults, doubles[0]
    finally:
        faults.release()
        server.shutdown()
        thread.join()
        server.server_close()
        doubles[0].close()


@pytest.fixture(scope="module")
def stripe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Party]:
    with served(tmp_path_factory.mktemp("stripe")) as (public, faults, double):

        def press_pay(checkout_id: str) -> None:
            page = f"{public}/pay/{checkout_id}/pay"
            requests.post(page, timeout=10, allow_redirects=False).raise_for_status()

        def answer(how: str) -> None:
            faults.set({"answer": how})

        def bank(act: str, asked: dict[str, Any]) -> str:
            if act == "refund":
                bases: Any = {"api": f"{public}/_stripe"}
                client = stripe_sdk.StripeClient(KEY, base_addresses=bases)
                return str(client.v1.refunds.create(asked).id)  # type: ignore[arg-type]
            done: Any = double.acts.perform(act.split("/"), asked)
            return str(done["id"])

        yield Party(
            bank=bank,
            provider=StripePayments(
                lambda: KEY, api_base=f"{public}/_stripe", public_url="https://keyfob.example"
            ),
            pay=press_pay,
            answer=answer,
        )


@pytest.fixture(params=["fake", "stripe"])
def party(request: pytest.FixtureRequest) -> Iterator[Party]:
    made: Party = fake() if request.param == "fake" else request.getfixturevalue("stripe")
    yield made
    made.answer("normal")


@pytest.fixture
def order() -> Order:
    """A new order that no provider has seen."""
    now = datetime.now(UTC).replace(microsecond=0)
    return an_order(
        number=unique("SO-9"),
        reference=unique("ord_contract"),
        checkout=None,
        placed_at=now,
        checkout_ends=now + timedelta(hours=23),
    )


def opened(party: Party, order: Order) -> Order:
    return replace(order, checkout=party.provider.open_checkout(order))


def page(order: Order) -> str:
    assert order.checkout
    return order.checkout.id


def test_a_new_page_is_open_and_unpaid_and_knows_its_order_S38(party: Party, order: Order) -> None:
    order = opened(party, order)
    assert order.checkout
    assert order.checkout.url.startswith("http")
    assert party.provider.checkout(page(order)) == CheckoutStatus(
        id=page(order),
        order=order.number,
        reference=order.reference,
        payment=None,
        closed=False,
    )


def test_opening_again_gives_the_same_page_S41(party: Party, order: Order) -> None:
    assert party.provider.open_checkout(order) == party.provider.open_checkout(order)


def test_orders_have_pages_of_their_own_also_under_one_number_S38(
    party: Party, order: Order
) -> None:
    another = replace(order, reference=unique("ord_contract"))
    assert party.provider.open_checkout(order).id != party.provider.open_checkout(another).id


def test_a_payment_has_the_amount_of_its_order_S38(party: Party, order: Order) -> None:
    phones = a_line(product="phone", name="Phone codes", quantity=3, unit_price=3_500, tax=867)
    order = opened(party, replace(order, lines=(a_line(), phones)))
    party.pay(page(order))
    status = party.provider.checkout(page(order))
    assert status.payment
    assert status.payment == Payment(
        id=status.payment.id, amount=order.total, currency=order.currency
    )
    assert (status.order, status.closed) == (order.number, False)


def test_a_closed_page_says_so_and_closing_again_changes_nothing_B4(
    party: Party, order: Order
) -> None:
    order = opened(party, order)
    first = party.provider.expire_checkout(page(order), attempt=1)
    assert (first.closed, first.payment) == (True, None)
    assert party.provider.expire_checkout(page(order), attempt=1) == first
    assert party.provider.expire_checkout(page(order), attempt=2) == first
    assert party.provider.checkout(page(order)) == first


def test_a_paid_page_is_not_closed_any_more_but_shows_its_payment_B4(
    party: Party, order: Order
) -> None:
    order = opened(party, order)
    party.pay(page(order))
    status = party.provider.expire_checkout(page(order), attempt=1)
    assert status.payment
    assert not status.closed
    assert status == party.provider.checkout(page(order))


def test_money_goes_back_once_however_often_it_is_asked_for_S41(party: Party, order: Order) -> None:
    order = opened(party, order)
    party.pay(page(order))
    payment = party.provider.checkout(page(order)).payment
    assert payment
    paid = replace(order, payment=payment.id)
    first = party.provider.refund(paid, attempt=1)
    assert first
    assert party.provider.refund(paid, attempt=1) == first
    assert party.provider.refund(paid, attempt=2)


def paid(party: Party, order: Order) -> Order:
    order = opened(party, order)
    party.pay(page(order))
    payment = party.provider.checkout(page(order)).payment
    assert payment
    return replace(order, payment=payment.id)


def a_request(order: Order, amount: int, request: str = "") -> RefundRequest:
    return RefundRequest(
        id=request or unique("rfd_"), payment=str(order.payment), pieces=(0,), amount=amount
    )


def test_a_requested_refund_is_made_once_and_names_its_request_S41(
    party: Party, order: Order
) -> None:
    order = paid(party, order)
    request = a_request(order, 1_000)
    assert party.provider.refunds(request.payment) == []
    for attempt in (1, 1, 2):
        party.provider.refund_request(order, request, attempt=attempt)
    [made] = party.provider.refunds(request.payment)
    assert made == Refund(
        id=made.id,
        payment=request.payment,
        amount=1_000,
        status="succeeded",
        request=request.id,
    )


def test_a_refund_of_more_than_is_left_is_refused_for_good_B4(party: Party, order: Order) -> None:
    order = paid(party, order)
    party.bank("refund", {"payment_intent": order.payment, "amount": 1})
    with pytest.raises(PaymentRefused):
        party.provider.refund_request(order, a_request(order, order.total), attempt=1)
    party.provider.refund_request(order, a_request(order, order.total - 1), attempt=1)
    with pytest.raises(PaymentRefused):
        party.provider.refund_request(order, a_request(order, 1), attempt=1)


def test_a_refund_by_hand_names_no_request_and_may_fail_later_B4(
    party: Party, order: Order
) -> None:
    payment = str(paid(party, order).payment)
    refund = party.bank("refund", {"payment_intent": payment, "amount": 700})
    [made] = party.provider.refunds(payment)
    assert (made.id, made.amount, made.status, made.request) == (refund, 700, "succeeded", "")
    party.bank(f"refunds/{refund}", {"status": "failed"})
    [failed] = party.provider.refunds(payment)
    assert failed == replace(made, status="failed")
    assert not failed.stands


def test_a_dispute_is_shown_with_its_present_status_and_stops_refunds_S40(
    party: Party, order: Order
) -> None:
    order = paid(party, order)
    payment = str(order.payment)
    assert party.provider.disputes(payment) == []
    dispute = party.bank("disputes", {"payment_intent": payment, "status": "needs_response"})
    expected = Dispute(id=dispute, payment=payment, amount=order.total, status="needs_response")
    assert party.provider.disputes(payment) == [expected]
    with pytest.raises(PaymentRefused):
        party.provider.refund_request(order, a_request(order, 1), attempt=1)
    party.bank(f"disputes/{dispute}", {"status": "won"})
    assert party.provider.disputes(payment) == [replace(expected, status="won")]
    party.provider.refund_request(order, a_request(order, 1), attempt=1)


def test_payments_have_refunds_and_disputes_of_their_own_B4(party: Party, order: Order) -> None:
    first = paid(party, order)
    second = paid(party, replace(order, reference=unique("ord_contract")))
    party.bank("refund", {"payment_intent": first.payment, "amount": 1})
    party.bank("disputes", {"payment_intent": first.payment, "status": "warning_needs_response"})
    payment = str(second.payment)
    assert not party.provider.refunds(payment)
    assert not party.provider.disputes(payment)


def test_a_silent_provider_is_a_typed_failure_for_refunds_and_disputes_S50(
    party: Party, order: Order
) -> None:
    order = paid(party, order)
    request = a_request(order, 1)
    party.answer("error429")
    for call in (
        lambda: party.provider.refunds(request.payment),
        lambda: party.provider.disputes(request.payment),
        lambda: party.provider.refund_request(order, request, attempt=1),
    ):
        with pytest.raises(PaymentUnavailable):
            call()
    party.answer("normal")
    party.provider.refund_request(order, request, attempt=1)
    assert len(party.provider.refunds(request.payment)) == 1


def test_an_unknown_page_is_not_found(party: Party) -> None:
    with pytest.raises(NotFound):
        party.provider.checkout("cs_test_unknown")


def test_an_order_without_tax_has_a_page_too(party: Party, order: Order) -> None:
    order = opened(party, replace(order, lines=(a_line(tax=0),)))
    party.pay(page(order))
    payment = party.provider.checkout(page(order)).payment
    assert payment
    assert payment.amount == order.net


def costing(order: Order, amount: int, currency: str = "USD") -> Order:
    line = a_line(unit_price=amount, quantity=1, tax=0)
    return replace(order, lines=(line,), currency=currency)


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        (10, "USD"),
        (49, "EUR"),
        (29, "GBP"),
        (40, "JPY"),
        (249, "DKK"),
        (999, "MXN"),
        (100_000_000, "USD"),
        (100_000_000, "JPY"),
    ],
)
def test_an_amount_beyond_the_providers_bounds_is_refused_for_good_B4(
    party: Party, order: Order, amount: int, currency: str
) -> None:
    for _ in range(2):
        with pytest.raises(PaymentRefused):
            party.provider.open_checkout(costing(order, amount, currency))


@pytest.mark.parametrize("currency", money.EXPONENTS)
def test_the_least_and_the_greatest_amount_that_we_sell_for_have_a_page_B4(
    party: Party, order: Order, currency: str
) -> None:
    for amount in (money.LEAST[currency], money.MOST):
        one = replace(order, reference=unique("ord_contract"))
        assert party.provider.open_checkout(costing(one, amount, currency)).id


@pytest.mark.parametrize("name", ["", "x" * 251])
def test_a_name_beyond_the_providers_bounds_is_refused_for_good_B4(
    party: Party, order: Order, name: str
) -> None:
    with pytest.raises(PaymentRefused):
        party.provider.open_checkout(replace(order, lines=(a_line(name=name),)))


def test_the_longest_name_of_our_catalog_has_a_page_B4(party: Party, order: Order) -> None:
    for name in ("x" * 100, "Ω" * 100):
        one = replace(order, reference=unique("ord_contract"), lines=(a_line(name=name),))
        assert party.provider.open_checkout(one).id


def test_a_key_used_with_other_content_fails_this_attempt_and_not_the_next_S41(
    party: Party, order: Order
) -> None:
    party.provider.open_checkout(order)
    with pytest.raises(PaymentFailed):
        party.provider.open_checkout(costing(order, 5_000))
    assert party.provider.open_checkout(replace(costing(order, 5_000), attempt=2)).id


def test_a_failure_is_typed_and_the_next_attempt_can_succeed_S50(
    party: Party, order: Order
) -> None:
    party.answer("error500")
    with pytest.raises(PaymentFailed):
        party.provider.open_checkout(order)
    party.answer("normal")
    assert party.provider.open_checkout(replace(order, attempt=2)).id


def test_a_silent_provider_is_a_typed_failure_and_the_same_attempt_can_succeed_S50(
    party: Party, order: Order
) -> None:
    party.answer("error429")
    with pytest.raises(PaymentUnavailable) as refused:
        party.provider.open_checkout(order)
    assert not isinstance(refused.value, PaymentFailed)
    party.answer("normal")
    assert party.provider.open_checkout(order).id
