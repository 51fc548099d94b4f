"""The Stripe double as the official SDK meets it, over real HTTP.

One file, since each test goes on where the payment page of another stops.
"""

from __future__ import annotations

import json
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import stripe
from werkzeug import Request, Response
from werkzeug.serving import make_server

from local.clock import LocalClock
from local.front import Settings, serving
from local.stripe_double import checkout, sessions

KEY, SECRET = "sk_test_1234567890", "whsec_0987654321"
WAIT = 15.0


@dataclass
class Webhook:
    """Stands in for the deployed API: records events and answers as configured."""

    answers: list[int] = field(default_factory=list)
    received: list[tuple[str, str]] = field(default_factory=list)

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        body = request.get_data(as_text=True)
        self.received.append((body, request.headers["Stripe-Signature"]))
        return Response(status=self.answers.pop(0) if self.answers else 200)(
            environ, start_response
        )

    @property
    def types(self) -> list[str]:
        return [json.loads(body)["type"] for body, _ in list(self.received)]


@dataclass(frozen=True)
class Stage:
    public: str
    state: Path
    webhook: Webhook

    @property
    def clock(self) -> LocalClock:
        return LocalClock(self.state / "clock-offset")

    def client(self, key: str = KEY, *, retries: int = 2) -> stripe.StripeClient:
        return stripe.StripeClient(
            key,
            base_addresses={"api": f"{self.public}/_stripe"},
            max_network_retries=retries,
            http_client=stripe.RequestsClient(timeout=(3, 10)),
        )

    def control(self, what: str, **switches: Any) -> requests.Response:
        return requests.post(f"{self.public}/_control/{what}", json=switches, timeout=10)

    def look(self, what: str) -> Any:
        return requests.get(f"{self.public}/_control/{what}", timeout=10).json()

    def act(self, session: stripe.checkout.Session, act: str) -> requests.Response:
        address = f"{self.public}/pay/{session.id}/{act}"
        return requests.post(address, timeout=10, allow_redirects=False)


@contextmanager
def in_a_thread(server: Any) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


def eventually(condition: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + WAIT
    while not (found := condition()):
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)
    return found


@pytest.fixture
def settings(tmp_path: Path, cut_document: Path) -> Settings:
    shutil.copy(cut_document, tmp_path)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return Settings(
        port=port,
        state=tmp_path,
        emulator="",
        api_id="a1b2c3d4",
        front_secret="front",
        stripe_key=KEY,
        webhook_secret=SECRET,
    )


Opener = Callable[[], Stage]


@contextmanager
def a_stage(settings: Settings, webhook: Webhook) -> Iterator[Stage]:
    with ExitStack() as stack:
        emulator = make_server("127.0.0.1", 0, webhook, threaded=True)
        stack.callback(emulator.server_close)
        stack.enter_context(in_a_thread(emulator))
        address = f"http://127.0.0.1:{emulator.server_port}"
        values = {name: getattr(settings, name) for name in settings.__slots__}
        server = stack.enter_context(serving(Settings(**values | {"emulator": address})))
        stack.enter_context(in_a_thread(server))
        yield Stage(settings.public, settings.state, webhook)


@pytest.fixture
def stage(settings: Settings) -> Iterator[Stage]:
    with a_stage(settings, Webhook()) as running:
        yield running


def order(**changes: Any) -> Any:
    line = {
        "price_data": {
            "currency": "usd",
            "unit_amount": 9_900,
            "product_data": {"name": "Hardware token, 1 year"},
        },
        "quantity": 2,
    }
    tax = {
        "price_data": {
            "currency": "usd",
            "unit_amount": 1_634,
            "product_data": {"name": "Sales tax"},
        },
        "quantity": 1,
    }
    asked = {
        "mode": "payment",
        "ui_mode": "hosted_page",
        "line_items": [line, tax],
        "success_url": "https://shop.example/done?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://shop.example/cart",
        "client_reference_id": "SO-1",
        "metadata": {"order": "SO-1"},
        "payment_intent_data": {"metadata": {"order": "SO-1"}},
    }
    return asked | changes


def create(stage: Stage, key: str | None = None, **changes: Any) -> stripe.checkout.Session:
    options: Any = {"idempotency_key": key} if key else {}
    return stage.client().v1.checkout.sessions.create(order(**changes), options)


