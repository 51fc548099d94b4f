"""Signed purchase orders: uploaded, checked, shown, refused (B3, S23, S45)."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.functions.test_accounts import entries
from tests.support.administrator import an_administrator
from tests.support.deployment import Deployment, sample
from tests.support.operating import Operator
from tests.support.recovering import mailed
from tests.support.takeover import work_off_effects
from tests.support.visitor import PERMANENT, Answer, Visitor, visitor
from tests.unit.gateways.test_pdf_check import pdf, scripted


@pytest.fixture
def ada(deployment: Deployment) -> Visitor:
    return visitor(deployment)


def by_invoice(ada: Visitor) -> str:
    """An order of hers, by invoice."""
    number = str(ada.order().body["number"])
    change_order(ada.deployment, number, "method", "invoice")
    return number


def change_order(deployment: Deployment, number: str, attribute: str, value: str) -> None:
    deployment.client("dynamodb").update_item(
        TableName=deployment.values["TABLE_ORDERS"],
        Key={"pk": {"S": f"ORDER#{number}"}, "sk": {"S": "-"}},
        UpdateExpression="SET #a = :v",
        ExpressionAttributeNames={"#a": attribute},
        ExpressionAttributeValues={":v": {"S": value}},
    )


def ask(who: Visitor, number: str) -> Answer:
    return who.call("upload_signed_order", parameters={"number": number})


def show(who: Visitor, number: str) -> Answer:
    return who.call("show_signed_order", parameters={"number": number})


def key_of(form: Answer) -> str:
    return str(form.body["fields"]["key"])


def upload(deployment: Deployment, form: Answer, content: bytes) -> Any:
    """The browser sends the form; returns the worker's answer to the event."""
    s3, bucket = deployment.client("s3"), deployment.values["BUCKET_DOCUMENTS"]
    s3.put_object(Bucket=bucket, Key=key_of(form), Body=content)
    return notified(deployment, key_of(form))


def kept_of(form: Answer) -> str:
    """The key of the accepted file."""
    return key_of(form).replace("quarantine/", "signed/")


def notified(deployment: Deployment, key: str) -> Any:
    event = sample("workers/check_purchase_order")
    event["detail"]["object"]["key"] = key
    return deployment.invoke("purchase_orders", event)["outcome"]


def files(deployment: Deployment, number: str) -> list[str]:
    s3, bucket = deployment.client("s3"), deployment.values["BUCKET_DOCUMENTS"]
    found = s3.list_objects_v2(Bucket=bucket).get("Contents", ())
    return [one["Key"] for one in found if f"/{number}/" in one["Key"]]


def test_the_form_takes_one_pdf_of_five_megabytes_for_ten_minutes_B3_S49(ada: Visitor) -> None:
    number = by_invoice(ada)
    form = ask(ada, number)
    assert (form.status, set(form.body)) == (201, {"url", "fields", "until"})
    policy = json.loads(base64.b64decode(form.body["fields"]["policy"]))
    key = key_of(form)
    assert key.startswith(f"quarantine/{number}/pdf_")
    for condition in (
        {"key": key},
        {"Content-Type": "application/pdf"},
        {"x-amz-server-side-encryption": "AES256"},
        ["content-length-range", 1, 5 * 1024 * 1024],
    ):
        assert condition in policy["conditions"], condition
    assert form.body["fields"]["Content-Type"] == "application/pdf"


def test_a_good_file_is_accepted_and_linked_as_an_attachment_B3(
    deployment: Deployment, ada: Visitor
) -> None:
    number = by_invoice(ada)
    assert show(ada, number).status == 404
    form = ask(ada, number)
    assert show(ada, number).body["state"] == "awaited"
    assert upload(deployment, form, pdf()) == "accepted"
    shown = show(ada, number).body
    assert (shown["state"], shown["refused_for"]) == ("accepted", None)
    asked = parse_qs(urlsplit(shown["url"]).query)
    assert asked["X-Amz-Expires"] == ["60"]
    assert asked["response-content-disposition"][0].startswith("attachment;")
    [kept] = files(deployment, number)
    assert kept == kept_of(form)
    assert [action for action, _ in entries(deployment, f"SIGNED#{number}")] == [
        "signed_order.requested",
        "signed_order.received",
        "signed_order.accepted",
    ]


def test_a_bad_file_is_refused_deleted_and_told_B3_S45(
    deployment: Deployment, ada: Visitor
) -> None:
    number = by_invoice(ada)
    assert upload(deployment, ask(ada, number), pdf(scripted)) == "refused"
    shown = show(ada, number).body
    assert (shown["state"], shown["refused_for"], shown["url"]) == ("refused", "active", None)
    assert files(deployment, number) == []
    [(subject, text)] = [
        one for one in mailed(deployment, ada.user_id) if "purchase order" in one[0]
    ]
    assert number in subject
    assert "scripts" in text
    assert ask(ada, number).status == 201
    told = [one for one in mailed(deployment, ada.user_id) if "purchase order" in one[0]]
    assert len(told) == 1, "to ask for another upload is no refusal"


def test_a_file_that_is_no_pdf_is_refused_B3(deployment: Deployment, ada: Visitor) -> None:
    number = by_invoice(ada)
    assert upload(deployment, ask(ada, number), b"X5O!P%@AP NO TEST FILE") == "refused"
    assert show(ada, number).body["refused_for"] == "no_pdf"


