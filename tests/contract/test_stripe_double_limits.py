"""Stripe's limits of texts, numbers and amounts, at its double."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.stripe_account import AtStripe, refused


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