def test_a_session_has_the_sum_of_its_lines_and_a_page_to_pay_on(stage: Stage) -> None:
    session = create(stage)
    assert isinstance(session, stripe.checkout.Session)
    assert (session.status, session.payment_status) == ("open", "unpaid")
    assert (session.amount_total, session.currency) == (2 * 9_900 + 1_634, "usd")
    assert session.client_reference_id == "SO-1"
    assert session.metadata is not None
    assert session.metadata["order"] == "SO-1"
    assert session.url == f"{stage.public}/pay/{session.id}"


def test_the_payment_page_shows_the_lines_with_markup_encoded(stage: Stage) -> None:
    price = {"currency": "usd", "unit_amount": 5_000, "product_data": {"name": "<b>Token</b>"}}
    session = create(stage, line_items=[{"price_data": price, "quantity": 1}])
    shown = requests.get(str(session.url), timeout=10)
    assert "&lt;b&gt;Token&lt;/b&gt;" in shown.text
    assert "50.00 USD" in shown.text
    assert "<b>Token" not in shown.text


def test_a_paid_session_is_complete_and_leads_to_the_success_page(stage: Stage) -> None:
    session = create(stage)
    answer = stage.act(session, "pay")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"https://shop.example/done?session={session.id}"
    paid = stage.client().v1.checkout.sessions.retrieve(
        session.id, {"expand": ["payment_intent.latest_charge", "line_items"]}
    )
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    intent = paid.payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert (intent.status, intent.amount_received) == ("succeeded", paid.amount_total)
    assert intent.metadata["order"] == "SO-1"
    assert isinstance(intent.latest_charge, stripe.Charge)
    assert paid.line_items is not None
    assert [line.description for line in paid.line_items] == ["Hardware token, 1 year", "Sales tax"]


def test_a_paid_session_can_be_neither_paid_again_nor_expired(stage: Stage) -> None:
    session = create(stage)
    assert [stage.act(session, "pay").status_code for _ in range(2)] == [303, 409]
    assert stage.act(session, "expire").status_code == 409
    with pytest.raises(stripe.InvalidRequestError, match="status of `complete`"):
        stage.client().v1.checkout.sessions.expire(session.id)
    eventually(lambda: stage.webhook.types)
    assert stage.webhook.types == ["checkout.session.completed"]


def test_only_one_of_many_parallel_payments_of_a_session_succeeds(stage: Stage) -> None:
    session = create(stage)
    statuses: list[int] = []
    payers = [
        threading.Thread(target=lambda: statuses.append(stage.act(session, "pay").status_code))
        for _ in range(10)
    ]
    for payer in payers:
        payer.start()
    for payer in payers:
        payer.join()
    assert sorted(statuses) == [303] + [409] * 9


def test_a_declined_card_leaves_the_session_open_to_pay(stage: Stage) -> None:
    session = create(stage)
    declined = stage.act(session, "decline")
    assert "Your card was declined." in declined.text
    seen = stage.client().v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (seen.status, seen.payment_status) == ("open", "unpaid")
    assert isinstance(seen.payment_intent, stripe.PaymentIntent)
    assert seen.payment_intent.status == "requires_payment_method"
    assert stage.act(session, "pay").status_code == 303
    eventually(lambda: len(stage.webhook.received) == 2)
    assert set(stage.webhook.types) == {
        "payment_intent.payment_failed",
        "checkout.session.completed",
    }


def test_an_open_session_can_be_expired_once(stage: Stage) -> None:
    session = create(stage)
    client = stage.client()
    expired = client.v1.checkout.sessions.expire(session.id)
    assert (expired.status, expired.url) == ("expired", None)
    with pytest.raises(stripe.InvalidRequestError, match="status of `expired`"):
        client.v1.checkout.sessions.expire(session.id)
    assert stage.act(session, "pay").status_code == 409
    eventually(lambda: stage.webhook.types == ["checkout.session.expired"])


def test_a_session_expires_when_the_moved_clock_passes_its_time(stage: Stage) -> None:
    session = create(stage)
    assert session.expires_at == session.created + 24 * 3600
    stage.clock.move(timedelta(hours=24, seconds=1))
    assert stage.client().v1.checkout.sessions.retrieve(session.id).status == "expired"
    assert stage.act(session, "pay").status_code == 409
    eventually(lambda: stage.webhook.types == ["checkout.session.expired"])


