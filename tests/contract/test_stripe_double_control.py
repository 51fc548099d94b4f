"""Events of Stripe's double on their way, and the page with the buttons for it."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
import requests
from werkzeug import Request, Response
from werkzeug.test import Client

from local.stripe_double.errors import StripeRefusal, WrongAnswer
from local.stripe_double.events import Caller, Events
from tests.contract.stripe_account import AtStripe


class Receiver:
    """The service's webhook: the ids of the events it got, and its next answers."""

    def __init__(self) -> None:
        self.received: list[str] = []
        self.answers: list[int] = []

    def post(self, _url: str, *, data: bytes, **_options: Any) -> requests.Response:
        self.received.append(json.loads(data)["id"])
        answer = requests.Response()
        answer.status_code = self.answers.pop(0) if self.answers else 200
        return answer


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Receiver:
    receiver = Receiver()
    monkeypatch.setattr(requests, "post", receiver.post)
    return receiver


@pytest.fixture
def held(at_stripe: AtStripe) -> list[str]:
    """The ids of three held events, oldest first."""
    at_stripe.faults.set({"webhooks": "hold"})
    for name in ("Ada", "Bo", "Cy"):
        at_stripe.customer(name=name)
    return [one["id"] for one in at_stripe.events]


def states(at_stripe: AtStripe) -> list[str]:
    return [one["state"] for one in at_stripe.double.webhooks()]


def test_held_events_wait(at_stripe: AtStripe, held: list[str], receiver: Receiver) -> None:
    assert not at_stripe.double.work_off()
    assert (states(at_stripe), receiver.received) == (["held"] * 3, [])


@pytest.mark.parametrize(("order", "step"), [("in_order", 1), ("reversed", -1)])
def test_held_events_are_sent_in_an_order(
    at_stripe: AtStripe, held: list[str], receiver: Receiver, order: str, step: int
) -> None:
    at_stripe.double.acts.perform(["webhooks", "deliver"], {"held": order})
    assert receiver.received == held[::step]
    assert states(at_stripe) == ["delivered"] * 3
    at_stripe.double.acts.perform(["webhooks", "deliver"], {"held": order})
    assert len(receiver.received) == 3


def test_an_event_is_repeated_refused_and_dropped_by_name(
    at_stripe: AtStripe, held: list[str], receiver: Receiver
) -> None:
    first, second, third = held
    receiver.answers += [500]
    outcomes = at_stripe.double.acts.perform(
        ["webhooks", "deliver"], {"events": [second, first, first]}
    )
    assert outcomes == [
        {"event": second, "delivered": False},
        {"event": first, "delivered": True},
        {"event": first, "delivered": True},
    ]
    at_stripe.double.acts.perform(["webhooks", third, "drop"], {})
    assert states(at_stripe) == ["delivered", "failed", "dropped"]


def test_an_event_can_be_delayed(
    at_stripe: AtStripe, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    right = threading.Event.wait

    def wait(self: threading.Event, timeout: float | None = None) -> bool:
        if timeout is None:
            return right(self)
        waited.append(timeout)
        return False

    monkeypatch.setattr(threading.Event, "wait", wait)
    at_stripe.faults.set({"webhooks": "deliver", "delay_seconds": 60.0})
    at_stripe.customer()
    assert at_stripe.double.work_off()
    assert (waited, len(receiver.received)) == ([60.0], 1)


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        (["webhooks", "deliver"], {"events": ["evt_unknown"]}),
        (["webhooks", "deliver"], {"held": "shuffled"}),
        (["webhooks", "evt_unknown", "drop"], {}),
        (["disputes"], {"payment_intent": "pi_unknown"}),
        (["disputes", "du_unknown"], {"status": "won"}),
        (["refunds", "re_unknown"], {"status": "failed"}),
        (["refunds", "re_unknown"], {}),
    ],
)
def test_an_impossible_act_is_refused(
    at_stripe: AtStripe, path: list[str], asked: dict[str, Any]
) -> None:
    with pytest.raises(StripeRefusal):
        at_stripe.double.acts.perform(path, asked)


def test_an_event_of_no_kind_of_stripe_s_is_not_recorded(
    at_stripe: AtStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = Events.record

    def wrong(self: Events, _kind: str, subject: dict[str, Any], **given: Any) -> None:
        right(self, "customer.greeted", subject, **given)

    monkeypatch.setattr(Events, "record", wrong)
    with pytest.raises(WrongAnswer, match="greeted"):
        at_stripe.double.account.customers.create({"email": "a@b.example"}, Caller())


@pytest.fixture
def buttons(at_stripe: AtStripe) -> Client:
    def application(environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        path = request.path.removeprefix("/stripe")
        return at_stripe.double.control_page.answer(request, path)(environ, start_response)

    return Client(application, Response)


def test_the_page_shows_everything_with_markup_encoded(
    at_stripe: AtStripe, buttons: Client
) -> None:
    customer = at_stripe.customer(name="<b>University</b>")
    invoice = at_stripe.pay(at_stripe.invoice(customer=customer))
    at_stripe.v1.refunds.create({"payment_intent": at_stripe.intent(invoice), "amount": 1})
    shown = buttons.get("/stripe").text
    assert invoice.number in shown
    assert "charge.refunded" in shown
    payment = at_stripe.page(invoice.hosted_invoice_url).text
    assert "&lt;b&gt;University&lt;/b&gt;" in payment
    assert "<b>University" not in payment


def test_the_page_s_buttons_act(at_stripe: AtStripe, buttons: Client, receiver: Receiver) -> None:
    assert buttons.post("/stripe/switch", data={"webhooks": "hold"}).status_code == 303
    intent = at_stripe.intent(at_stripe.pay(at_stripe.invoice()))
    assert buttons.post("/stripe/disputes", data={"payment_intent": intent}).status_code == 303
    [dispute] = at_stripe.v1.disputes.list().data
    won = buttons.post(f"/stripe/disputes/{dispute.id}", data={"status": "won"})
    assert won.status_code == 303
    assert "won" in buttons.get("/stripe").text
    event = at_stripe.events[0]["id"]
    for act, data in (("webhooks/deliver", {"events": event}), (f"webhooks/{event}/drop", {})):
        assert buttons.post(f"/stripe/{act}", data=data).status_code == 303
    assert (receiver.received, states(at_stripe)[0]) == ([event], "dropped")


def test_the_page_says_why_a_button_did_nothing(at_stripe: AtStripe, buttons: Client) -> None:
    refused = buttons.post("/stripe/disputes/du_1", data={"status": "won"})
    assert (refused.status_code, "No such dispute" in refused.text) == (409, True)
    assert buttons.post("/stripe/switch", data={"webhooks": "never"}).status_code == 409
    assert buttons.post("/stripe/nothing").status_code == 404
