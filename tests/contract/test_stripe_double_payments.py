"""Payments of invoices at Stripe's double: in parts, too much, by bank, declined."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.stripe_account import AtStripe, amounts, refused


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