def test_a_session_expires_without_anybody_asking(stage: Stage) -> None:
    create(stage)
    stage.clock.move(timedelta(hours=25))
    eventually(lambda: stage.webhook.types == ["checkout.session.expired"])


@pytest.mark.parametrize("minutes", [29, 24 * 60 + 1])
def test_a_session_lives_between_thirty_minutes_and_a_day(stage: Stage, minutes: int) -> None:
    at = int(stage.clock.now().timestamp()) + minutes * 60
    with pytest.raises(stripe.InvalidRequestError, match="expires_at") as refusal:
        create(stage, expires_at=at)
    assert refusal.value.param == "expires_at"


def test_a_session_may_ask_for_exactly_thirty_minutes(stage: Stage) -> None:
    at = int(stage.clock.now().timestamp()) + 30 * 60 + 1
    assert create(stage, expires_at=at).expires_at == at


def test_sessions_are_listed_by_payment_intent(stage: Stage) -> None:
    create(stage)
    session = create(stage)
    stage.act(session, "pay")
    sessions_of = stage.client().v1.checkout.sessions
    intent = sessions_of.retrieve(session.id).payment_intent
    assert isinstance(intent, str)
    assert [one.id for one in sessions_of.list({"payment_intent": intent})] == [session.id]
    assert len(sessions_of.list({"limit": 1}).data) == 1
    assert len(list(sessions_of.list({"limit": 1}).auto_paging_iter())) == 2


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"coupon": "x"}, "coupon"),
        ({"payment_method_types": ["card"]}, "payment_method_types"),
        ({"line_items": [{"amount": 5}]}, "line_items[0][amount]"),
    ],
)
def test_a_parameter_that_the_sdk_does_not_know_is_refused(
    stage: Stage, change: dict[str, Any], param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        create(stage, **change)
    assert (refusal.value.code, refusal.value.param) == ("parameter_unknown", param)
    assert refusal.value.http_status == 400


@pytest.mark.parametrize(
    "change",
    [
        {"mode": "gift"},
        {"ui_mode": "hosted"},
        {"line_items": [{"quantity": "two"}]},
        {"line_items": "token"},
        {"metadata": "order"},
        {"metadata": {"order": "x" * 501}},
        {"success_url": "javascript:alert(1)"},
        {"success_url": None},
        {"line_items": []},
        {"discounts": [{"coupon": "half"}]},
    ],
)
def test_a_parameter_that_is_wrong_or_not_played_is_refused(
    stage: Stage, change: dict[str, Any]
) -> None:
    asked = {name: value for name, value in order(**change).items() if value not in (None, [])}
    with pytest.raises(stripe.InvalidRequestError):
        stage.client().v1.checkout.sessions.create(asked)  # type: ignore[arg-type]
    assert stage.client().v1.checkout.sessions.list().data == []


def test_an_expansion_that_leads_nowhere_leaves_no_session_behind(stage: Stage) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        create(stage, expand=["customers"])
    assert stage.client().v1.checkout.sessions.list().data == []


@pytest.mark.parametrize("key", ["sk_test_another_one", "sk_live_1234567890"])
def test_a_foreign_key_is_refused_without_being_repeated(stage: Stage, key: str) -> None:
    with pytest.raises(stripe.AuthenticationError) as refusal:
        stage.client(key).v1.checkout.sessions.list()
    assert refusal.value.http_status == 401
    assert key not in str(refusal.value)


def test_an_unknown_id_is_a_missing_resource(stage: Stage) -> None:
    for find in (
        stage.client().v1.checkout.sessions.retrieve,
        stage.client().v1.payment_intents.retrieve,
        stage.client().v1.refunds.retrieve,
        stage.client().v1.events.retrieve,
    ):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            find("x_1")
        assert (refusal.value.code, refusal.value.http_status) == ("resource_missing", 404)


def test_an_operation_that_is_not_played_is_refused(stage: Stage) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL"):
        stage.client().v1.customers.list()


def test_s41_the_same_key_and_parameters_get_the_same_answer_again(stage: Stage) -> None:
    first = create(stage, "checkout:SO-1:1")
    again = create(stage, "checkout:SO-1:1")
    assert again.id == first.id
    assert first.last_response is not None
    assert again.last_response is not None
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert again.last_response.headers["Original-Request"] == first.last_response.request_id
    assert len(stage.client().v1.checkout.sessions.list().data) == 1


def test_s41_the_same_key_with_other_parameters_is_refused(stage: Stage) -> None:
    create(stage, "checkout:SO-1:1")
    with pytest.raises(stripe.IdempotencyError) as refusal:
        create(stage, "checkout:SO-1:1", client_reference_id="SO-2")
    assert refusal.value.http_status == 400


def test_s41_the_same_key_at_another_endpoint_is_refused(stage: Stage) -> None:
    session = create(stage, "checkout:SO-1:1")
    with pytest.raises(stripe.IdempotencyError, match="endpoint"):
        stage.client().v1.checkout.sessions.expire(
            session.id, {}, {"idempotency_key": "checkout:SO-1:1"}
        )


def test_s41_a_refusal_is_repeated_too(stage: Stage) -> None:
    client, session = stage.client(), create(stage)
    stage.act(session, "pay")
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError, match="status of `complete`") as refusal:
            client.v1.checkout.sessions.expire(session.id, {}, {"idempotency_key": "expire"})
    assert refusal.value.headers is not None
    assert refusal.value.headers["Idempotent-Replayed"] == "true"


