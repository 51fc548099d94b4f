"""Expansion: ids in an answer replaced by the objects they name (docs.stripe.com/expand)."""

from __future__ import annotations

from typing import Any

from local.stripe_double import objects
from local.stripe_double.checkout import Checkout
from local.stripe_double.errors import StripeRefusal
from local.stripe_double.store import Store

_DEEPEST = 4
_KINDS = {"payment_intent": "payment_intent", "latest_charge": "charge", "charge": "charge"}


class Expansion:
    """Expands answers from the account's objects."""

    def __init__(self, store: Store, checkout: Checkout) -> None:
        """Find objects in `store`."""
        self._store = store
        self._checkout = checkout

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
        if node["object"] == "list" and field == "data":
            for one in node["data"] if deeper else ():
                self._expand(one, deeper, path)
            return
        if node["object"] == "checkout.session" and field == "line_items":
            node.setdefault(field, self._lines(node["id"]))
        elif field in _KINDS and field in node:
            self._replace(node, field)
        else:
            raise StripeRefusal(f"This property cannot be expanded ({path}).", param="expand")
        if deeper and node[field] is not None:
            self._expand(node[field], deeper, path)

    def _replace(self, node: dict[str, Any], field: str) -> None:
        if isinstance(node[field], str):
            node[field] = self._store.get(_KINDS[field], node[field])

    def _lines(self, session_id: str) -> dict[str, Any]:
        url = f"/v1/checkout/sessions/{session_id}/line_items"
        return objects.listing(self._checkout.lines(session_id), url=url)
