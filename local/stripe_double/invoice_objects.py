"""Invoices, their lines and their payments as the API shows them."""

from __future__ import annotations

from typing import Any

from local.stripe_double import objects
from local.stripe_double.objects import new_id

# An invoice shows this many lines; the others are on the pages of its list.
_SHOWN_LINES = 10


def invoice(asked: dict[str, Any], customer: dict[str, Any], *, created: int) -> dict[str, Any]:
    """A draft without lines, from its checked parameters."""
    invoice_id = new_id("in")
    draft = {
        "id": invoice_id,
        "object": "invoice",
        "account_country": "US",
        "account_name": "Keyfob",
        "account_tax_ids": None,
        "amount_due": 0,
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_remaining": 0,
        "amount_shipping": 0,
        "application": None,
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": asked.get("auto_advance", False),
        "automatic_tax": {
            "disabled_reason": None,
            "enabled": False,
            "liability": None,
            "provider": None,
            "status": None,
        },
        "automatically_finalizes_at": None,
        "billing_reason": "manual",
        "collection_method": "send_invoice",
        "created": created,
        "currency": asked["currency"],
        "custom_fields": asked.get("custom_fields") or None,
        "customer": customer["id"],
        "customer_account": None,
        "customer_address": customer["address"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_phone": customer["phone"],
        "customer_shipping": customer["shipping"],
        "customer_tax_exempt": customer["tax_exempt"],
        "customer_tax_ids": [],
        "default_payment_method": None,
        "default_source": None,
        "default_tax_rates": [],
        "description": asked.get("description") or None,
        "discounts": [],
        "due_date": asked["due_date"],
        "effective_at": None,
        "ending_balance": None,
        "footer": asked.get("footer") or None,
        "from_invoice": None,
        "hosted_invoice_url": None,
        "invoice_pdf": None,
        "issuer": {"type": "self"},
        "last_finalization_error": None,
        "latest_revision": None,
        "lines": shown_lines([], invoice_id),
        "livemode": False,
        "metadata": objects.metadata(asked),
        "next_payment_attempt": None,
        "number": asked.get("number"),
        "on_behalf_of": None,
        "parent": None,
        "payment_settings": {
            "default_mandate": None,
            "payment_method_options": None,
            "payment_method_types": None,
        },
        "period_end": created,
        "period_start": created,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "receipt_number": None,
        "rendering": None,
        "shipping_cost": None,
        "shipping_details": None,
        "starting_balance": customer["balance"],
        "statement_descriptor": None,
        "status": "draft",
        "status_transitions": {
            "finalized_at": None,
            "marked_uncollectible_at": None,
            "paid_at": None,
            "voided_at": None,
        },
        "test_clock": None,
        "total_discount_amounts": [],
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
        "webhooks_delivered_at": created,
    }
    return draft | totals(draft, [])


def totals(draft: dict[str, Any], lines: list[dict[str, Any]]) -> dict[str, Any]:
    """The draft's amounts with these lines."""
    total = sum(line["amount"] for line in lines)
    due = max(0, total + draft["starting_balance"])
    return {
        "amount_due": due,
        "amount_remaining": due,
        "lines": shown_lines(lines, draft["id"]),
        "subtotal": total,
        "subtotal_excluding_tax": total,
        "total": total,
        "total_excluding_tax": total,
    }


def shown_lines(lines: list[dict[str, Any]], invoice_id: str) -> dict[str, Any]:
    """The first page of the lines."""
    url = f"/v1/invoices/{invoice_id}/lines"
    return objects.listing(lines[:_SHOWN_LINES], url=url, has_more=len(lines) > _SHOWN_LINES)


def item(asked: dict[str, Any], draft: dict[str, Any], *, created: int) -> dict[str, Any]:
    """An item of a draft, from its checked parameters."""
    quantity = asked.get("quantity", 1)
    unit = str(asked["amount"] if "amount" in asked else asked["unit_amount_decimal"])
    amount = int(unit) * quantity
    pricing = {
        "price_details": {"price": new_id("price"), "product": new_id("prod", 14)},
        "type": "price_details",
        "unit_amount_decimal": unit,
    }
    return {
        "id": new_id("ii"),
        "object": "invoiceitem",
        "amount": amount,
        "currency": draft["currency"],
        "customer": draft["customer"],
        "customer_account": None,
        "date": created,
        "description": asked.get("description"),
        "discountable": True,
        "discounts": [],
        "invoice": draft["id"],
        "livemode": False,
        "metadata": objects.metadata(asked),
        "net_amount": amount,
        "parent": None,
        "period": {"end": created, "start": created},
        "pricing": pricing,
        "proration": False,
        "quantity": quantity,
        "quantity_decimal": str(quantity),
        "tax_rates": [],
        "test_clock": None,
    }


def line(added: dict[str, Any]) -> dict[str, Any]:
    """The invoice's line for an item."""
    same = (
        "amount",
        "currency",
        "description",
        "discountable",
        "discounts",
        "invoice",
        "livemode",
        "metadata",
        "period",
        "pricing",
        "quantity",
        "quantity_decimal",
    )
    details = {
        "invoice_item": added["id"],
        "proration": False,
        "proration_details": {"credited_items": None},
        "subscription": None,
    }
    return {
        "id": new_id("il"),
        "object": "line_item",
        "discount_amounts": [],
        "parent": {
            "invoice_item_details": details,
            "subscription_item_details": None,
            "type": "invoice_item_details",
        },
        "pretax_credit_amounts": [],
        "subscription": None,
        "subtotal": added["amount"],
        "taxes": [],
    } | {name: added[name] for name in same}


def invoice_payment(
    bill: dict[str, Any], payment: dict[str, Any], *, amount: int, default: bool, created: int
) -> dict[str, Any]:
    """An open payment toward an invoice by a payment intent or a payment record."""
    kind = payment["object"]
    return {
        "id": new_id("inpay"),
        "object": "invoice_payment",
        "amount_paid": None,
        "amount_requested": amount,
        "created": created,
        "currency": bill["currency"],
        "invoice": bill["id"],
        "is_default": default,
        "livemode": False,
        "payment": {"type": kind, kind: payment["id"]},
        "status": "open",
        "status_transitions": {"canceled_at": None, "paid_at": None},
    }