def test_an_event_that_comes_again_changes_nothing_S42(
    deployment: Deployment, ada: Visitor
) -> None:
    number = by_invoice(ada)
    form = ask(ada, number)
    assert upload(deployment, form, pdf()) == "accepted"
    before = deployment.rows("orders")
    assert notified(deployment, key_of(form)) == "obsolete"
    # The form still works; what it brings now is deleted unread.
    assert upload(deployment, form, pdf(scripted)) == "obsolete"
    assert deployment.rows("orders") == before
    assert len(files(deployment, number)) == 1


def test_a_worker_killed_in_between_is_followed_by_one_that_ends_it_S42_S46(
    deployment: Deployment, ada: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = by_invoice(ada)
    form = ask(ada, number)
    checking = deployment.app("purchase_orders").wiring.checking()
    with monkeypatch.context() as patched:
        patched.setattr(checking, "_inspect", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            upload(deployment, form, pdf())
    assert show(ada, number).body["state"] == "received"
    assert show(ada, number).body["url"] is None
    assert notified(deployment, key_of(form)) == "accepted"


def test_a_second_file_replaces_the_first_by_its_own_check_B3(
    deployment: Deployment, ada: Visitor
) -> None:
    number = by_invoice(ada)
    first, second = ask(ada, number), ask(ada, number)
    assert upload(deployment, first, pdf()) == "obsolete", "another one is awaited"
    assert upload(deployment, second, pdf()) == "accepted"
    third = ask(ada, number)
    assert show(ada, number).body["state"] == "accepted"
    work_off_effects(deployment)
    assert files(deployment, number) == [kept_of(second)]
    assert upload(deployment, third, pdf(pages=51)) == "refused"
    assert show(ada, number).body["refused_for"] == "too_many_pages"
    work_off_effects(deployment)
    assert files(deployment, number) == []


def test_a_paid_orders_replaced_file_stays_for_the_books_B3_S66(
    deployment: Deployment, ada: Visitor
) -> None:
    number = by_invoice(ada)
    first = ask(ada, number)
    assert upload(deployment, first, pdf()) == "accepted"
    change_order(deployment, number, "paid_at", "2026-11-22T07:10:00.000000Z")
    second = ask(ada, number)
    assert upload(deployment, second, pdf(pages=2)) == "accepted"
    work_off_effects(deployment)
    assert files(deployment, number) == sorted([kept_of(first), kept_of(second)])


def test_an_order_by_card_or_an_ended_one_takes_none_B3(
    deployment: Deployment, ada: Visitor
) -> None:
    number = str(ada.order().body["number"])
    assert ask(ada, number).code == "signed_order_not_taken"
    change_order(deployment, number, "method", "invoice")
    change_order(deployment, number, "state", "canceled")
    assert ask(ada, number).code == "signed_order_not_taken"


def test_nobody_but_purchaser_administrators_and_operators_sees_it_S23(
    deployment: Deployment,
) -> None:
    grace = an_administrator(deployment)
    ada = visitor(deployment, organization=grace.organization)
    bob = visitor(deployment, organization=grace.organization)
    number = by_invoice(ada)
    assert upload(deployment, ask(ada, number), pdf()) == "accepted"
    answers = [call(bob, one) for call in (ask, show) for one in (number, "SO-99999999")]
    assert {(one.status, one.code) for one in answers} == {(404, "not_found")}
    place = {"number": number}
    seen = grace.visitor.call("show_colleagues_signed_order", parameters=place)
    assert (seen.status, seen.body["state"]) == (200, "accepted")
    assert seen.body["url"]
    grace.visitor.sign_in(PERMANENT)
    by_password = grace.visitor.call("show_colleagues_signed_order", parameters=place)
    assert by_password.code == "elevation_required"
    elsewhere = an_administrator(deployment)
    asked = [
        elsewhere.visitor.call("show_colleagues_signed_order", parameters={"number": one})
        for one in (number, "SO-99999999")
    ]
    assert {one.status for one in asked} == {404}
    assert asked[0].body == asked[1].body


def test_an_operator_reads_it_and_refuses_it_with_a_reason_B3(
    deployment: Deployment, ada: Visitor
) -> None:
    number = by_invoice(ada)
    operator = Operator(deployment=deployment)
    path = f"/operator/orders/{number}/purchase-order"
    assert operator.call("GET", path).status == 404
    assert upload(deployment, ask(ada, number), pdf()) == "accepted"
    assert operator.call("GET", path).body["url"]
    event = sample("operations/refuse_signed_order", order=number)
    assert deployment.invoke("operations", event) == {"order": number, "state": "refused"}
    shown = operator.call("GET", path).body
    assert (shown["refused_for"], shown["url"]) == ("by_operator", None)
    work_off_effects(deployment)
    assert files(deployment, number) == []
    texts = [text for _, text in mailed(deployment, ada.user_id)]
    assert any("made out to another company" in " ".join(one.split()) for one in texts)
    assert deployment.invoke("operations", event)["state"] == "refused"
    unknown = sample("operations/refuse_signed_order", order="SO-99999999")
    assert deployment.invoke("operations", unknown)["error"] == "not_found"


def test_what_is_no_upload_of_ours_is_left_alone_S45(deployment: Deployment) -> None:
    for key in ("quarantine/x.pdf", "quarantine/SO-1/../signed/pdf_00000000000000000000.pdf"):
        assert notified(deployment, key) == "unmatched"


def test_so_many_forms_a_day_S62(deployment: Deployment, ada: Visitor) -> None:
    number = by_invoice(ada)
    for _ in range(20):
        assert ask(ada, number).status == 201
    assert ask(ada, number).code == "too_many_tries"
