"""Invoices as the order flow needs them (B4): our fake, and Stripe's SDK on the double."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keyfob.domain.errors import NotFound
from keyfob.domain.orders import undoing
from keyfob.domain.orders.errors import (
    CustomerGone,
    PaymentFailed,
    PaymentRefused,
    PaymentUnavailable,
)
from keyfob.domain.orders.given_back import RefundRequest
from keyfob.domain.orders.invoice import Invoice, InvoiceStatus
from keyfob.domain.orders.order import Order, State
from keyfob.domain.orders.provider import Closed, Payer, PaymentProvider, Transfer
from keyfob.gateways.stripe import StripePayments
from keyfob.gateways.stripe_client import StripeApi
from keyfob.gateways.stripe_invoices import PO_FIELD
from keyfob.http.fields import Text
from tests.contract.stripe_account import KEY, AtStripe, InProcess, an_account
from tests.support.builders import a_line, an_invoice_order
from tests.support.effort import effort
from tests.support.fakes import FakePayments, unique

PAYER = Payer(name="Acme Parts", email="ada@acme.example")


@dataclass(frozen=True, kw_only=True)
class Party:
    """A provider, money that arrives, what happens at the provider, and how to break it."""

    provider: PaymentProvider
    pay: Callable[[Invoice, int], object]
    uncollectible: Callable[[Invoice], object]
    answer: Callable[[str], None]


def fake() -> Party:
    provider = FakePayments()

    def answer(how: str) -> None:
        provider.failing = how == "error500"
        provider.silent = how == "error429"

    def uncollectible(invoice: Invoice) -> None:
        provider.change(invoice.id, status=InvoiceStatus.UNCOLLECTIBLE)

    return Party(
        provider=provider,
        pay=lambda invoice, amount: provider.paid(invoice.id, amount),
        uncollectible=uncollectible,
        answer=answer,
    )


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AtStripe]:
    made = an_account(tmp_path_factory.mktemp("stripe"))
    yield made
    made.double.close()


class OnDouble(StripePayments):
    """The gateway over the SDK, whose requests the double answers in this process."""

    def __init__(self, account: AtStripe) -> None:
        super().__init__(lambda: KEY, api_base="", public_url="https://keyfob.example")
        api = StripeApi(lambda: KEY, api_base="", http=lambda: InProcess(account.double))
        self._api = api


def stripe(account: AtStripe) -> Party:
    def pay(invoice: Invoice, amount: int) -> None:
        account.page(invoice.url, "pay", amount=f"{amount // 100}.{amount % 100:02}")

    def answer(how: str) -> None:
        account.faults.set({"answer": how})

    return Party(
        provider=OnDouble(account),
        pay=pay,
        uncollectible=lambda invoice: account.v1.invoices.mark_uncollectible(invoice.id),
        answer=answer,
    )


@pytest.fixture(params=["fake", "stripe"])
def party(request: pytest.FixtureRequest) -> Iterator[Party]:
    made = fake() if request.param == "fake" else stripe(request.getfixturevalue("account"))
    yield made
    made.answer("normal")


@pytest.fixture
def order() -> Order:
    """A new order that no provider has seen."""
    now = datetime.now(UTC).replace(microsecond=0)
    return an_invoice_order(
        number=unique("SO-9"),
        reference=unique("ord_contract"),
        invoice=None,
        placed_at=now,
        checkout_ends=now + timedelta(days=30),
    )


def customer(party: Party, order: Order) -> str:
    return party.provider.customer(PAYER, reference=f"cus_{order.reference}", attempt=1)


def issued(party: Party, order: Order) -> Order:
    made = party.provider.issue_invoice(order, customer(party, order), PAYER)
    return replace(order, invoice=made)


def bill(order: Order) -> Invoice:
    assert order.invoice
    return order.invoice


def now(party: Party, order: Order) -> Invoice:
    return party.provider.invoice(bill(order).id).invoice


def test_a_new_invoice_is_open_and_knows_its_order_S38(party: Party, order: Order) -> None:
    order = issued(party, order)
    made = bill(order)
    assert (made.status, made.total, made.currency) == (InvoiceStatus.OPEN, order.total, "USD")
    assert (made.paid, made.remaining, made.surplus) == (0, order.total, 0)
    assert (made.due_at, made.payments) == (order.checkout_ends, ())
    assert made.number
    assert made.url.startswith("http")
    statement = party.provider.invoice(made.id)
    assert (statement.order, statement.reference) == (order.number, order.reference)
    assert statement.invoice == made


def test_asking_again_gives_the_same_customer_and_invoice_S41(party: Party, order: Order) -> None:
    first = issued(party, order)
    assert issued(party, order) == first
    assert customer(party, order) == customer(party, order)


def test_lines_and_tax_add_up_to_the_orders_total_S38(party: Party, order: Order) -> None:
    phones = a_line(product="phone", name="Phone codes", quantity=3, unit_price=3_500, tax=867)
    for lines in ((a_line(), phones), (a_line(tax=0),), (a_line(),) * 20):
        one = replace(order, lines=lines, reference=unique("ord_contract"))
        assert bill(issued(party, one)).total == one.total


def test_partial_payments_are_shown_until_the_whole_is_paid_B4(party: Party, order: Order) -> None:
    order = issued(party, order)
    paid = 0
    for amount in (1_000, 2_500, order.total - 3_500):
        party.pay(bill(order), amount)
        paid += amount
        seen = now(party, order)
        assert (seen.paid, seen.remaining) == (paid, order.total - paid)
        assert sum(one.amount for one in seen.payments) == paid
        assert seen.status is (InvoiceStatus.PAID if paid == order.total else InvoiceStatus.OPEN)
    assert len({one.id for one in now(party, order).payments}) == 3


def test_a_surplus_is_part_of_what_was_paid_B4(party: Party, order: Order) -> None:
    order = issued(party, order)
    party.pay(bill(order), order.total + 700)
    seen = now(party, order)
    assert (seen.status, seen.paid) == (InvoiceStatus.PAID, order.total + 700)
    assert (seen.surplus, seen.remaining) == (700, 0)


def test_a_surplus_lowers_no_later_invoice_S38(party: Party, order: Order) -> None:
    first = issued(party, order)
    party.pay(bill(first), order.total + 700)
    made = party.provider.issue_invoice(
        replace(order, reference=unique("ord_contract")), customer(party, order), PAYER
    )
    assert (made.balance, made.remaining) == (0, order.total)


def transfer(**changes: Any) -> Transfer:
    values: dict[str, Any] = {
        "act": unique("eff_"),
        "amount": 1_000,
        "on": datetime.now(UTC).date(),
        "reference": "2026-11-20/4711",
    }
    return Transfer(**{**values, **changes})


def test_a_transfer_counts_once_for_each_act_and_beside_cards_G2(
    party: Party, order: Order
) -> None:
    order = issued(party, order)
    party.pay(bill(order), 2_000)
    first = transfer()
    for attempt in (1, 1, 2):
        party.provider.record_transfer(order, first, attempt=attempt)
    assert now(party, order).paid == 3_000
    party.provider.record_transfer(order, transfer(), attempt=1)
    assert now(party, order).paid == 4_000
    assert [one.by_bank for one in now(party, order).payments].count(True) == 2
    party.provider.record_transfer(order, transfer(amount=order.total - 4_000), attempt=1)
    seen = now(party, order)
    assert (seen.status, seen.paid) == (InvoiceStatus.PAID, order.total)
    party.provider.record_transfer(order, transfer(), attempt=1)
    assert now(party, order) == seen, "a paid invoice gets nothing"


def test_an_uncollectible_invoice_can_still_be_paid_B4(party: Party, order: Order) -> None:
    order = issued(party, order)
    party.uncollectible(bill(order))
    assert now(party, order).status is InvoiceStatus.UNCOLLECTIBLE
    party.pay(bill(order), order.total)
    assert now(party, order).status is InvoiceStatus.PAID


def test_an_unpaid_invoice_is_closed_void_B4(party: Party, order: Order) -> None:
    order = issued(party, order)
    for attempt in (1, 1, 2):
        assert party.provider.close_invoice(order, attempt=attempt) == Closed()
    assert now(party, order).status is InvoiceStatus.VOID


@pytest.mark.parametrize("whole", [True, False])
def test_a_paid_invoice_is_closed_by_one_credit_note_with_its_money_back_S41(
    whole: bool, party: Party, order: Order
) -> None:
    order = issued(party, order)
    party.pay(bill(order), 1_000)
    party.pay(bill(order), 500)
    party.provider.record_transfer(order, transfer(amount=250), attempt=1)
    if whole:
        party.pay(bill(order), order.total - 1_750)
    first = party.provider.close_invoice(order, attempt=1)
    assert first.credit_note
    assert first.by_bank == 250
    for attempt in (1, 2):
        assert party.provider.close_invoice(order, attempt=attempt) == first
    seen = now(party, order)
    assert (seen.status, seen.remaining, seen.surplus) == (InvoiceStatus.PAID, 0, 0)
    assert seen.credited == (0 if whole else order.total - 1_750)


def a_request(order: Order, amount: int, **parts: int) -> RefundRequest:
    return RefundRequest(id=unique("rfd_"), payment="", pieces=(0,), amount=amount, parts=parts)


def refunds_of(party: Party, order: Order) -> list[tuple[str, int]]:
    """The payments that were refunded, and by bank as an empty one, with their amounts."""
    found = [
        refund
        for one in now(party, order).payments
        if not one.by_bank
        for refund in party.provider.refunds(one.id)
    ]
    found += party.provider.refunds_by_bank(bill(order).id)
    return sorted((one.payment, one.amount) for one in found)


def paid_in_parts(party: Party, order: Order) -> tuple[Order, str, str]:
    """Paid by two cards, 1,000 and the rest, and 250 by bank; the ids of the cards' payments."""
    order = issued(party, order)
    party.pay(bill(order), 1_000)
    party.provider.record_transfer(order, transfer(amount=250), attempt=1)
    party.pay(bill(order), order.total - 1_250)
    seen = now(party, order)
    ids = {one.amount: one.id for one in seen.payments}
    return replace(order, invoice=seen), ids[1_000], ids[order.total - 1_250]


