"""Customers and invoices at Stripe's double, as the official SDK meets them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import stripe

from local.stripe_double.document import Document
from local.stripe_double.scope import RESOURCES
from tests.contract.stripe_account import AtStripe


def amounts(invoice: Any) -> tuple[str, int, int, int]:
    return (
        invoice.status,
        invoice.amount_paid,
        invoice.amount_remaining,
        invoice.amount_overpaid,
    )


def refused(call: Any) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        call()
    return refusal.value


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


def test_an_invoice_is_paid_in_parts(at_stripe: AtStripe) -> None:
    invoice = at_stripe.invoice()
    assert amounts(at_stripe.pay(invoice, "30.00")) == ("open", 3_000, 7_000, 0)
    assert "invoice.paid" not in at_stripe.told
    assert at_stripe.told.count("invoice_payment.paid") == 1
    opened = [one for one in at_stripe.read(invoice).payments.data if one.status == "open"]
    assert [one.amount_requested for one in opened] == [7_000]
    paid = at_stripe.pay(invoice)
    assert amounts(paid) == ("paid", 10_000, 0, 0)
    assert [one.amount_paid for one in paid.payments.data] == [3_000, 7_000]
    assert at_stripe.told.count("invoice.paid") == 1
    assert at_stripe.told.count("invoice.payment_succeeded") == 1


def test_an_overpaid_invoice_credits_the_next_one(at_stripe: AtStripe) -> None:
    customer = at_stripe.customer()
    invoice = at_stripe.invoice(customer=customer)
    assert amounts(at_stripe.pay(invoice, "125")) == ("paid", 12_500, 0, 2_500)
    assert "invoice.overpaid" in at_stripe.told
    assert at_stripe.v1.customers.retrieve(customer.id).balance == -2_500
    following = at_stripe.invoice(customer=customer)
    assert (following.starting_balance, following.ending_balance) == (-2_500, 0)
    assert (following.total, following.amount_due) == (10_000, 7_500)


@pytest.mark.parametrize(("balance", "left"), [(-10_000, 0), (-15_000, -5_000), (-9_980, 20)])
def test_an_invoice_that_the_balance_covers_is_paid_without_money(
    at_stripe: AtStripe, balance: int, left: int
) -> None:
    customer = at_stripe.customer(balance=balance)
    invoice = at_stripe.invoice(customer=customer)
    assert amounts(invoice) == ("paid", 0, 0, 0)
    assert (invoice.total, invoice.starting_balance) == (10_000, balance)
    assert at_stripe.v1.customers.retrieve(customer.id).balance == left
    assert "invoice.paid" in at_stripe.told


def test_a_declined_card_leaves_the_invoice_open(at_stripe: AtStripe) -> None:
    invoice = at_stripe.invoice()
    assert "declined" in at_stripe.page(invoice.hosted_invoice_url, "decline").text
    after = at_stripe.read(invoice)
    assert (after.status, after.attempt_count, after.amount_paid) == ("open", 1, 0)
    assert at_stripe.told[-1] == "invoice.payment_failed"


@pytest.mark.parametrize("amount", ["0", "-5", "a lot", "0.001", "1e30", "NaN"])
def test_the_page_takes_amounts_of_money_only(at_stripe: AtStripe, amount: str) -> None:
    invoice = at_stripe.invoice()
    answer = at_stripe.page(invoice.hosted_invoice_url, "pay", amount=amount)
    assert answer.status_code == 400
    assert at_stripe.read(invoice).amount_paid == 0


def test_a_paid_invoice_is_not_paid_again(at_stripe: AtStripe) -> None:
    invoice = at_stripe.invoice()
    at_stripe.pay(invoice)
    assert at_stripe.page(invoice.hosted_invoice_url, "pay").status_code == 409
    out_of_band = {"paid_out_of_band": True}
    refused(lambda: at_stripe.v1.invoices.pay(invoice.id, out_of_band))
    assert at_stripe.read(invoice).amount_paid == 10_000


def test_the_rest_of_an_invoice_is_paid_out_of_band(at_stripe: AtStripe) -> None:
    invoice = at_stripe.invoice()
    at_stripe.pay(invoice, "40")
    at_stripe.v1.invoices.pay(invoice.id, {"paid_out_of_band": True})
    paid = at_stripe.read(invoice)
    assert amounts(paid) == ("paid", 10_000, 0, 0)
    assert paid.amount_paid_off_stripe == 6_000
    assert at_stripe.told[-1] == "invoice.paid"
    assert "invoice.payment_succeeded" not in at_stripe.told


def a_record(at_stripe: AtStripe, value: int, **changes: Any) -> Any:
    now = int(at_stripe.clock.now().timestamp())
    asked = {
        "amount_requested": {"currency": "usd", "value": value},
        "initiated_at": now,
        "outcome": "guaranteed",
        "guaranteed": {"guaranteed_at": now},
        "payment_method_details": {"type": "custom", "custom": {"display_name": "Bank transfer"}},
        "processor_details": {"type": "custom", "custom": {"payment_reference": "SO-1"}},
    }
    return at_stripe.v1.payment_records.report_payment(asked | changes)


def test_a_payment_by_bank_is_reported_and_attached(at_stripe: AtStripe) -> None:
    invoice, record = at_stripe.invoice(), a_record(at_stripe, 2_500)
    asked = {"payment_record": record.id}
    partly = at_stripe.v1.invoices.attach_payment(invoice.id, asked)
    assert amounts(partly) == ("open", 2_500, 7_500, 0)
    assert refused(lambda: at_stripe.v1.invoices.attach_payment(invoice.id, asked)).param
    at_stripe.pay(invoice)
    assert amounts(at_stripe.read(invoice)) == ("paid", 10_000, 0, 0)
    assert at_stripe.read(invoice).amount_paid_off_stripe == 2_500
    found = at_stripe.v1.invoice_payments.list(
        {"payment": {"type": "payment_record", "payment_record": record.id}}
    )
    assert [one.invoice for one in found.data] == [invoice.id]
    reported = at_stripe.v1.payment_records.retrieve(record.id)
    assert reported.processor_details.custom.payment_reference == "SO-1"


@pytest.mark.parametrize(("initiated", "guaranteed"), [(0, 3_600), (10, -10)])
def test_a_payment_is_not_reported_before_it_was_made(
    at_stripe: AtStripe, initiated: int, guaranteed: int
) -> None:
    now = int(at_stripe.clock.now().timestamp())
    moments: dict[str, Any] = {
        "initiated_at": now + initiated,
        "guaranteed": {"guaranteed_at": now + guaranteed},
    }
    assert refused(lambda: a_record(at_stripe, 100, **moments)).param == "guaranteed[guaranteed_at]"


def test_a_number_is_given_to_one_invoice_only(at_stripe: AtStripe) -> None:
    assert at_stripe.invoice(number="SO-1").number == "SO-1"
    assert refused(lambda: at_stripe.draft(number="SO-1")).param == "number"


def test_a_record_in_another_currency_is_not_attached(at_stripe: AtStripe) -> None:
    record = a_record(at_stripe, 500, amount_requested={"currency": "eur", "value": 500})
    invoice = at_stripe.invoice()
    asked = {"payment_record": record.id}
    assert "currency" in str(
        refused(lambda: at_stripe.v1.invoices.attach_payment(invoice.id, asked))
    )


def test_a_charge_knows_no_invoice_but_its_payment_intent_finds_it(at_stripe: AtStripe) -> None:
    invoice = at_stripe.invoice()
    at_stripe.pay(invoice)
    intent = at_stripe.v1.payment_intents.retrieve(at_stripe.intent(invoice))
    charge = at_stripe.v1.charges.retrieve(intent.latest_charge)
    assert (charge.payment_intent, charge.customer) == (intent.id, invoice.customer)
    assert "invoice" not in charge
    assert (charge.metadata.to_dict(), intent.metadata.to_dict()) == ({}, {})
    asked = {"payment": {"type": "payment_intent", "payment_intent": intent.id}}
    found = at_stripe.v1.invoice_payments.list(asked)
    assert [one.invoice for one in found.data] == [invoice.id]


def test_an_invoice_s_payments_expand_to_their_payment_intents(at_stripe: AtStripe) -> None:
    invoice = at_stripe.invoice()
    at_stripe.pay(invoice)
    asked = {"expand": ["payments.data.payment.payment_intent", "customer"]}
    seen = at_stripe.v1.invoices.retrieve(invoice.id, asked)
    assert seen.payments.data[0].payment.payment_intent.amount_received == 10_000
    assert seen.customer.id == invoice.customer
    assert "payments" not in at_stripe.v1.invoices.retrieve(invoice.id)


def test_an_event_never_has_what_answers_have_only_if_asked(at_stripe: AtStripe) -> None:
    at_stripe.pay(at_stripe.invoice())
    told = [one["data"]["object"] for one in at_stripe.events if one["type"] == "invoice.paid"]
    assert len(told) == 1
    assert not {"payments", "amount_paid_off_stripe"} & told[0].keys()


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


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"custom_fields": [{"name": "n" * 41, "value": "1"}]}, "custom_fields[0][name]"),
        ({"custom_fields": [{"name": "n", "value": "v" * 141}]}, "custom_fields[0][value]"),
        ({"custom_fields": [{"name": "n", "value": "v"}] * 5}, "custom_fields"),
        ({"custom_fields": [{"name": "n"}]}, "custom_fields[0][value]"),
        ({"custom_fields": [{"name": "n", "value": ""}]}, "custom_fields[0][value]"),
        ({"description": "d" * 1_501}, "description"),
        ({"footer": "f" * 5_001}, "footer"),
        ({"number": "n" * 27}, "number"),
        ({"metadata": {"k" * 41: "v"}}, "metadata[" + "k" * 41 + "]"),
        ({"days_until_due": -1}, "days_until_due"),
        ({"customer": "cus_unknown"}, "customer"),
        ({"terms": "net 30"}, "terms"),
    ],
)
def test_an_invoice_beyond_stripe_s_limits_is_refused(
    at_stripe: AtStripe, change: dict[str, Any], param: str
) -> None:
    refusal = refused(lambda: at_stripe.draft(**change))
    assert refusal.param == param
    assert at_stripe.v1.invoices.list().data == []


def test_texts_of_exactly_stripe_s_lengths_are_taken(at_stripe: AtStripe) -> None:
    fields = [{"name": "n" * 40, "value": "v" * 140}] * 4
    draft = at_stripe.draft(custom_fields=fields, description="d" * 1_500)
    assert len(draft.custom_fields) == 4


@pytest.mark.parametrize(
    "change", [{"name": "n" * 257}, {"email": f"{'a' * 512}@b.example"}, {"email": "nobody"}]
)
def test_a_customer_beyond_stripe_s_limits_is_refused(
    at_stripe: AtStripe, change: dict[str, Any]
) -> None:
    assert refused(lambda: at_stripe.customer(**change)).param == next(iter(change))


def test_an_invoice_is_not_sent_to_a_customer_without_an_address(at_stripe: AtStripe) -> None:
    nobody = at_stripe.v1.customers.create({"name": "Nobody"})
    assert "valid email" in str(refused(lambda: at_stripe.draft(nobody)))


@pytest.mark.parametrize(
    "item",
    [
        {"amount": 100_000_000},
        {"unit_amount_decimal": "50000000", "quantity": 2},
        {"unit_amount_decimal": "0.5"},
        {"amount": 100, "unit_amount_decimal": "100"},
        {"amount": 100, "quantity": 2},
        {"amount": 100, "currency": "eur"},
        {"description": "without a price"},
    ],
)
def test_an_item_beyond_stripe_s_limits_is_refused(
    at_stripe: AtStripe, item: dict[str, Any]
) -> None:
    draft = at_stripe.draft()
    refused(lambda: at_stripe.add(draft, **item))
    assert at_stripe.read(draft).total == 0


def test_the_sum_of_an_invoice_s_lines_has_a_limit(at_stripe: AtStripe) -> None:
    draft = at_stripe.draft()
    at_stripe.add(draft, amount=99_999_999)
    assert refused(lambda: at_stripe.add(draft, amount=1)).code == "amount_too_large"


def test_an_invoice_without_lines_is_not_finalized(at_stripe: AtStripe) -> None:
    draft = at_stripe.draft()
    assert refused(lambda: at_stripe.v1.invoices.finalize_invoice(draft.id)).code == (
        "invoice_no_customer_line_items"
    )


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
