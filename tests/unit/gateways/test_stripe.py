"""Requests to Stripe and mapping of its failures; the contract suite tests its answers."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest
import stripe

from keyfob.domain.errors import NotFound
from keyfob.domain.orders.errors import PaymentFailed, PaymentRefused, PaymentUnavailable
from keyfob.domain.orders.order import State
from keyfob.gateways.stripe import StripePayments
from tests.support.builders import an_order, an_order_in

# The SDK's exceptions are not typed.
NOBODY_THERE: Exception = stripe.APIConnectionError("nobody there")  # type: ignore[no-untyped-call]


class Calls:
    """Stands in for the SDK's HTTP client: records requests, answers or raises."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, Any, Any]] = []
        self.answer: Any = {}


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    calls = Calls()

    def request(_self: Any, method: str, url: str, headers: Any, post: Any = None, **_: Any) -> Any:
        calls.seen.append((method, url, dict(headers), post))
        if isinstance(calls.answer, Exception):
            raise calls.answer
        status, body = calls.answer
        return body, status, {}

    monkeypatch.setattr(stripe.RequestsClient, "request", request)
    monkeypatch.setattr(stripe.RequestsClient, "_should_retry", lambda *_a, **_k: False)
    return calls


@pytest.fixture
def keys() -> list[str]:
    return ["sk_test_1"]


@pytest.fixture
def payments(keys: list[str]) -> StripePayments:
    return StripePayments(lambda: keys[-1], api_base="", public_url="https://keyfob.example")


def an_error(kind: str) -> str:
    return '{"error": {"type": "' + kind + '", "message": "no"}}'


@pytest.mark.parametrize(
    "answer",
    [
        (500, an_error("api_error")),
        (503, "not even JSON"),
        (429, an_error("invalid_request_error")),
        NOBODY_THERE,
    ],
)
def test_every_failure_of_stripe_is_a_typed_refusal_S50(
    answer: Any, payments: StripePayments, calls: Calls
) -> None:
    calls.answer = answer
    paid = an_order_in(State.PAID)
    for attempt in (
        lambda: payments.open_checkout(an_order()),
        lambda: payments.checkout("cs_1"),
        lambda: payments.expire_checkout("cs_1", attempt=1),
        lambda: payments.refund(paid, attempt=1),
    ):
        with pytest.raises(PaymentUnavailable):
            attempt()


def test_a_failure_that_stripe_remembers_is_distinguished_from_others_S41(
    payments: StripePayments, calls: Calls
) -> None:
    calls.answer = (500, an_error("api_error"))
    with pytest.raises(PaymentFailed):
        payments.open_checkout(an_order())
    for forgotten in ((429, an_error("rate_limit")), NOBODY_THERE):
        calls.answer = forgotten
        with pytest.raises(PaymentUnavailable) as refused:
            payments.open_checkout(an_order())
        assert type(refused.value) is PaymentUnavailable


@pytest.mark.parametrize(
    "error",
    [
        '{"type": "invalid_request_error", "code": "amount_too_small", "message": "no"}',
        '{"type": "invalid_request_error", "param": "expires_at", "message": "no"}',
    ],
)
def test_a_page_that_stripe_refuses_is_refused_for_good_B4(
    error: str, payments: StripePayments, calls: Calls, caplog: pytest.LogCaptureFixture
) -> None:
    calls.answer = (400, f'{{"error": {error}}}')
    with pytest.raises(PaymentRefused):
        payments.open_checkout(an_order())
    [line] = [one for one in caplog.records if one.name.startswith("keyfob")]
    logged = vars(line)
    assert (logged["code"] or logged["parameter"]) in error


def test_a_key_that_was_used_with_other_parameters_counts_as_a_failed_attempt_S41(
    payments: StripePayments, calls: Calls
) -> None:
    """After a deployment with another address to return to: only a new key can succeed."""
    calls.answer = (400, an_error("idempotency_error"))
    with pytest.raises(PaymentFailed):
        payments.open_checkout(an_order())


def test_a_key_in_use_by_a_request_under_way_may_be_used_again_S41(
    payments: StripePayments, calls: Calls
) -> None:
    calls.answer = (409, an_error("idempotency_error"))
    with pytest.raises(PaymentUnavailable) as refused:
        payments.open_checkout(an_order())
    assert type(refused.value) is PaymentUnavailable


def test_an_earlier_refund_counts_as_refunded_B4(payments: StripePayments, calls: Calls) -> None:
    code = '{"error": {"type": "invalid_request_error", "code": "charge_already_refunded"}}'
    calls.answer = (400, code)
    assert payments.refund(an_order_in(State.PAID), attempt=2) == "earlier refund of pi_1"


def test_an_unknown_page_is_not_found(payments: StripePayments, calls: Calls) -> None:
    calls.answer = (404, '{"error": {"type": "invalid_request_error", "code": "resource_missing"}}')
    with pytest.raises(NotFound):
        payments.checkout("cs_unknown")


def test_only_cards_are_taken_since_only_they_are_paid_at_once_B4(
    payments: StripePayments, calls: Calls
) -> None:
    calls.answer = (500, an_error("api_error"))
    with pytest.raises(PaymentUnavailable):
        payments.open_checkout(an_order())
    assert "allowed_payment_method_types[0]=card" in unquote(calls.seen[0][3])


def test_every_write_carries_a_key_of_ours_that_stays_the_same_S41(
    payments: StripePayments, calls: Calls
) -> None:
    calls.answer = (500, an_error("api_error"))
    for _ in range(2):
        for attempt in (
            lambda: payments.open_checkout(an_order()),
            lambda: payments.expire_checkout("cs_1", attempt=2),
            lambda: payments.refund(an_order_in(State.PAID), attempt=3),
        ):
            with pytest.raises(PaymentUnavailable):
                attempt()
    sent = [headers["Idempotency-Key"] for _, _, headers, _ in calls.seen]
    assert set(sent) == {"checkout:ord_1:1", "expire:cs_1:2", "refund:ord_1:3"}


def test_a_rolled_api_key_is_used_from_the_next_request_on_S19(
    payments: StripePayments, calls: Calls, keys: list[str]
) -> None:
    calls.answer = (500, an_error("api_error"))
    for key in ("sk_test_1", "sk_test_2"):
        keys.append(key)
        with pytest.raises(PaymentUnavailable):
            payments.checkout("cs_1")
    assert {headers["Authorization"] for _, _, headers, _ in calls.seen} == {
        "Bearer sk_test_1",
        "Bearer sk_test_2",
    }
    assert all(url.startswith("https://api.stripe.com/v1/") for _, url, _, _ in calls.seen)


def test_timeouts_and_retries_are_set_S41(payments: StripePayments) -> None:
    requestor: Any = payments._api.v1._requestor
    options = requestor._options
    assert options.max_network_retries >= 1
    connect, read = requestor._client._timeout
    assert (connect + read) * (options.max_network_retries + 1) < 30
