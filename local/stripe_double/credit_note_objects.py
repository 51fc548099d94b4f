"""Credit notes as the API shows them."""

from __future__ import annotations

from typing import Any

from local.stripe_double import objects


def credit_note(
    asked: dict[str, Any],
    bill: dict[str, Any],
    *,
    number: int,
    lines: list[dict[str, Any]],
    before: int,
    created: int,
) -> dict[str, Any]:
    """A credit note; `before` is its part that reduces what remains of the invoice."""
    note_id = objects.new_id("cn")
    amount = sum(line["amount"] for line in lines)
    after = amount - before
    kind = "mixed" if before and after else "post_payment" if after else "pre_payment"
    return {
        "id": note_id,
        "object": "credit_note",
        "amount": amount,
        "amount_shipping": 0,
        "created": created,
        "currency": bill["currency"],
        "customer": bill["customer"],
        "customer_account": None,
        "customer_balance_transaction": None,
        "discount_amount": 0,
        "discount_amounts": [],
        "effective_at": created,
        "invoice": bill["id"],
        "lines": objects.listing(lines, url=f"/v1/credit_notes/{note_id}/lines"),
        "livemode": False,
        "memo": asked.get("memo"),
        "metadata": objects.metadata(asked),
        "number": f"{bill['number']}-CN-{number:02}",
        "out_of_band_amount": asked.get("out_of_band_amount"),
        "pdf": f"{bill['invoice_pdf']}?credit_note={note_id}",
        "post_payment_amount": after,
        "pre_payment_amount": before,
        "pretax_credit_amounts": [],
        "reason": asked.get("reason"),
        "refunds": [],
        "shipping_cost": None,
        "status": "issued",
        "subtotal": amount,
        "subtotal_excluding_tax": amount,
        "total": amount,
        "total_excluding_tax": amount,
        "total_taxes": [],
        "type": kind,
        "voided_at": None,
    }


def line(
    *,
    amount: int,
    description: str | None,
    asked: dict[str, Any] | None = None,
    quantity: int | None = None,
    unit: int | None = None,
) -> dict[str, Any]:
    """A line of a credit note; `asked` are its parameters, absent if it has none of its own."""
    of_invoice = (asked or {}).get("invoice_line_item")
    credited = {
        "id": objects.new_id("cnli"),
        "object": "credit_note_line_item",
        "amount": amount,
        "description": description,
        "discount_amount": 0,
        "discount_amounts": [],
        "livemode": False,
        "metadata": objects.metadata(asked or {}),
        "pretax_credit_amounts": [],
        "quantity": quantity,
        "tax_rates": [],
        "taxes": [],
        "type": "invoice_line_item" if of_invoice else "custom_line_item",
        "unit_amount": unit,
        "unit_amount_decimal": None if unit is None else str(unit),
    }
    return credited | ({"invoice_line_item": of_invoice} if of_invoice else {})