def test_a_requested_refund_is_one_credit_note_over_the_invoices_payments_S41(
    party: Party, order: Order
) -> None:
    order, first, second = paid_in_parts(party, order)
    request = a_request(order, 1_600, **{first: 1_000, second: 500})
    for attempt in (1, 1, 2):
        party.provider.credit_request(order, request, attempt=attempt)
    assert refunds_of(party, order) == sorted([("", 100), (first, 1_000), (second, 500)])
    [by_bank] = party.provider.refunds_by_bank(bill(order).id)
    assert (by_bank.request, by_bank.status, by_bank.by_bank) == (request.id, "succeeded", True)
    assert now(party, order) == bill(order), "it stays paid"


def test_a_part_that_was_refunded_by_hand_goes_back_by_bank_B4(party: Party, order: Order) -> None:
    order, first, second = paid_in_parts(party, order)
    taken = a_request(order, 1_000, **{first: 1_000})
    party.provider.credit_request(order, taken, attempt=1)
    request = a_request(order, 700, **{first: 300, second: 400})
    party.provider.credit_request(order, request, attempt=1)
    assert refunds_of(party, order) == sorted([("", 300), (first, 1_000), (second, 400)])


def test_a_refund_of_which_no_part_can_be_made_is_refused_for_good_B4(
    party: Party, order: Order
) -> None:
    order, first, second = paid_in_parts(party, order)
    whole = a_request(order, order.total - 250, **{first: 1_000, second: order.total - 1_250})
    party.provider.credit_request(order, whole, attempt=1)
    before = refunds_of(party, order)
    for request in (
        a_request(order, 100, **{first: 100}),
        a_request(order, 251, **{second: 1}),
        a_request(order, 251),
    ):
        with pytest.raises(PaymentRefused):
            party.provider.credit_request(order, request, attempt=1)
    assert refunds_of(party, order) == before
    party.provider.credit_request(order, a_request(order, 250), attempt=1)
    assert sum(amount for _, amount in refunds_of(party, order)) == order.total


