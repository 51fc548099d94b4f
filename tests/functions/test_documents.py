"""Documents of orders over the API, by their worker, and in the confirmation's mail (B3, S23)."""

from __future__ import annotations

import email
import email.policy
import json
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pypdf import PdfReader

from keyfob.wiring.documents import enclosing_of
from tests.functions.test_workers import new_queued, page, settle
from tests.support.deployment import Deployment, failed, for_worker, later
from tests.support.visitor import Answer, Visitor, visitor


@pytest.fixture
def ada(deployment: Deployment) -> Visitor:
    deployment.queued("documents")
    return visitor(deployment)


def fetch(who: Visitor, number: str, kind: str = "confirmation") -> Answer:
    return who.call(f"order_{kind}", parameters={"number": number})


def write(deployment: Deployment) -> list[dict[str, Any]]:
    """The worker writes what is queued; returns that."""
    queued = deployment.queued("documents")
    for body in queued:
        event = for_worker("write_document", body)
        assert failed(deployment.invoke("document_worker", event)) == []
    return queued


def text_at(deployment: Deployment, url: str) -> str:
    key = urlsplit(url).path.removeprefix("/").removeprefix("documents-deployed/")
    bucket = deployment.values["BUCKET_DOCUMENTS"]
    found = deployment.client("s3").get_object(Bucket=bucket, Key=key)
    return text(found["Body"].read())


def text(pdf: bytes) -> str:
    return " ".join(one.extract_text() for one in PdfReader(BytesIO(pdf)).pages)


def test_a_document_is_written_once_and_then_linked_for_a_minute_B3(
    deployment: Deployment, ada: Visitor
) -> None:
    number = ada.order().body["number"]
    waiting = fetch(ada, number)
    assert (waiting.status, waiting.headers["Retry-After"], waiting.body) == (202, "2", None)
    [queued] = write(deployment)
    assert (queued["order"], queued["kind"], queued["language"]) == (number, "confirmation", "en")
    ready = fetch(ada, number)
    assert (ready.status, ready.body) == (303, None)
    url = ready.headers["Location"]
    asked = parse_qs(urlsplit(url).query)
    assert asked["X-Amz-Expires"] == ["60"]
    assert asked["response-content-disposition"] == [
        f'attachment; filename="{number}-confirmation.pdf"'
    ]
    assert asked["response-content-type"] == ["application/pdf"]
    shown = text_at(deployment, url)
    for part in (number, "Harbor Way", "USD 184.03", "not paid yet"):
        assert part in shown, part
    assert write(deployment) == [], "nothing is queued once it is there"


def test_a_changed_order_has_another_document_B3(deployment: Deployment, ada: Visitor) -> None:
    order = ada.order().body
    fetch(ada, order["number"])
    write(deployment)
    deployment.provider.buyer_pays(page(order))
    settle(deployment, order)
    assert fetch(ada, order["number"]).status == 202
    write(deployment)
    shown = text_at(deployment, fetch(ada, order["number"]).headers["Location"])
    assert "This order is paid." in shown


def test_a_queue_that_repeats_writes_nothing_again_S42(
    deployment: Deployment, ada: Visitor
) -> None:
    number = ada.order().body["number"]
    fetch(ada, number)
    [queued] = write(deployment)
    before = deployment.rows("orders")
    deployment.invoke("document_worker", for_worker("write_document", queued, queued))
    assert deployment.rows("orders") == before


def test_a_quote_is_for_unpaid_orders_and_there_is_no_invoice_of_a_card_B3(
    deployment: Deployment, ada: Visitor
) -> None:
    order = ada.order().body
    number = order["number"]
    assert fetch(ada, number, "quote").status == 202
    assert fetch(ada, number, "invoice").code == "not_found"
    deployment.provider.buyer_pays(page(order))
    settle(deployment, order)
    assert fetch(ada, number, "quote").code == "not_found"
    # The quote that was queued is none any more.
    write(deployment)
    rows = json.dumps(deployment.rows("orders"), default=str)
    assert f"DOCUMENT#{number}" not in rows


def test_a_quote_is_a_document_before_there_is_an_order_B3(
    deployment: Deployment, ada: Visitor
) -> None:
    quote = ada.call("make_quote").body
    where = {"number": quote["number"]}
    assert ada.call("quote_document", parameters=where).status == 202
    [queued] = write(deployment)
    assert queued == {"quote": quote["number"], "version": 1, "language": "en"}
    url = ada.call("quote_document", parameters=where).headers["Location"]
    [disposition] = parse_qs(urlsplit(url).query)["response-content-disposition"]
    assert disposition == f'attachment; filename="{quote["number"]}-quote.pdf"'
    shown = text_at(deployment, url)
    for part in (quote["number"], "Good until", "USD 184.03"):
        assert part in shown, part
    answers = [
        visitor(deployment).call("quote_document", parameters={"number": one})
        for one in (quote["number"], "QU-99999999")
    ]
    assert {one.status for one in answers} == {404}
    assert answers[0].body == answers[1].body
    assert deployment.queued("documents") == []


