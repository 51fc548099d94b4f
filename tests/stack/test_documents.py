"""Documents, and forms that upload signed purchase orders, at the file store (B3, S45, S49)."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from local.client import Person, eventually
from local.stack import Stack
from tests.unit.gateways.test_pdf_check import pdf, scripted

MOST = 5 * 1024 * 1024
PDF = pdf()


@pytest.fixture
def number(stack: Stack, holder: Person) -> str:
    """An order of the holder's, by invoice."""
    order = str(holder.order()["number"])
    stack.client("dynamodb").update_item(
        TableName=stack.outputs["OrdersTable"],
        Key={"pk": {"S": f"ORDER#{order}"}, "sk": {"S": "-"}},
        UpdateExpression="SET #m = :m",
        ExpressionAttributeNames={"#m": "method"},
        ExpressionAttributeValues={":m": {"S": "invoice"}},
    )
    return order


def form_of(holder: Person, number: str) -> Any:
    return holder.expect(201, "POST", f"/orders/{number}/purchase-order")


def send(form: Any, content: bytes, **changes: str) -> int:
    fields = {**form["fields"], **changes}
    files = {"file": ("order.pdf", content, "application/pdf")}
    return requests.post(form["url"], data=fields, files=files, timeout=20).status_code


def shown(holder: Person, number: str) -> Any:
    return holder.expect(200, "GET", f"/orders/{number}/purchase-order")


def checked(holder: Person, number: str, state: str) -> Any:
    def found() -> Any:
        document = shown(holder, number)
        return document if document["state"] == state else None

    return eventually(found, what=f"the signed order is {state}")


def test_a_form_takes_its_own_key_type_and_size_alone_B3_S49(holder: Person, number: str) -> None:
    form = form_of(holder, number)
    key = form["fields"]["key"]
    assert send(form, PDF, key=key.replace("quarantine", "signed")) == 403
    assert send(form, PDF, key=f"{key}x") == 403
    assert send(form, PDF, **{"Content-Type": "text/html"}) == 403
    assert send(form, PDF, policy="e30=") >= 400
    assert send(form, b"") == 400
    assert send(form, PDF + b" " * MOST) == 400
    assert shown(holder, number)["state"] == "awaited"


def test_an_uploaded_file_is_checked_and_can_be_fetched_B3(holder: Person, number: str) -> None:
    assert send(form_of(holder, number), PDF) == 204
    accepted = checked(holder, number, "accepted")
    got = requests.get(accepted["url"], timeout=20)
    assert got.content == PDF
    assert got.headers["Content-Disposition"].startswith("attachment;")
    assert send(form_of(holder, number), pdf(scripted)) == 204
    refused = checked(holder, number, "refused")
    assert (refused["refused_for"], refused["url"]) == ("active", None)


def test_a_document_is_written_and_can_be_fetched_B3(holder: Person) -> None:
    number = str(holder.order()["number"])
    path = f"/orders/{number}/confirmation.pdf"
    assert holder.call("GET", path).status_code == 202

    def fetched() -> Any:
        answer = holder.call("GET", path)  # which follows the link
        return answer if answer.status_code == 200 else None

    found = eventually(fetched, what="the confirmation is written")
    assert found.content.startswith(b"%PDF-")
    assert found.headers["Content-Type"] == "application/pdf"
    disposition = found.headers["Content-Disposition"]
    assert disposition == f'attachment; filename="{number}-confirmation.pdf"'
