"""Credit notes, refunds and disputes at Stripe's double, as the official SDK meets them."""

from __future__ import annotations

from typing import Any

import pytest

from local.stripe_double.errors import StripeRefusal
from tests.contract.stripe_account import AtStripe, refused


def credit(at_stripe: AtStripe, invoice: Any, **asked: Any) -> Any:
    return at_stripe.v1.credit_notes.create({"invoice": invoice.id} | asked)


def refund(at_stripe: AtStripe, invoice: Any, **asked: Any) -> Any:
    return at_stripe.v1.refunds.create({"payment_intent": at_stripe.intent(invoice)} | asked)


def paid_invoice(at_stripe: AtStripe, *amounts: int) -> Any:
    return at_stripe.pay(at_stripe.invoice(*amounts))


def test_a_credit_note_before_payment_reduces_what_remains(at_stripe: AtStripe) -> None:
    invoice = at_stripe.invoice(6_000, 4_000)
    line = invoice.lines.data[0]
    asked = [{"type": "invoice_line_item", "invoice_line_item": line.id, "quantity": 1}]
    note = credit(at_stripe, invoice, lines=asked)
    assert (note.type, note.amount, note.number) == (
        "pre_payment",
        4_000,
        f"{invoice.number}-CN-01",
    )
    after = at_stripe.read(invoice)
    assert (after.status, after.total) == ("open", 10_000)
    assert (after.amount_due, after.amount_remaining) == (6_000, 6_000)
    assert after.pre_payment_credit_notes_amount == 4_000
    assert at_stripe.pay(invoice).status == "paid"
    assert at_stripe.read(invoice).amount_paid == 6_000
    assert "credit_note.created" in at_stripe.told


def test_a_wholly_credited_invoice_is_paid_without_money(at_stripe: AtStripe) -> None:
    invoice = at_stripe.invoice()
    credit(at_stripe, invoice, amount=10_000)
    after = at_stripe.read(invoice)
    assert (after.status, after.amount_paid, after.total) == ("paid", 0, 10_000)
    assert at_stripe.told[-1] == "invoice.paid"
    assert {one.status for one in after.payments.data} == {"canceled"}


def test_a_credit_note_before_payment_can_be_void(at_stripe: AtStripe) -> None:
    invoice = at_stripe.invoice()
    note = credit(at_stripe, invoice, amount=3_000)
    assert at_stripe.v1.credit_notes.void_credit_note(note.id).status == "void"
    assert at_stripe.read(invoice).amount_remaining == 10_000
    assert "credit_note.voided" in at_stripe.told
    refused(lambda: at_stripe.v1.credit_notes.void_credit_note(note.id))
    [listed] = at_stripe.v1.credit_notes.list({"invoice": invoice.id}).data
    assert listed.status == "void"


def test_a_line_is_credited_by_amounts_or_by_quantities(at_stripe: AtStripe) -> None:
    draft = at_stripe.draft()
    at_stripe.add(draft, unit_amount_decimal="1000", quantity=5)
    invoice = at_stripe.v1.invoices.finalize_invoice(draft.id)
    line = {"type": "invoice_line_item", "invoice_line_item": invoice.lines.data[0].id}
    note = credit(at_stripe, invoice, lines=[line | {"quantity": 2}])
    assert (note.amount, note.lines.data[0].quantity) == (2_000, 2)
    refused(lambda: credit(at_stripe, invoice, lines=[line | {"amount": 1_000}]))
    refused(lambda: credit(at_stripe, invoice, lines=[line | {"quantity": 4}]))
    own = {"type": "custom_line_item", "description": "Late", "quantity": 1, "unit_amount": 50}
    assert credit(at_stripe, invoice, lines=[line | {"quantity": 1}, own]).amount == 1_050


def test_a_credit_note_after_payment_links_its_refunds(at_stripe: AtStripe) -> None:
    invoice = paid_invoice(at_stripe, 6_000, 4_000)
    returned = refund(at_stripe, invoice, amount=6_000)
    line = invoice.lines.data[1]
    lines = [{"type": "invoice_line_item", "invoice_line_item": line.id, "amount": 6_000}]
    asked: dict[str, Any] = {"lines": lines, "refunds": [{"refund": returned.id}]}
    note = credit(at_stripe, invoice, **asked)
    assert (note.type, note.post_payment_amount) == ("post_payment", 6_000)
    assert [(one.refund, one.amount_refunded) for one in note.refunds] == [(returned.id, 6_000)]
    after = at_stripe.read(invoice)
    assert (after.status, after.post_payment_credit_notes_amount) == ("paid", 6_000)
    again = refused(lambda: credit(at_stripe, invoice, **asked))
    assert again.code == "invalid_credit_note_line_amount"
    seen = at_stripe.v1.credit_notes.retrieve(note.id, {"expand": ["refunds.refund"]})
    assert seen.refunds[0].refund.charge == returned.charge
    refused(lambda: at_stripe.v1.credit_notes.void_credit_note(note.id))