def test_s41_a_key_is_forgotten_after_a_day(stage: Stage) -> None:
    first = create(stage, "checkout:SO-1:1")
    stage.clock.move(timedelta(hours=24, seconds=1))
    assert create(stage, "checkout:SO-1:1").id != first.id


def test_s41_a_key_in_use_by_a_request_under_way_is_a_conflict(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered, go_on = threading.Event(), threading.Event()
    unhurried = checkout.Checkout.create

    def slow(self: checkout.Checkout, asked: dict[str, Any]) -> dict[str, Any]:
        entered.set()
        assert go_on.wait(WAIT)
        return unhurried(self, asked)

    monkeypatch.setattr(checkout.Checkout, "create", slow)
    first = threading.Thread(target=create, args=(stage, "checkout:SO-1:1"))
    first.start()
    assert entered.wait(WAIT)
    try:
        # The SDK has no class of its own for this one.
        with pytest.raises(stripe.APIError) as refusal:
            stage.client(retries=0).v1.checkout.sessions.create(
                order(), {"idempotency_key": "checkout:SO-1:1"}
            )
    finally:
        go_on.set()
        first.join()
    assert refusal.value.http_status == 409
    assert isinstance(refusal.value.json_body, dict)
    assert refusal.value.json_body["error"]["code"] == "idempotency_key_in_use"
    assert len(stage.client().v1.checkout.sessions.list().data) == 1


def test_requests_are_counted_with_their_keys_and_answers_carry_an_id_and_the_version(
    stage: Stage,
) -> None:
    session = create(stage, "checkout:SO-1:1")
    assert session.last_response is not None
    assert str(session.last_response.request_id).startswith("req_")
    assert session.last_response.headers["Stripe-Version"] == stripe.api_version
    assert stage.look("requests") == [
        {
            "method": "POST",
            "path": "/v1/checkout/sessions",
            "idempotency_key": "checkout:SO-1:1",
            "status": 200,
        }
    ]


def paid_intent(stage: Stage) -> str:
    session = create(stage)
    stage.act(session, "pay")
    intent = stage.client().v1.checkout.sessions.retrieve(session.id).payment_intent
    assert isinstance(intent, str)
    return intent


def test_a_payment_is_refunded_in_parts_up_to_its_amount(stage: Stage) -> None:
    client, intent = stage.client(), paid_intent(stage)
    part = client.v1.refunds.create({"payment_intent": intent, "amount": 1_000})
    assert (part.status, part.amount, part.payment_intent) == ("succeeded", 1_000, intent)
    assert client.v1.refunds.retrieve(part.id) == part
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        client.v1.refunds.create({"payment_intent": intent, "amount": 10**6})
    rest = client.v1.refunds.create({"payment_intent": intent, "reason": "requested_by_customer"})
    assert rest.amount == 2 * 9_900 + 1_634 - 1_000
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.refunds.create({"payment_intent": intent})
    assert refusal.value.code == "charge_already_refunded"


def test_a_refund_is_told_with_what_changed(stage: Stage) -> None:
    stage.client().v1.refunds.create({"payment_intent": paid_intent(stage)})
    eventually(lambda: len(stage.webhook.received) == 3)
    assert set(stage.webhook.types) >= {"refund.created", "charge.refunded"}
    events = [json.loads(body) for body, _ in stage.webhook.received]
    charged = next(one for one in events if one["type"] == "charge.refunded")
    assert charged["data"]["object"]["refunded"] is True
    assert charged["data"]["previous_attributes"] == {"amount_refunded": 0, "refunded": False}


def test_an_unpaid_session_has_nothing_to_refund(stage: Stage) -> None:
    session = create(stage)
    stage.act(session, "decline")
    intent = stage.client().v1.checkout.sessions.retrieve(session.id).payment_intent
    with pytest.raises(stripe.InvalidRequestError, match="successful charge"):
        stage.client().v1.refunds.create({"payment_intent": str(intent)})


def test_s36_an_event_is_signed_so_that_the_sdk_believes_it(stage: Stage) -> None:
    stage.act(create(stage), "pay")
    body, header = eventually(lambda: stage.webhook.received)[0]
    event = stripe.Webhook.construct_event(body, header, SECRET)
    assert (event.type, event.api_version) == ("checkout.session.completed", stripe.api_version)
    assert event.data.object["payment_status"] == "paid"
    assert stage.client().v1.events.retrieve(event.id).data.object == event.data.object
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body.replace("paid", "unpaid"), header, SECRET)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, header, "whsec_another")


