"""The operator's requests about invoices and money."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, field_validator

from keyfob.domain.money import EXPONENTS, MOST
from keyfob.http.fields import Id, RequiredText
from keyfob.usecases.orders.receiving import SurplusOutcome
from operations.forms import Act, Form, OrderNumber


class MarkPaidRequest(Act):
    """Record that money for an order's invoice arrived by bank on a day.

    `amount` is in minor units; without it, all that remained arrived. Day and `reference` of the
    transfer identify it: it is recorded once.
    """

    operation: Literal["mark_paid"]
    order: OrderNumber
    amount: int | None = Field(default=None, ge=1, le=MOST)
    on: date
    reference: RequiredText


class SetCreditLimitRequest(Act):
    """Set the most that an organization may owe by unpaid invoices of a currency (minor units)."""

    operation: Literal["set_credit_limit"]
    organization: Id
    currency: str
    limit: int = Field(ge=0, le=99_999_999_999)

    @field_validator("currency")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in EXPONENTS:
            raise ValueError(f"must be one of {', '.join(sorted(EXPONENTS))}")
        return value


class ListHeldMoneyRequest(Form):
    """List the orders whose money waits for an operator: held, or with a surplus."""

    operation: Literal["list_held_money"]
    limit: int = Field(default=100, ge=1, le=1_000)


class ReleaseHeldRequest(Act):
    """Take a held payment for what the order costs; within five minutes it is fulfilled as paid."""

    operation: Literal["release_held"]
    order: OrderNumber


class RefundHeldRequest(Act):
    """Give a held payment back. The order stays held."""

    operation: Literal["refund_held"]
    order: OrderNumber


class CloseSurplusRequest(Act):
    """Note that an order's surplus was paid back by hand, used for another order, or kept.

    `amount` (minor units) is the surplus that `list_held_money` shows; if it has become another
    one, nothing changes.
    """

    operation: Literal["close_surplus"]
    order: OrderNumber
    amount: int = Field(ge=1, le=99_999_999_999)
    outcome: SurplusOutcome


HeldMoneyRequest = ReleaseHeldRequest | RefundHeldRequest | CloseSurplusRequest
InvoiceRequest = MarkPaidRequest | SetCreditLimitRequest | ListHeldMoneyRequest | HeldMoneyRequest