def test_a_partly_paid_invoice_is_canceled_by_a_mixed_credit_note(at_stripe: AtStripe) -> None:
    invoice = at_stripe.invoice()
    at_stripe.pay(invoice, "40")
    returned = refund(at_stripe, invoice)
    note = credit(at_stripe, invoice, amount=10_000, refunds=[{"refund": returned.id}])
    assert (note.type, note.pre_payment_amount, note.post_payment_amount) == ("mixed", 6_000, 4_000)
    after = at_stripe.read(invoice)
    assert (after.status, after.amount_paid, after.amount_remaining) == ("paid", 4_000, 0)


@pytest.mark.parametrize(
    "given",
    [
        {"refund_amount": 2_000},
        {"credit_amount": 2_000},
        {"out_of_band_amount": 2_000},
        {"credit_amount": 500, "out_of_band_amount": 1_500},
    ],
)
def test_money_of_a_credit_note_after_payment_adds_up(
    at_stripe: AtStripe, given: dict[str, int]
) -> None:
    invoice = paid_invoice(at_stripe)
    too_little = refused(lambda: credit(at_stripe, invoice, amount=2_001, **given))
    assert too_little.code == "invalid_credit_note_amount"
    assert at_stripe.v1.refunds.list().data == []
    note = credit(at_stripe, invoice, amount=2_000, **given)
    assert note.post_payment_amount == 2_000
    balance = at_stripe.v1.customers.retrieve(invoice.customer).balance
    assert balance == -given.get("credit_amount", 0)
    assert sum(one.amount_refunded for one in note.refunds) == given.get("refund_amount", 0)


def test_no_more_is_credited_than_was_paid(at_stripe: AtStripe) -> None:
    invoice = paid_invoice(at_stripe)
    credit(at_stripe, invoice, amount=9_000, out_of_band_amount=9_000)
    too_much = {"amount": 1_001, "out_of_band_amount": 1_001}
    refusal = refused(lambda: credit(at_stripe, invoice, **too_much))
    assert refusal.code == "credit_note_amount_too_large"
    credit(at_stripe, invoice, amount=1_000, out_of_band_amount=1_000)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"amount": 0},
        {"amount": 10_001},
        {"amount": 1_000, "lines": [{"type": "custom_line_item"}]},
        {"lines": [{"type": "custom_line_item", "quantity": 1, "unit_amount": 5}]},
        {"lines": [{"type": "invoice_line_item", "invoice_line_item": "il_1", "amount": 1}]},
        {"amount": 1_000, "refunds": [{"refund": "re_1"}]},
        {"amount": 1_000, "reason": "because"},
        {"amount": 1_000, "memo": "m" * 5_001},
    ],
)
def test_a_credit_note_against_stripe_s_rules_is_refused(
    at_stripe: AtStripe, asked: dict[str, Any]
) -> None:
    invoice = at_stripe.invoice()
    refused(lambda: credit(at_stripe, invoice, **asked))
    assert at_stripe.read(invoice).amount_remaining == 10_000


def test_a_refund_of_another_invoice_is_not_linked(at_stripe: AtStripe) -> None:
    paid, other = paid_invoice(at_stripe), paid_invoice(at_stripe)
    foreign = refund(at_stripe, other)
    asked = {"amount": 10_000, "refunds": [{"refund": foreign.id}]}
    assert refused(lambda: credit(at_stripe, paid, **asked)).param == "refunds[0][refund]"


def test_a_draft_has_no_credit_note(at_stripe: AtStripe) -> None:
    refused(lambda: credit(at_stripe, at_stripe.draft(), amount=1))


def test_a_pending_refund_succeeds_or_fails_later(at_stripe: AtStripe) -> None:
    invoice = paid_invoice(at_stripe)
    at_stripe.faults.set({"refunds": "pending"})
    first = refund(at_stripe, invoice, amount=1_000)
    second = refund(at_stripe, invoice, amount=2_000)
    assert (first.status, second.status) == ("pending", "pending")
    refunds = at_stripe.double.account.refunds
    refunds.finish(first.id, "succeeded")
    refunds.finish(second.id, "failed")
    listed = at_stripe.v1.refunds.list({"payment_intent": first.payment_intent})
    assert [one.status for one in listed.data] == ["failed", "succeeded"]
    assert at_stripe.v1.charges.retrieve(first.charge).amount_refunded == 1_000
    assert at_stripe.told.count("refund.updated") == 2
    assert at_stripe.told.count("charge.refund.updated") == 2
    assert at_stripe.told.count("refund.failed") == 1
    for refund_id, status in ((second.id, "succeeded"), (first.id, "pending")):
        with pytest.raises(StripeRefusal):
            refunds.finish(refund_id, status)