def test_an_order_is_nobody_else_s_and_an_unknown_one_looks_the_same_S23(
    deployment: Deployment, ada: Visitor
) -> None:
    number = ada.order().body["number"]
    bob = visitor(deployment)
    answers = [fetch(bob, one) for one in (number, "SO-99999999")]
    assert {one.status for one in answers} == {404}
    assert answers[0].body == answers[1].body
    assert deployment.queued("documents") == []


@pytest.fixture
def enclosing(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """The confirmation's mail encloses its document, as it is deployed."""
    monkeypatch.setattr("keyfob.wiring.notifier.enclosing_of", enclosing_of)
    deployment.app("notifier").wiring.outbox_processor.cache_clear()


def paid(deployment: Deployment, who: Visitor) -> str:
    order = who.order().body
    deployment.provider.buyer_pays(page(order))
    assert settle(deployment, order) == []
    return str(order["number"])


def send(deployment: Deployment, about: str, subject: str = "is confirmed") -> list[Any]:
    """Send the pending messages about an order; returns the mails that went out."""
    before = len(deployment.mails())
    for one in new_queued(deployment, about=f"ORDER#{about}"):
        deployment.invoke("notifier", for_worker("send_message", {"due": one}))
    return confirmations(deployment, before, subject)


def confirmations(deployment: Deployment, before: int, subject: str = "is confirmed") -> list[Any]:
    sent = deployment.mails()[before:]
    mails = [email.message_from_string(one, policy=email.policy.default) for one in sent]
    return [one for one in mails if subject in str(one["Subject"])]


@pytest.mark.usefixtures("enclosing")
def test_the_confirmations_mail_waits_for_its_document_and_encloses_it_B3(
    deployment: Deployment, ada: Visitor
) -> None:
    number = paid(deployment, ada)
    assert send(deployment, number) == []
    deployment.queued("messages")
    write(deployment)
    [hastened] = deployment.queued("messages")
    before = len(deployment.mails())
    deployment.invoke("notifier", for_worker("send_message", hastened))
    [mail] = confirmations(deployment, before)
    [pdf] = mail.iter_attachments()
    assert (pdf.get_content_type(), pdf.get_filename()) == (
        "application/pdf",
        f"{number}-confirmation.pdf",
    )
    assert number in text(pdf.get_content())
    assert mail["Content-Language"] == "en"
    assert "confirmed" in mail.get_body(("plain",)).get_content()
    assert send(deployment, number) == [], "and it goes out once"


@pytest.mark.usefixtures("enclosing")
def test_an_invoices_mail_encloses_our_copy_of_it_B3(deployment: Deployment, ada: Visitor) -> None:
    order = ada.order(payment="invoice").body
    number = str(order["number"])
    assert send(deployment, number, "invoice") == []
    deployment.queued("messages")
    write(deployment)
    [hastened] = deployment.queued("messages")
    before = len(deployment.mails())
    deployment.invoke("notifier", for_worker("send_message", hastened))
    [mail] = confirmations(deployment, before, number)
    [pdf] = mail.iter_attachments()
    assert pdf.get_filename() == f"{number}-invoice.pdf"
    shown = text(pdf.get_content())
    for part in ("Copy of the invoice", order["invoice"]["number"], "Still to be paid"):
        assert part in shown, part


@pytest.mark.usefixtures("enclosing")
def test_the_mail_goes_without_a_document_that_does_not_come_in_time_B3_S50(
    deployment: Deployment, ada: Visitor
) -> None:
    number = paid(deployment, ada)
    assert send(deployment, number) == []
    later(deployment, minutes=2)
    [mail] = send(deployment, number)
    assert list(mail.iter_attachments()) == []
    write(deployment)
    assert deployment.queued("messages") == [], "no mail waits any more"


@pytest.mark.usefixtures("enclosing")
def test_the_mail_goes_without_a_document_that_can_not_be_read_S50(
    deployment: Deployment, ada: Visitor
) -> None:
    number = paid(deployment, ada)
    send(deployment, number)
    [queued] = write(deployment)
    file = f"documents/{number}/confirmation-{queued['version']}-en.pdf"
    bucket = deployment.values["BUCKET_DOCUMENTS"]
    deployment.client("s3").delete_object(Bucket=bucket, Key=file)
    [mail] = send(deployment, number)
    assert list(mail.iter_attachments()) == []
