"""Stripe's rules for a request for a Checkout Session."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from local.stripe_double.errors import StripeRefusal, not_played

SHORTEST, LONGEST = timedelta(minutes=30), timedelta(hours=24)
# In minor units (docs.stripe.com/currencies); for other currencies, half a dollar's worth.
LEAST = {
    "aud": 50,
    "brl": 50,
    "cad": 50,
    "chf": 50,
    "dkk": 250,
    "eur": 50,
    "gbp": 30,
    "inr": 50,
    "jpy": 50,
    "krw": 700,
    "mxn": 1_000,
    "nok": 300,
    "nzd": 50,
    "pln": 200,
    "sek": 300,
    "sgd": 50,
    "usd": 50,
}
MOST = 99_999_999
LONGEST_NAME = 250
MOST_LINES = 100

# The SDK's parameters that this double supports; the rest is refused, never ignored.
_SESSION = frozenset(
    [
        "allowed_payment_method_types",
        "billing_address_collection",
        "cancel_url",
        "client_reference_id",
        "customer_email",
        "expand",
        "expires_at",
        "line_items",
        "locale",
        "metadata",
        "mode",
        "payment_intent_data",
        "submit_type",
        "success_url",
        "ui_mode",
    ]
)
_LINE = frozenset({"metadata", "price_data", "quantity"})
_PRICE = frozenset({"currency", "product_data", "tax_behavior", "unit_amount"})
_INTENT = frozenset({"description", "metadata", "receipt_email"})


def refuse_bad_request(asked: dict[str, Any]) -> None:
    """Raise StripeRefusal unless these parameters can make a session."""
    _only(asked, _SESSION)
    _only(asked.get("payment_intent_data") or {}, _INTENT, "payment_intent_data")
    for name in ("line_items", "mode", "success_url"):
        if not asked.get(name):
            message = f"Missing required param: {name}."
            raise StripeRefusal(message, code="parameter_missing", param=name)
    if asked["mode"] != "payment" or asked.get("ui_mode", "hosted_page") != "hosted_page":
        raise not_played("Anything but mode=payment with ui_mode=hosted_page")
    for name in ("success_url", "cancel_url"):
        _refuse_bad_url(asked.get(name), name)
    if len(asked["line_items"]) > MOST_LINES:
        raise StripeRefusal(f"At most {MOST_LINES} line items", param="line_items")
    for index, line in enumerate(asked["line_items"]):
        _refuse_bad_line(line, f"line_items[{index}]")


def _refuse_bad_line(line: dict[str, Any], at: str) -> None:
    _only(line, _LINE, at)
    for name in ("price_data", "quantity"):
        if not line.get(name):
            where = f"{at}[{name}]"
            message = f"Missing required param: {where}."
            raise StripeRefusal(message, code="parameter_missing", param=where)
    _only(line["price_data"], _PRICE, f"{at}[price_data]")
    for name in ("product_data", "unit_amount"):
        if name not in line["price_data"]:
            where = f"{at}[price_data][{name}]"
            message = f"Missing required param: {where}."
            raise StripeRefusal(message, code="parameter_missing", param=where)
    if line["quantity"] < 1 or line["price_data"]["unit_amount"] < 0:
        raise StripeRefusal(
            "Invalid non-negative integer", code="parameter_invalid_integer", param=at
        )
    _refuse_bad_name(line["price_data"]["product_data"], f"{at}[price_data][product_data][name]")


def _refuse_bad_name(product: dict[str, Any], at: str) -> None:
    name = product.get("name") or ""
    if not name:
        raise StripeRefusal(
            f"You passed an empty string for '{at}'.", code="parameter_invalid_empty", param=at
        )
    if len(name) > LONGEST_NAME:
        raise StripeRefusal(
            f"Invalid string: {name[:20]}…; must be at most {LONGEST_NAME} characters", param=at
        )


def _only(asked: Mapping[str, Any], played: frozenset[str], at: str = "checkout.session") -> None:
    if unplayed := sorted(asked.keys() - played):
        raise not_played(f"{at}: {', '.join(unplayed)}")


def _refuse_bad_url(url: str | None, param: str) -> None:
    if url is not None and not (urlsplit(url).scheme in {"http", "https"} and urlsplit(url).netloc):
        raise StripeRefusal("Not a valid URL", code="url_invalid", param=param)


def total_of(lines: list[dict[str, Any]]) -> tuple[str, int]:
    """The lines' one currency and their sum. Raises StripeRefusal if Stripe won't charge that."""
    currency = lines[0]["currency"]
    if any(line["currency"] != currency for line in lines):
        raise StripeRefusal("All line items must have the same currency.", param="line_items")
    total = sum(line["amount_total"] for line in lines)
    if currency not in LEAST:
        raise not_played(f"currency {currency}")
    if total < LEAST[currency]:
        raise StripeRefusal(
            "The Checkout Session's total amount must convert to at least 50 cents.",
            code="amount_too_small",
        )
    if total > MOST:
        raise StripeRefusal(
            f"The Checkout Session's total amount must be no more than {MOST}.",
            code="amount_too_large",
        )
    return currency, total


def expiry(asked: int | None, now: datetime) -> int:
    """When a session made now expires: 30 minutes to 24 hours from now, the latest by default.

    Raises StripeRefusal if the caller asked for another time.
    """
    latest = now + LONGEST
    if asked is None:
        return int(latest.timestamp())
    # Whole seconds: an instant of exactly 30 minutes from now may be rounded down by the caller.
    if asked < int((now + SHORTEST).timestamp()):
        raise StripeRefusal(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session"
            " creation.",
            param="expires_at",
        )
    if asked > latest.timestamp():
        raise StripeRefusal(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
            param="expires_at",
        )
    return asked
