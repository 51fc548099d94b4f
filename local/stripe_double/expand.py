"""Expansion: ids in an answer replaced by the objects they name (docs.stripe.com/expand)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local.stripe_double import objects
from local.stripe_double.account import Account
from local.stripe_double.errors import StripeRefusal

_DEEPEST = 4
# The kind of object that a field names.
_KINDS = {
    "charge": "charge",
    "customer": "customer",
    "invoice": "invoice",
    "latest_charge": "charge",
    "payment_intent": "payment_intent",
    "payment_record": "payment_record",
    "refund": "refund",
}


class Expansion:
    """Expands answers from the account's objects."""

    def __init__(self, account: Account) -> None:
        """Find objects in `account`."""
        self._account = account
        # Fields that answers have only if they are asked for, by their owner's kind.
        self._left_out: dict[tuple[str, str], Callable[[str], Any]] = {
            ("checkout.session", "line_items"): self._session_lines,
            ("invoice", "payments"): self._invoice_payments,
            ("invoice", "amount_paid_off_stripe"): account.invoice_payments.paid_off_stripe,
        }

    def apply(self, body: dict[str, Any], paths: list[str]) -> dict[str, Any]:
        """`body` with each of `paths` (such as `payment_intent.latest_charge`) expanded.

        Raises StripeRefusal on a path that leads nowhere or deeper than four levels.
        """
        for path in paths:
            segments = path.split(".")
            if len(segments) > _DEEPEST:
                raise StripeRefusal(
                    f"You cannot expand more than {_DEEPEST} levels", param="expand"
                )
            self._expand(body, segments, path)
        return body

    def _expand(self, node: dict[str, Any], segments: list[str], path: str) -> None:
        field, deeper = segments[0], segments[1:]
        if left_out := self._left_out.get((node.get("object", ""), field)):
            if field not in node:
                node[field] = left_out(node["id"])
        elif field in _KINDS and isinstance(node.get(field), str):
            node[field] = self._account.store.get(_KINDS[field], node[field])
        elif not (field in node and (deeper or field in {"data", *_KINDS})):
            raise StripeRefusal(f"This property cannot be expanded ({path}).", param="expand")
        found = node[field]
        for one in found if isinstance(found, list) else [found]:
            if deeper and isinstance(one, dict):
                self._expand(one, deeper, path)

    def _session_lines(self, session_id: str) -> dict[str, Any]:
        url = f"/v1/checkout/sessions/{session_id}/line_items"
        return objects.listing(self._account.checkout.lines(session_id), url=url)

    def _invoice_payments(self, invoice_id: str) -> dict[str, Any]:
        url = f"/v1/invoice_payments?invoice={invoice_id}"
        found = self._account.invoice_payments.of(invoice_id)
        return objects.listing(found[:10], url=url, has_more=len(found) > 10)
