"""An invoice's amounts add up, and its state is derived from them (B4)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob.domain.orders.invoice import (
    InvoicePayment,
    InvoiceState,
    InvoiceStatus,
    received,
)
from tests.support.builders import an_invoice
from tests.support.fakes import START

DUE = START + timedelta(days=30)
SECOND = timedelta(seconds=1)
AMOUNTS = st.integers(min_value=1, max_value=99_999_999)


@given(total=AMOUNTS, payments=st.lists(AMOUNTS, max_size=8))
def test_received_and_remaining_are_total_and_surplus_B4(total: int, payments: list[int]) -> None:
    paid = 0
    for amount in [0, *payments]:
        paid += amount
        invoice = an_invoice(total=total, paid=paid)
        assert invoice.paid + invoice.remaining == invoice.total + invoice.surplus
        assert 0 in (invoice.remaining, invoice.surplus)
        assert (invoice.remaining == 0) == (paid >= total)


@given(
    total=AMOUNTS,
    balance=st.integers(min_value=-1_000_000, max_value=1_000_000),
    credited=st.integers(min_value=0, max_value=1_000_000),
    paid=st.integers(min_value=0, max_value=1_000_000),
)
def test_they_add_up_with_credits_and_debts_too_B4(
    total: int, balance: int, credited: int, paid: int
) -> None:
    invoice = an_invoice(total=total, balance=balance, credited=credited, paid=paid)
    assert invoice.paid + invoice.remaining == invoice.owed + invoice.surplus


@given(owed=AMOUNTS, payments=st.lists(AMOUNTS, max_size=6), by_bank=st.lists(AMOUNTS, max_size=3))
def test_all_that_stripes_documents_leave_open_gives_one_amount_received_B4(
    owed: int, payments: list[int], by_bank: list[int]
) -> None:
    everything = sum(payments) + sum(by_bank)
    over = max(0, everything - owed)
    for listed in ([*payments, *by_bank], payments):
        for stated in (everything, everything - over):
            if listed == payments and by_bank and stated < everything and not over:
                continue
            found = [InvoicePayment(id=str(nth), amount=one) for nth, one in enumerate(listed)]
            assert received(found, stated=stated, overpaid=over, owed=owed) == everything


@pytest.mark.parametrize(
    ("changes", "at", "state"),
    [
        ({}, START, InvoiceState.OPEN),
        ({"paid": 1}, START, InvoiceState.PARTLY_PAID),
        ({}, DUE - SECOND, InvoiceState.OPEN),
        ({}, DUE, InvoiceState.OVERDUE),
        ({"paid": 1}, DUE, InvoiceState.OVERDUE),
        ({"status": InvoiceStatus.UNCOLLECTIBLE}, DUE, InvoiceState.OVERDUE),
        ({"status": InvoiceStatus.PAID}, DUE, InvoiceState.PAID),
        ({"status": InvoiceStatus.VOID}, DUE, InvoiceState.VOID),
    ],
)
def test_its_state_follows_from_status_money_and_time_B4(
    changes: dict[str, Any], at: Any, state: InvoiceState
) -> None:
    assert an_invoice(**changes).state(at) is state


@pytest.mark.parametrize("status", [InvoiceStatus.PAID, InvoiceStatus.VOID])
def test_nothing_remains_of_an_invoice_that_has_ended_B4(status: InvoiceStatus) -> None:
    assert an_invoice(status=status).remaining == 0