def test_s36_an_event_is_signed_with_the_moved_time(stage: Stage) -> None:
    stage.clock.move(timedelta(days=400))
    stage.act(create(stage), "pay")
    body, header = eventually(lambda: stage.webhook.received)[0]
    signed_at = int(header.partition(",")[0].removeprefix("t="))
    assert abs(signed_at - stage.clock.now().timestamp()) < 300
    assert abs(json.loads(body)["created"] - signed_at) < 300


def test_an_event_that_is_not_taken_is_sent_again(stage: Stage) -> None:
    stage.webhook.answers += [500, 302]
    stage.act(create(stage), "pay")
    eventually(lambda: [one["state"] for one in stage.look("webhooks")] == ["delivered"])
    assert len({body for body, _ in stage.webhook.received}) == 1
    attempts = stage.look("webhooks")[0]["attempts"]
    assert [attempt.split()[-1] for attempt in attempts] == ["500", "302", "200"]


def test_a_dropped_event_is_kept_and_can_be_sent_later(stage: Stage) -> None:
    assert stage.control("stripe", webhooks="drop").json()["webhooks"] == "drop"
    stage.act(create(stage), "pay")
    [event] = stage.look("webhooks")
    assert (event["state"], event["type"]) == ("dropped", "checkout.session.completed")
    assert stage.control(f"webhooks/{event['id']}/redeliver").status_code == 202
    eventually(lambda: stage.webhook.received)
    assert json.loads(stage.webhook.received[0][0]) == event["payload"]
    assert stage.control("webhooks/evt_unknown/redeliver").status_code == 404


def test_a_delivered_event_can_be_sent_again(stage: Stage) -> None:
    stage.act(create(stage), "pay")
    eventually(lambda: [one["state"] for one in stage.look("webhooks")] == ["delivered"])
    stage.control(f"webhooks/{stage.look('webhooks')[0]['id']}/redeliver")
    eventually(lambda: len(stage.webhook.received) == 2)


def test_held_events_are_sent_by_hand_in_any_order_and_number(stage: Stage) -> None:
    stage.control("stripe", webhooks="hold")
    for _ in range(2):
        stage.act(create(stage), "pay")
    first, second = (one["id"] for one in stage.look("webhooks"))
    sent = stage.control("webhooks/deliver", events=[second, first, second])
    assert sent.json() == [{"event": one, "delivered": True} for one in (second, first, second)]
    received = [json.loads(body)["id"] for body, _ in stage.webhook.received]
    assert received == [second, first, second]
    assert stage.control("webhooks/deliver", events=["evt_unknown"]).status_code == 404
    assert stage.control("webhooks/deliver", events=first).status_code == 400
    assert stage.control("webhooks/deliver").status_code == 400
    assert stage.control("webhooks/sometimes").status_code == 404


def test_the_bank_disputes_a_payment_by_hand(stage: Stage) -> None:
    intent = paid_intent(stage)
    opened = stage.control("disputes", payment_intent=intent, amount=500)
    assert (opened.status_code, opened.json()["amount"]) == (202, 500)
    closed = stage.control(f"disputes/{opened.json()['id']}", status="won")
    assert closed.json()["status"] == "won"
    assert stage.control("disputes", payment_intent=intent, amount="500").status_code == 400
    assert stage.control("disputes", payment_intent=intent, cause="x").status_code == 400
    assert stage.control("disputes", payment_intent="pi_unknown").status_code == 404


