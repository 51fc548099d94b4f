"""Stripe's rules for requests about invoices."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from local.stripe_double.checkout_rules import LEAST, MOST
from local.stripe_double.errors import StripeRefusal, not_played
from local.stripe_double.lists import only

# The document says it in words only: "up to 4 custom fields", "up to 250 items per invoice".
MOST_CUSTOM_FIELDS = 4
MOST_ITEMS = 250

_ALWAYS_CHANGED = frozenset({"auto_advance", "expand", "metadata"})
_CHANGED = frozenset({"custom_fields", "days_until_due", "description", "due_date", "footer"})
_CREATED = frozenset(
    {"collection_method", "currency", "customer", "number", "pending_invoice_items_behavior"}
)
_ITEM = frozenset(
    [
        "amount",
        "currency",
        "customer",
        "description",
        "expand",
        "invoice",
        "metadata",
        "quantity",
        "unit_amount_decimal",
    ]
)


def refuse_bad_draft(asked: dict[str, Any], now: datetime) -> None:
    """Raise StripeRefusal unless these parameters can make a draft."""
    only(asked, _ALWAYS_CHANGED | _CHANGED | _CREATED, "invoice")
    if "customer" not in asked:
        raise StripeRefusal(
            "Missing required param: customer.", code="parameter_missing", param="customer"
        )
    if asked.get("collection_method") != "send_invoice":
        raise not_played("Anything but collection_method=send_invoice")
    if asked.get("auto_advance"):
        raise not_played("auto_advance")
    if asked.get("pending_invoice_items_behavior", "exclude") != "exclude":
        raise not_played("pending_invoice_items_behavior")
    if asked.get("currency") not in LEAST:
        raise not_played(f"currency {asked.get('currency')}")
    refuse_bad_fields(asked)
    if "days_until_due" not in asked and "due_date" not in asked:
        raise not_played("An invoice with the account's own days_until_due")
    due(asked, now)


def refuse_bad_change(bill: dict[str, Any], asked: dict[str, Any], now: datetime) -> None:
    """Raise StripeRefusal unless these parameters can change the invoice."""
    only(asked, _ALWAYS_CHANGED | _CHANGED, "invoice")
    if asked.get("auto_advance"):
        raise not_played("auto_advance")
    if bill["status"] != "draft" and (fixed := sorted(asked.keys() & _CHANGED)):
        raise StripeRefusal(
            f"Finalized invoices can't be updated in this way: {', '.join(fixed)}",
            code="invoice_not_editable",
            param=fixed[0],
        )
    refuse_bad_fields(asked)
    due(asked, now)


def refuse_bad_fields(asked: dict[str, Any]) -> None:
    """Raise StripeRefusal on too many custom fields, or on one without a name or a value."""
    given = asked.get("custom_fields") or []
    if len(given) > MOST_CUSTOM_FIELDS:
        raise StripeRefusal(
            f"You can have at most {MOST_CUSTOM_FIELDS} custom fields.", param="custom_fields"
        )
    for index, one in enumerate(given):
        for name, text in one.items():
            if not text:
                at = f"custom_fields[{index}][{name}]"
                raise StripeRefusal(
                    f"You passed an empty string for '{at}'.",
                    code="parameter_invalid_empty",
                    param=at,
                )


def due(asked: dict[str, Any], now: datetime) -> int | None:
    """The due date asked for, if any. Raises StripeRefusal unless it is in the future."""
    if "days_until_due" in asked and "due_date" in asked:
        raise StripeRefusal(
            "You may only specify one of these parameters: days_until_due, due_date."
        )
    if "days_until_due" in asked:
        days: int = asked["days_until_due"]
        if days < 0:
            raise StripeRefusal("Invalid non-negative integer", param="days_until_due")
        return int((now + timedelta(days=days)).timestamp())
    at: int | None = asked.get("due_date")
    if at is not None and at <= now.timestamp():
        raise StripeRefusal("The due_date must be in the future.", param="due_date")
    return at


def refuse_bad_item(asked: dict[str, Any], draft: dict[str, Any], lines: int) -> None:
    """Raise StripeRefusal unless these parameters can make one more line of the draft."""
    only(asked, _ITEM, "invoiceitem")
    if draft["status"] != "draft":
        raise StripeRefusal(
            "This invoice is no longer editable, because it has been finalized.",
            code="invoice_not_editable",
            param="invoice",
        )
    if asked.get("customer", draft["customer"]) != draft["customer"]:
        raise StripeRefusal("The customer of the item isn't the invoice's.", param="customer")
    if asked.get("currency", draft["currency"]) != draft["currency"]:
        raise StripeRefusal(
            f"The currency of the item must match the invoice's currency, {draft['currency']}.",
            param="currency",
        )
    if lines >= MOST_ITEMS:
        raise StripeRefusal(f"An invoice has up to {MOST_ITEMS} items.", param="invoice")
    _refuse_bad_price(asked)


def _refuse_bad_price(asked: dict[str, Any]) -> None:
    given = asked.keys() & {"amount", "unit_amount_decimal"}
    if len(given) != 1 or ("amount" in asked and "quantity" in asked):
        raise StripeRefusal(
            "Specify amount, or unit_amount_decimal with a quantity.", param="amount"
        )
    quantity = asked.get("quantity", 1)
    unit = asked["amount"] if "amount" in asked else asked["unit_amount_decimal"]
    if unit != int(unit) or unit < 0:
        raise not_played("An item with a part of a cent or a negative amount")
    if quantity < 0:
        raise StripeRefusal("Invalid non-negative integer", param="quantity")
    refuse_too_large(int(unit) * quantity, param="amount")


def refuse_too_large(amount: int, *, param: str | None = None) -> None:
    """Raise StripeRefusal if the amount has more digits than Stripe takes."""
    if amount > MOST:
        raise StripeRefusal(
            f"Amount must be no more than {MOST}.", code="amount_too_large", param=param
        )


def refuse_status(bill: dict[str, Any], allowed: Collection[str], act: str) -> None:
    """Raise StripeRefusal unless the invoice has one of these statuses."""
    if bill["status"] not in allowed:
        raise StripeRefusal(
            f"You can only {act} an invoice that is {' or '.join(sorted(allowed))}."
            f" This invoice is {bill['status']}.",
            code="invoice_not_editable" if bill["status"] != "draft" else None,
        )