@settings(
    deadline=None,
    max_examples=effort(15, 200),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_money_adds_up_over_any_payments_and_credit_notes_B4(
    data: st.DataObject, party: Party, order: Order
) -> None:
    lines = (a_line(quantity=data.draw(st.integers(1, 4)), tax=data.draw(st.integers(0, 99))),)
    order = issued(party, replace(order, lines=lines, reference=unique("ord_contract")))
    while left := now(party, order).remaining:
        # Stripe's least charge.
        part = data.draw(st.integers(50, max(50, left)))
        amount = left if left - part < 50 else part
        if data.draw(st.booleans()):
            party.provider.record_transfer(order, transfer(amount=amount), attempt=1)
        else:
            party.pay(bill(order), amount)
    paid = now(party, order)
    seen = replace(order, invoice=paid, payment=paid.id, state=State.FULFILLED)
    pieces = data.draw(st.permutations(range(len(order.pieces))))
    for nth, piece in enumerate(pieces):
        asked = undoing.request_refund(seen, unique("rfd_"), [piece]).order
        request = asked.given_back.requests[-1]
        party.provider.credit_request(asked, request, attempt=1)
        refunds = [
            one
            for payment in undoing.card_payments(asked)
            for one in party.provider.refunds(payment)
        ]
        refunds += party.provider.refunds_by_bank(paid.id)
        seen = undoing.mirror(asked, refunds, []).order
        assert not seen.given_back.requested
        assert len(seen.given_back.undone) == nth + 1
    back = Counter({one.id: 0 for one in paid.payments})
    for payment, amount in refunds_of(party, order):
        back[payment] += amount
    assert sum(back.values()) == seen.given_back.amount == order.total
    assert all(back[one.id] == one.amount for one in paid.payments if not one.by_bank)
    assert back[""] == sum(one.amount for one in paid.payments if one.by_bank)


@pytest.mark.parametrize("path", ["refunds", "credit_notes"])
def test_a_credit_note_broken_off_at_any_step_is_one_in_the_end_S41(
    path: str, account: AtStripe, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    party = stripe(account)
    order, first, second = paid_in_parts(party, order)
    request = a_request(order, 1_600, **{first: 1_000, second: 500})
    original = InProcess.request

    def lost(self: InProcess, method: str, url: str, *rest: Any, **more: Any) -> Any:
        answer = original(self, method, url, *rest, **more)
        return ("{}", 429, {}) if (method, path in url) == ("post", True) else answer

    with monkeypatch.context() as patched:
        patched.setattr(InProcess, "request", lost)
        with pytest.raises(PaymentUnavailable):
            party.provider.credit_request(order, request, attempt=1)
    party.provider.credit_request(order, request, attempt=2)
    assert refunds_of(party, order) == sorted([("", 100), (first, 1_000), (second, 500)])
    [note] = account.v1.credit_notes.list({"invoice": bill(order).id}).data
    assert note.amount == 1_600


def test_sending_it_again_or_too_late_does_no_harm_B4(party: Party, order: Order) -> None:
    order = issued(party, order)
    for attempt in (1, 1, 2):
        party.provider.send_invoice(order, attempt=attempt)
    party.provider.close_invoice(order, attempt=1)
    party.provider.send_invoice(order, attempt=3)


def test_a_customer_that_the_provider_does_not_know_fails_this_attempt_alone_B4(
    party: Party, order: Order
) -> None:
    with pytest.raises(CustomerGone):
        party.provider.issue_invoice(order, "cus_nobody", PAYER)
    again = replace(order, attempt=order.attempt + 1)
    assert party.provider.issue_invoice(again, customer(party, order), PAYER).total == order.total


def test_an_unknown_invoice_is_not_found(party: Party) -> None:
    with pytest.raises(NotFound):
        party.provider.invoice("in_unknown")


def test_a_failure_is_typed_and_the_next_attempt_can_succeed_S50(
    party: Party, order: Order
) -> None:
    made = customer(party, order)
    party.answer("error500")
    with pytest.raises(PaymentFailed):
        party.provider.issue_invoice(order, made, PAYER)
    party.answer("normal")
    assert party.provider.issue_invoice(replace(order, attempt=2), made, PAYER).id


def test_a_silent_provider_is_a_typed_failure_and_the_same_attempt_can_succeed_S50(
    party: Party, order: Order
) -> None:
    party.answer("error429")
    for call in (
        lambda: party.provider.customer(PAYER, reference="cus_x", attempt=1),
        lambda: party.provider.issue_invoice(order, "cus_1", PAYER),
        lambda: party.provider.invoice("in_1"),
    ):
        with pytest.raises(PaymentUnavailable) as refused:
            call()
        assert not isinstance(refused.value, PaymentFailed)
    party.answer("normal")
    assert issued(party, order).invoice


def test_a_payer_without_an_address_is_refused_for_good_B4(party: Party, order: Order) -> None:
    with pytest.raises(PaymentRefused):
        party.provider.customer(
            replace(PAYER, email="nobody"), reference=order.reference, attempt=1
        )


@pytest.mark.parametrize("po_number", ["x" * 100, "Ω" * 100, 'PO/2026 <17> & "q"'])
def test_the_longest_purchase_order_number_is_on_the_invoice_B3(
    po_number: str, party: Party, order: Order
) -> None:
    order = issued(party, replace(order, po_number=po_number))
    assert now(party, order).total == order.total


def test_a_purchase_order_number_beyond_the_providers_bounds_is_refused_for_good_B3(
    party: Party, order: Order
) -> None:
    with pytest.raises(PaymentRefused):
        issued(party, replace(order, po_number="x" * 141))


def test_our_limits_of_a_purchase_order_number_are_within_stripes_published_ones_B3(
    account: AtStripe,
) -> None:
    limits = account.double.api._document.limits("POST /v1/invoices")
    longest = re.search(r"max_length=(\d+)", str(Text))
    assert longest
    assert int(longest[1]) <= limits["custom_fields[][value]"]
    assert len(PO_FIELD) <= limits["custom_fields[][name]"]


def test_the_invoice_says_what_payer_and_order_need_B3(account: AtStripe, order: Order) -> None:
    party = stripe(account)
    made = bill(issued(party, replace(order, po_number="PO-7")))
    raw = account.read(made)
    assert [(one.name, one.value) for one in raw.custom_fields] == [("Purchase order", "PO-7")]
    assert (raw.customer_name, raw.customer_email) == (PAYER.name, PAYER.email)
    assert order.number in raw.description
    assert raw.auto_advance is False
    assert [one.description for one in raw.lines.data] == ["Tax", "Hardware token, 1 year"]
    without = bill(issued(party, replace(order, po_number="", reference=unique("ord_"))))
    assert account.read(without).custom_fields is None


@pytest.mark.parametrize("path", ["customers", "invoices", "invoiceitems", "finalize"])
def test_an_invoice_broken_off_at_any_step_is_one_invoice_in_the_end_S41(
    path: str, account: AtStripe, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    party = stripe(account)
    made = customer(party, order)
    broken: list[str] = []
    original = InProcess.request

    def lost(self: InProcess, method: str, url: str, *rest: Any, **more: Any) -> Any:
        answer = original(self, method, url, *rest, **more)
        if path in url and not broken:
            broken.append(url)
            return "{}", 429, {}
        return answer

    monkeypatch.setattr(InProcess, "request", lost)
    with pytest.raises(PaymentUnavailable):
        party.provider.issue_invoice(order, made, PAYER)
    assert broken
    invoice = party.provider.issue_invoice(order, made, PAYER)
    mine = [
        one
        for one in account.v1.invoices.list({"limit": 100}).data
        if one.metadata["reference"] == order.reference
    ]
    assert [one.id for one in mine] == [invoice.id]
    assert invoice.total == order.total


def test_a_finalizing_that_failed_but_was_done_makes_no_second_invoice_S41(
    account: AtStripe, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    party = stripe(account)
    made = customer(party, order)
    original = InProcess.request

    def failing(self: InProcess, method: str, url: str, *rest: Any, **more: Any) -> Any:
        answer = original(self, method, url, *rest, **more)
        return ('{"error": {}}', 500, {}) if url.endswith("/finalize") else answer

    monkeypatch.setattr(InProcess, "request", failing)
    invoice = party.provider.issue_invoice(order, made, PAYER)
    assert (invoice.status, invoice.total) == (InvoiceStatus.OPEN, order.total)


def test_a_finalizing_that_failed_needs_a_new_attempt_S41(
    account: AtStripe, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    party = stripe(account)
    made = customer(party, order)
    original = InProcess.request

    def failing(self: InProcess, method: str, url: str, *rest: Any, **more: Any) -> Any:
        if url.endswith("/finalize"):
            return '{"error": {}}', 500, {}
        return original(self, method, url, *rest, **more)

    with monkeypatch.context() as patched:
        patched.setattr(InProcess, "request", failing)
        with pytest.raises(PaymentFailed):
            party.provider.issue_invoice(order, made, PAYER)
    assert party.provider.issue_invoice(replace(order, attempt=2), made, PAYER).id
    ours = [
        one
        for one in account.v1.invoices.list({"limit": 100}).data
        if one.metadata["reference"] == order.reference
    ]
    assert sorted(one.status for one in ours) == ["draft", "open"]


def test_money_that_arrives_while_it_is_closed_is_seen_by_the_next_attempt_S41(
    account: AtStripe, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    party = stripe(account)
    order = issued(party, order)
    original = InProcess.request

    def paid_first(self: InProcess, method: str, url: str, *rest: Any, **more: Any) -> Any:
        if url.endswith("/void") and not now(party, order).paid:
            party.pay(bill(order), 1_000)
        return original(self, method, url, *rest, **more)

    monkeypatch.setattr(InProcess, "request", paid_first)
    with pytest.raises(PaymentUnavailable):
        party.provider.close_invoice(order, attempt=1)
    assert party.provider.close_invoice(order, attempt=2).credit_note


def test_a_closing_broken_off_gives_money_back_once_S41(
    account: AtStripe, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    party = stripe(account)
    order = issued(party, order)
    party.pay(bill(order), 1_000)
    original = InProcess.request
    steps = ("/refunds", "/credit_notes")
    for attempt, step in enumerate(steps, start=1):

        def lost(
            self: InProcess, method: str, url: str, *rest: Any, step: str = step, **more: Any
        ) -> Any:
            answer = original(self, method, url, *rest, **more)
            return ("{}", 429, {}) if method == "post" and url.endswith(step) else answer

        with monkeypatch.context() as patched:
            patched.setattr(InProcess, "request", lost)
            with pytest.raises(PaymentUnavailable):
                party.provider.close_invoice(order, attempt=attempt)
    assert party.provider.close_invoice(order, attempt=3).credit_note
    notes = account.v1.credit_notes.list({"invoice": bill(order).id}).data
    assert len(notes) == 1
    assert [one.amount_refunded for one in notes[0].refunds] == [1_000]


@pytest.fixture(autouse=True)
def _normal(account: AtStripe, tmp_path: Path) -> Iterator[None]:
    yield
    account.faults.set({"answer": "normal"})
