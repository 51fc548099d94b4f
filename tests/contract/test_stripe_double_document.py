"""The SDK and Stripe's OpenAPI document differ in listed places only."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from local.stripe_double import differences
from local.stripe_double.document import Document
from local.stripe_double.errors import StripeRefusal, WrongAnswer, no_such
from local.stripe_double.params import fields
from local.stripe_double.schemas import SCHEMAS
from local.stripe_double.scope import COMPARED, OPERATIONS

RESOURCES: dict[str, Any] = {
    "checkout.session": stripe.checkout.Session,
    "payment_intent": stripe.PaymentIntent,
    "charge": stripe.Charge,
    "refund": stripe.Refund,
    "event": stripe.Event,
    "item": stripe.LineItem,
    "price": stripe.Price,
    "balance_transaction": stripe.BalanceTransaction,
    "credit_note": stripe.CreditNote,
    "credit_note_line_item": stripe.CreditNoteLineItem,
    "customer": stripe.Customer,
    "dispute": stripe.Dispute,
    "invoice": stripe.Invoice,
    "invoice_payment": stripe.InvoicePayment,
    "invoiceitem": stripe.InvoiceItem,
    "line_item": stripe.InvoiceLineItem,
    "payment_record": stripe.PaymentRecord,
}


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Document:
    return Document(tmp_path_factory.mktemp("document"))


def test_sdk_and_document_are_the_versions_that_were_compared(document: Document) -> None:
    assert stripe.api_version == differences.SDK_VERSION
    assert document.load()["version"] == differences.DOCUMENT_VERSION


@pytest.mark.parametrize("name", RESOURCES)
def test_answers_differ_by_the_listed_fields_only(document: Document, name: str) -> None:
    described = set(document.load()["fields"][name])
    read = {
        field
        for field in RESOURCES[name].__annotations__
        if not field.startswith("_") and field != "OBJECT_NAME"
    }
    assert read - described == differences.FIELDS.get(name, {}).keys()
    assert described - read == set()


def test_every_compared_resource_is_compared() -> None:
    assert set(RESOURCES) == set(COMPARED)


@pytest.mark.parametrize("name", differences.OPTIONAL)
def test_what_answers_may_leave_out_is_required_by_the_document_only(
    document: Document, name: str
) -> None:
    required = set(document.load()["required"][name])
    assert differences.OPTIONAL[name] <= required
    hints = RESOURCES[name].__annotations__
    assert all("Optional" in str(hints[field]) for field in differences.OPTIONAL[name])


@pytest.mark.parametrize("operation", OPERATIONS)
def test_requests_differ_by_the_listed_parameters_only(document: Document, operation: str) -> None:
    described = set(document.load()["parameters"][operation])
    accepted = set(fields(SCHEMAS[operation]))
    listed = differences.PARAMETERS.get(operation, (set(), set()))
    assert (accepted - described, described - accepted) == listed


def test_the_greatest_lengths_are_the_document_s(document: Document) -> None:
    limits = document.limits("POST /v1/invoices")
    assert limits["custom_fields[][name]"] == 40
    assert limits["custom_fields[][value]"] == 140
    assert document.limits("POST /v1/customers")["name"] == 256


def test_every_operation_has_parameters_and_an_answer() -> None:
    assert set(SCHEMAS) == set(OPERATIONS)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": "lost"}, "lost"),
        ({"amount": "12"}, "'12' is not of type 'integer'"),
        ({"surprise": 1}, "surprise"),
        ({"id": None}, "None is not of type 'string'"),
    ],
)
def test_a_wrong_resource_is_told_apart_from_a_right_one(
    document: Document, change: dict[str, Any], reason: str
) -> None:
    right = {
        "id": "pi_1",
        "object": "payment_intent",
        "amount": 12,
        "created": 1,
        "livemode": False,
        "status": "succeeded",
    }
    document.check_resource("payment_intent", right)
    with pytest.raises(WrongAnswer, match=reason):
        document.check_resource("payment_intent", right | change)


def test_an_answer_is_checked_against_its_own_operation(document: Document) -> None:
    empty = {"object": "list", "data": [], "has_more": False, "url": "/v1/checkout/sessions"}
    document.check_answer("GET /v1/checkout/sessions", empty)
    with pytest.raises(WrongAnswer):
        document.check_answer("POST /v1/checkout/sessions", empty)


def test_errors_have_the_shape_of_stripes(document: Document) -> None:
    document.check_resource("error", no_such("refund", "re_1", param="refund").body)
    with pytest.raises(WrongAnswer):
        document.check_resource("error", StripeRefusal("no", kind="strange").body)


def test_the_document_is_cut_once(document: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    document.load()
    monkeypatch.setattr("subprocess.run", None)
    again = Document(document.folder)
    assert again.load() == document.load()