def test_a_refunded_invoice_stays_paid(at_stripe: AtStripe) -> None:
    invoice = paid_invoice(at_stripe)
    charge = at_stripe.v1.charges.retrieve(refund(at_stripe, invoice).charge)
    assert (charge.refunded, charge.amount_refunded) == (True, 10_000)
    after = at_stripe.read(invoice)
    assert (after.status, after.amount_paid) == ("paid", 10_000)
    assert at_stripe.told[-2:] == ["refund.created", "charge.refunded"]


def disputed(at_stripe: AtStripe, status: str) -> tuple[Any, Any]:
    invoice = paid_invoice(at_stripe)
    opened = at_stripe.double.account.disputes.open(at_stripe.intent(invoice), status=status)
    return invoice, at_stripe.v1.disputes.retrieve(opened["id"])


@pytest.mark.parametrize(
    ("path", "moved"),
    [
        (["needs_response", "won"], ["funds_withdrawn", "funds_reinstated"]),
        (["needs_response", "under_review", "won"], ["funds_withdrawn", "funds_reinstated"]),
        (["needs_response", "under_review", "lost"], ["funds_withdrawn"]),
        (["needs_response", "prevented"], ["funds_withdrawn", "funds_reinstated"]),
        (["warning_needs_response", "warning_closed"], []),
        (["warning_needs_response", "warning_under_review", "warning_closed"], []),
        (["warning_needs_response", "needs_response", "lost"], ["funds_withdrawn"]),
        (["prevented"], []),
    ],
)
def test_a_dispute_is_told_from_its_beginning_to_its_end(
    at_stripe: AtStripe, path: list[str], moved: list[str]
) -> None:
    _, dispute = disputed(at_stripe, path[0])
    for status in path[1:]:
        at_stripe.double.account.disputes.change(dispute.id, status)
    told = [one for one in at_stripe.told if one.startswith("charge.dispute.")]
    assert [one for one in told if ".funds_" in one] == [f"charge.dispute.{one}" for one in moved]
    assert (told.count("charge.dispute.created"), told.count("charge.dispute.closed")) == (1, 1)
    closed = at_stripe.v1.disputes.retrieve(dispute.id, {"expand": ["charge"]})
    assert (closed.status, closed.charge.disputed) == (path[-1], True)
    assert len(closed.balance_transactions) == len(moved)
    with pytest.raises(StripeRefusal):
        at_stripe.double.account.disputes.change(dispute.id, "needs_response")


def test_a_disputed_charge_is_refunded_during_an_inquiry_only(at_stripe: AtStripe) -> None:
    invoice, dispute = disputed(at_stripe, "warning_needs_response")
    assert dispute.is_charge_refundable
    refund(at_stripe, invoice, amount=1)
    at_stripe.double.account.disputes.change(dispute.id, "needs_response")
    assert refused(lambda: refund(at_stripe, invoice)).code == "charge_disputed"
    at_stripe.double.account.disputes.change(dispute.id, "won")
    assert refund(at_stripe, invoice).amount == 9_999


def test_a_dispute_is_found_by_its_payment(at_stripe: AtStripe) -> None:
    invoice, dispute = disputed(at_stripe, "needs_response")
    disputed(at_stripe, "needs_response")
    intent = at_stripe.intent(invoice)
    found = at_stripe.v1.disputes.list({"payment_intent": intent})
    assert [one.id for one in found.data] == [dispute.id]
    assert (dispute.payment_intent, dispute.amount) == (intent, 10_000)


@pytest.mark.parametrize(
    "asked", [{"status": "won"}, {"reason": "boredom"}, {"amount": 10_001}, {"amount": 0}]
)
def test_a_dispute_that_no_bank_opens_is_refused(
    at_stripe: AtStripe, asked: dict[str, Any]
) -> None:
    invoice = paid_invoice(at_stripe)
    with pytest.raises(StripeRefusal):
        at_stripe.double.account.disputes.open(at_stripe.intent(invoice), **asked)
    assert at_stripe.v1.disputes.list().data == []
