"""Money: whole minor units of a currency. Pure.

Only currencies whose minor unit is the same at the payment provider as in ISO 4217.
"""

from __future__ import annotations

# Digits after the decimal point.
EXPONENTS = {
    "AUD": 2,
    "BRL": 2,
    "CAD": 2,
    "CHF": 2,
    "DKK": 2,
    "EUR": 2,
    "GBP": 2,
    "INR": 2,
    "JPY": 0,
    "KRW": 0,
    "MXN": 2,
    "NOK": 2,
    "NZD": 2,
    "PLN": 2,
    "SEK": 2,
    "SGD": 2,
    "USD": 2,
}

# The payment provider's bounds of one charge (docs.stripe.com/currencies). None is documented for
# KRW: the least must be worth 50 cents.
LEAST = dict.fromkeys(EXPONENTS, 50) | {
    "DKK": 250,
    "GBP": 30,
    "KRW": 1_000,
    "MXN": 1_000,
    "NOK": 300,
    "PLN": 200,
    "SEK": 300,
}
MOST = 99_999_999


def is_payable(amount: int, currency: str) -> bool:
    """Whether the payment provider charges this amount of minor units.

    Raises:
        KeyError: a currency that isn't supported.
    """
    return LEAST[currency] <= amount <= MOST


def written(amount: int, currency: str, *, thousands: str = ",", decimal: str = ".") -> str:
    """`12345, "USD"` as `USD 123.45`.

    Raises:
        KeyError: a currency that isn't supported.
    """
    exponent = EXPONENTS[currency]
    whole, part = divmod(amount, 10**exponent)
    grouped = f"{whole:,}".replace(",", thousands)
    return f"{currency} {grouped}" + (f"{decimal}{part:0{exponent}d}" if exponent else "")