def test_an_event_can_be_sent_twice(stage: Stage) -> None:
    stage.control("stripe", webhooks="twice")
    stage.act(create(stage), "pay")
    eventually(lambda: len(stage.webhook.received) == 2)
    assert len({body for body, _ in stage.webhook.received}) == 1


def test_s38_stripe_can_charge_another_amount_and_currency(stage: Stage) -> None:
    stage.control("stripe", amount_override=1, currency_override="eur")
    session = create(stage)
    stage.act(session, "pay")
    paid = stage.client().v1.checkout.sessions.retrieve(session.id)
    assert (paid.amount_total, paid.currency, paid.payment_status) == (1, "eur", "paid")


def test_s50_errors_can_be_switched_on_and_do_nothing_else(stage: Stage) -> None:
    stage.control("stripe", answer="error500")
    with pytest.raises(stripe.APIError):
        stage.client(retries=0).v1.checkout.sessions.create(order())
    stage.control("stripe", answer="error429")
    with pytest.raises(stripe.RateLimitError):
        stage.client(retries=0).v1.checkout.sessions.create(order())
    stage.control("stripe", answer="normal")
    assert stage.client().v1.checkout.sessions.list().data == []


def test_s50_a_hanging_stripe_is_freed_by_the_next_switch(stage: Stage) -> None:
    stage.control("stripe", answer="hang")
    impatient = stripe.StripeClient(
        KEY,
        base_addresses={"api": f"{stage.public}/_stripe"},
        http_client=stripe.RequestsClient(timeout=(3, 0.2)),
    )
    with pytest.raises(stripe.APIConnectionError):
        impatient.v1.checkout.sessions.create(order())
    stage.control("stripe", answer="normal")
    assert stage.client().v1.checkout.sessions.list().data == []


@pytest.mark.parametrize("switches", [{"webhook": "drop"}, {"webhooks": "sometimes"}])
def test_an_unknown_switch_is_refused(stage: Stage, switches: dict[str, str]) -> None:
    before = stage.look("stripe")
    assert stage.control("stripe", **switches).status_code == 400
    assert stage.look("stripe") == before


def test_an_answer_that_stripe_would_never_give_fails_loudly_and_changes_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = sessions.session
    for wrong in ({"status": "finished"}, {"amount_total": "12.50"}, {"amount": 5}):

        def mistaken(*given: Any, wrong: Any = wrong, **named: Any) -> dict[str, Any]:
            return {**right(*given, **named), **wrong}

        monkeypatch.setattr(sessions, "session", mistaken)
        with pytest.raises(stripe.APIError, match="The Stripe double is wrong") as failure:
            create(stage, "checkout:SO-1:1")
        assert failure.value.http_status == 500
    assert len(stage.look("requests")) == 3, "the SDK must not try such a thing again"
    monkeypatch.setattr(sessions, "session", right)
    assert stage.client().v1.checkout.sessions.list().data == []
    assert create(stage, "checkout:SO-1:1").status == "open"


def test_an_event_that_stripe_would_never_send_is_not_sent(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = create(stage)
    right = sessions.completed
    monkeypatch.setattr(
        sessions, "completed", lambda *given: right(*given) | {"payment_status": "settled"}
    )
    assert stage.act(session, "pay").status_code == 500
    assert stage.client().v1.checkout.sessions.retrieve(session.id).status == "open"
    assert stage.look("webhooks") == []


def test_everything_survives_a_restart_and_what_was_unsent_goes_out(settings: Settings) -> None:
    refusing = Webhook(answers=[500] * 100)
    with a_stage(settings, refusing) as stage:
        session = create(stage, "checkout:SO-1:1")
        stage.act(session, "pay")
        eventually(lambda: refusing.received)
    with a_stage(settings, Webhook()) as stage:
        again = create(stage, "checkout:SO-1:1")
        assert again.id == session.id
        kept = stage.client().v1.checkout.sessions.retrieve(session.id)
        assert (kept.payment_status, kept.amount_total) == ("paid", session.amount_total)
        eventually(lambda: stage.webhook.types == ["checkout.session.completed"])
