"""Customers and invoices at Stripe's double, as the official SDK meets them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from local.stripe_double.document import Document
from local.stripe_double.scope import RESOURCES
from tests.contract.stripe_account import AtStripe, amounts, refused


def test_a_customer_is_made_once_for_an_idempotency_key_and_can_be_changed(
    at_stripe: AtStripe,
) -> None:
    asked = {"name": "University", "email": "a@university.example", "metadata": {"a": "1"}}
    key = {"idempotency_key": "customer:org_1"}
    first, again = (at_stripe.v1.customers.create(asked, key) for _ in range(2))
    assert first.id == again.id
    changes = {"name": "College", "metadata": {"a": "", "b": "2"}}
    changed = at_stripe.v1.customers.update(first.id, changes)
    assert (changed.name, changed.email) == ("College", "a@university.example")
    assert changed.metadata.to_dict() == {"b": "2"}
    assert at_stripe.v1.customers.retrieve(first.id) == changed
    assert at_stripe.told == ["customer.created", "customer.updated"]
    assert at_stripe.events[1]["data"]["previous_attributes"]["name"] == "University"


def test_a_draft_has_the_sum_of_its_lines_and_no_number(at_stripe: AtStripe) -> None:
    draft = at_stripe.draft(
        custom_fields=[{"name": "PO number", "value": "4711"}], footer="Thank you"
    )
    at_stripe.add(draft, unit_amount_decimal="9900", quantity=2, metadata={"line": "1"})
    at_stripe.add(draft, amount=1_634, description="Tax")
    draft = at_stripe.read(draft)
    assert (draft.status, draft.number, draft.hosted_invoice_url) == ("draft", None, None)
    assert (draft.total, draft.amount_due) == (21_434, 21_434)
    assert [line.description for line in draft.lines.data] == ["Tax", "Hardware token"]
    assert [line.amount for line in draft.lines.data] == [1_634, 19_800]
    assert draft.custom_fields[0].value == "4711"
    assert at_stripe.told[-2:] == ["invoiceitem.created", "invoice.updated"]


def test_an_invoice_shows_ten_lines_and_lists_them_all(at_stripe: AtStripe) -> None:
    invoice = at_stripe.invoice(*range(1_000, 1_012))
    assert (len(invoice.lines.data), invoice.lines.has_more) == (10, True)
    listed = at_stripe.v1.invoices.line_items.list(invoice.id, {"limit": 5})
    assert len(list(listed.auto_paging_iter())) == 12


def test_a_finalized_invoice_has_a_number_a_due_date_and_a_page(at_stripe: AtStripe) -> None:
    customer = at_stripe.customer()
    first, second = (at_stripe.invoice(customer=customer) for _ in range(2))
    assert first.status == "open"
    assert (first.number[-5:], second.number[-5:]) == ("-0001", "-0002")
    assert first.due_date == pytest.approx(first.created + 30 * 86_400, abs=2)
    page = at_stripe.page(first.hosted_invoice_url).text
    assert "100.00 USD" in page
    assert first.number in page
    [default] = at_stripe.read(first).payments.data
    assert (default.is_default, default.status, default.amount_requested) == (True, "open", 10_000)
    assert "invoice.finalized" in at_stripe.told


def test_a_draft_is_finalized_by_sending_it(at_stripe: AtStripe) -> None:
    draft = at_stripe.draft()
    at_stripe.add(draft, amount=500)
    assert at_stripe.v1.invoices.send_invoice(draft.id).status == "open"
    assert at_stripe.told[-1] == "invoice.sent"
    assert at_stripe.told.count("invoice.finalized") == 1


def test_an_unpaid_invoice_becomes_void_for_good(at_stripe: AtStripe) -> None:
    invoice = at_stripe.invoice()
    assert at_stripe.v1.invoices.void_invoice(invoice.id).status == "void"
    [default] = at_stripe.read(invoice).payments.data
    assert default.status == "canceled"
    assert at_stripe.told[-1] == "invoice.voided"
    assert at_stripe.page(invoice.hosted_invoice_url, "pay").status_code == 409
    refused(lambda: at_stripe.v1.invoices.send_invoice(invoice.id))


def test_a_partly_paid_invoice_can_not_be_void(at_stripe: AtStripe) -> None:
    invoice = at_stripe.invoice()
    at_stripe.pay(invoice, "1")
    assert "paid payments" in str(refused(lambda: at_stripe.v1.invoices.void_invoice(invoice.id)))
    assert at_stripe.read(invoice).status == "open"


def test_an_uncollectible_invoice_can_still_be_paid(at_stripe: AtStripe) -> None:
    invoice = at_stripe.invoice()
    at_stripe.pay(invoice, "20")
    assert at_stripe.v1.invoices.mark_uncollectible(invoice.id).status == "uncollectible"
    assert at_stripe.told[-1] == "invoice.marked_uncollectible"
    assert amounts(at_stripe.pay(invoice)) == ("paid", 10_000, 0, 0)


def test_an_invoice_becomes_overdue_once_when_the_clock_passes_its_date(
    at_stripe: AtStripe,
) -> None:
    invoice, paid = at_stripe.invoice(), at_stripe.invoice()
    at_stripe.pay(paid)
    for days in (29, 2, 30):
        at_stripe.clock.move(timedelta(days=days))
        at_stripe.double.work_off()
    overdue = [one for one in at_stripe.events if one["type"] == "invoice.overdue"]
    assert [one["data"]["object"]["id"] for one in overdue] == [invoice.id]
    assert at_stripe.read(invoice).status == "open"


def test_a_finalized_invoice_keeps_its_amounts_and_fields(at_stripe: AtStripe) -> None:
    invoice = at_stripe.invoice()
    change = {"custom_fields": [{"name": "PO number", "value": "1"}]}
    assert refused(lambda: at_stripe.v1.invoices.update(invoice.id, change)).param
    refused(lambda: at_stripe.add(invoice, amount=100))
    refused(lambda: at_stripe.v1.invoices.finalize_invoice(invoice.id))
    refused(lambda: at_stripe.v1.invoices.delete(invoice.id))
    noted = at_stripe.v1.invoices.update(invoice.id, {"metadata": {"note": "called"}})
    assert noted.metadata.to_dict() == {"order": "SO-1", "note": "called"}


def test_a_draft_can_be_changed_and_deleted(at_stripe: AtStripe) -> None:
    draft = at_stripe.draft()
    change = {"custom_fields": [{"name": "PO number", "value": "1"}], "days_until_due": 10}
    changed = at_stripe.v1.invoices.update(draft.id, change)
    assert changed.custom_fields[0].name == "PO number"
    assert changed.due_date < draft.due_date
    assert at_stripe.v1.invoices.delete(draft.id).deleted
    assert refused(lambda: at_stripe.read(draft)).code == "resource_missing"
    assert at_stripe.told[-1] == "invoice.deleted"


def test_every_kind_of_object_that_the_double_keeps_is_stripe_s(
    at_stripe: AtStripe, cut_document: Path
) -> None:
    at_stripe.add(at_stripe.draft(), amount=100)
    at_stripe.pay(at_stripe.invoice(), "20")
    paid = at_stripe.invoice()
    at_stripe.v1.invoices.pay(paid.id, {"paid_out_of_band": True})
    paid = at_stripe.pay(at_stripe.invoice())
    at_stripe.v1.credit_notes.create({"invoice": paid.id, "amount": 100, "refund_amount": 100})
    at_stripe.double.account.disputes.open(at_stripe.intent(paid))
    at_stripe.page(at_stripe.invoice().hosted_invoice_url, "decline")
    document, store = Document(cut_document.parent), at_stripe.double.account.store
    for kind in set(RESOURCES) - {"checkout.session", "error"}:
        kept = store.newest_first(kind)
        assert kept, kind
        for one in kept:
            document.check_resource(kind, one)
