"""Money as people read it."""

from __future__ import annotations

import pytest

from keyfob.domain import money


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (12_345, "USD", "USD 123.45"),
        (5, "EUR", "EUR 0.05"),
        (0, "USD", "USD 0.00"),
        (123_456_789, "USD", "USD 1,234,567.89"),
        (1_234, "JPY", "JPY 1,234"),
    ],
)
def test_money_has_the_digits_of_its_currency(amount: int, currency: str, shown: str) -> None:
    assert money.written(amount, currency) == shown


def test_a_currency_that_is_not_sold_in_is_an_error_and_no_guess() -> None:
    with pytest.raises(KeyError):
        money.written(1_234, "XXX")


@pytest.mark.parametrize(
    ("currency", "least"),
    [("USD", 50), ("JPY", 50), ("GBP", 30), ("DKK", 250), ("MXN", 1_000), ("KRW", 1_000)],
)
def test_the_provider_charges_amounts_within_its_bounds_B4(currency: str, least: int) -> None:
    payable = {amount: money.is_payable(amount, currency) for amount in (0, least - 1, least)}
    assert payable == {0: False, least - 1: False, least: True}
    assert money.is_payable(99_999_999, currency)
    assert not money.is_payable(100_000_000, currency)


def test_every_currency_that_is_sold_in_has_a_least_amount_B4() -> None:
    assert money.LEAST.keys() == money.EXPONENTS.keys()
