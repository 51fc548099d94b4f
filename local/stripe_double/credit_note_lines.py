"""Lines of credit notes, by Stripe's rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from local.stripe_double.credit_note_objects import line
from local.stripe_double.errors import StripeRefusal, no_such
from local.stripe_double.invoice_rules import refuse_too_large
from local.stripe_double.lists import only

_LINE = frozenset(
    ["amount", "description", "invoice_line_item", "metadata", "quantity", "type", "unit_amount"]
)


def lines_of(
    asked: dict[str, Any], billed: Sequence[dict[str, Any]], credited: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The lines of the credit note asked for.

    `billed` are the invoice's lines, `credited` those of its earlier credit notes. Raises
    StripeRefusal if more than a line's amount would be credited, or nothing.
    """
    if ("lines" in asked) == ("amount" in asked):
        raise StripeRefusal("Exactly one of `amount` and `lines` must be provided.")
    if "amount" in asked:
        _refuse_not_positive(asked["amount"], "amount")
        return [line(amount=asked["amount"], description=None, quantity=1, unit=asked["amount"])]
    made: list[dict[str, Any]] = []
    for index, one in enumerate(asked["lines"]):
        only(one, _LINE, f"lines[{index}]")
        of_invoice = one["type"] == "invoice_line_item"
        at = f"lines[{index}]"
        made.append(_billed(one, billed, [*credited, *made], at) if of_invoice else _own(one, at))
    if not made:
        raise StripeRefusal("A credit note needs a line.", param="lines")
    return made


def _billed(
    asked: dict[str, Any],
    billed: Sequence[dict[str, Any]],
    credited: Sequence[dict[str, Any]],
    at: str,
) -> dict[str, Any]:
    wanted = asked.get("invoice_line_item", "")
    found = next((one for one in billed if one["id"] == wanted), None)
    if found is None:
        raise no_such("invoice line item", wanted, param=f"{at}[invoice_line_item]")
    if ("amount" in asked) == ("quantity" in asked):
        raise StripeRefusal("Specify amount or quantity of the line.", param=at)
    before = [one for one in credited if one.get("invoice_line_item") == wanted]
    if any((one["quantity"] is None) != ("amount" in asked) for one in before):
        raise StripeRefusal("A line is credited by amounts only or by quantities only.", param=at)
    unit = int(found["pricing"]["unit_amount_decimal"])
    amount = asked["amount"] if "amount" in asked else unit * asked["quantity"]
    _refuse_not_positive(amount, at)
    left = found["amount"] - sum(one["amount"] for one in before)
    if amount > left:
        raise StripeRefusal(
            f"The line's amount that is left to credit is {left}.",
            code="invalid_credit_note_line_amount",
            param=at,
        )
    quantity = asked.get("quantity")
    return line(
        amount=amount,
        description=found["description"],
        asked=asked,
        quantity=quantity,
        unit=None if quantity is None else unit,
    )


def _own(asked: dict[str, Any], at: str) -> dict[str, Any]:
    if not {"quantity", "unit_amount", "description"} <= asked.keys() or "amount" in asked:
        raise StripeRefusal(
            "A custom line has a description, a quantity and a unit_amount.", param=at
        )
    amount = asked["quantity"] * asked["unit_amount"]
    _refuse_not_positive(amount, at)
    return line(
        amount=amount,
        description=asked["description"],
        asked=asked,
        quantity=asked["quantity"],
        unit=asked["unit_amount"],
    )


def _refuse_not_positive(amount: int, at: str) -> None:
    if amount < 1:
        raise StripeRefusal("Invalid positive integer", code="parameter_invalid_integer", param=at)
    refuse_too_large(amount, param=at)
