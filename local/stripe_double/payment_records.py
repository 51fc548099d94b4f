"""Payment records: payments outside of Stripe that the account reports."""

from __future__ import annotations

from typing import Any

from local.clock import LocalClock
from local.stripe_double import objects
from local.stripe_double.checkout_rules import LEAST
from local.stripe_double.errors import StripeRefusal, no_such, not_played
from local.stripe_double.invoice_rules import refuse_too_large
from local.stripe_double.lists import only
from local.stripe_double.store import Store

_PLAYED = frozenset(
    [
        "amount_requested",
        "customer_details",
        "description",
        "expand",
        "guaranteed",
        "initiated_at",
        "metadata",
        "outcome",
        "payment_method_details",
        "processor_details",
    ]
)


class PaymentRecords:
    """The account's payment records."""

    def __init__(self, store: Store, clock: LocalClock) -> None:
        """Keep records in `store`."""
        self._store = store
        self._clock = clock

    def get(self, record_id: str, *, param: str = "id") -> dict[str, Any]:
        """The record. Raises StripeRefusal if there is none."""
        found = self._store.get("payment_record", record_id)
        if found is None:
            raise no_such("payment_record", record_id, param=param)
        return found

    def report(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Record a payment that was made, from parameters that have the SDK's types."""
        only(asked, _PLAYED, "payment_record")
        if asked.get("outcome") != "guaranteed" or "guaranteed" not in asked:
            raise not_played("A payment record with another outcome than guaranteed")
        amount = asked["amount_requested"]
        _refuse_bad_amount(amount)
        now = self._clock.now().timestamp()
        moments = (asked["initiated_at"], asked["guaranteed"]["guaranteed_at"])
        if not 0 < moments[0] <= moments[1] <= now + 1:
            raise StripeRefusal(
                "A payment is guaranteed after it was initiated, and not in the future.",
                param="guaranteed[guaranteed_at]",
            )
        record = _record(asked, amount, method=_method(asked), created=int(now))
        self._store.put(record)
        return record

    def out_of_band(self, bill: dict[str, Any]) -> dict[str, Any]:
        """The record that Stripe makes of an invoice's rest that is paid out of band."""
        amount = {"currency": bill["currency"], "value": bill["amount_remaining"]}
        asked = {"customer_details": {"customer": bill["customer"]}}
        created = int(self._clock.now().timestamp())
        method = {
            "billing_details": None,
            "custom": {"display_name": "Paid out of band", "type": None},
            "type": "custom",
        }
        record = _record(asked, amount, method=method, created=created)
        self._store.put(record)
        return record


def _refuse_bad_amount(amount: dict[str, Any]) -> None:
    if amount["currency"] not in LEAST:
        raise not_played(f"currency {amount['currency']}")
    if amount["value"] < 1:
        raise StripeRefusal(
            "Invalid positive integer",
            code="parameter_invalid_integer",
            param="amount_requested[value]",
        )
    refuse_too_large(amount["value"], param="amount_requested[value]")


def _method(asked: dict[str, Any]) -> dict[str, Any]:
    given = asked["payment_method_details"]
    only(given, {"custom", "type"}, "payment_method_details")
    custom = given.get("custom") or {}
    if given.get("type") != "custom" or not custom.get("display_name"):
        raise not_played("A payment method without a display name")
    only(custom, {"display_name"}, "payment_method_details[custom]")
    return {
        "billing_details": None,
        "custom": {"display_name": custom["display_name"], "type": None},
        "type": "custom",
    }


def _record(
    asked: dict[str, Any], amount: dict[str, Any], *, method: dict[str, Any], created: int
) -> dict[str, Any]:
    nothing = amount | {"value": 0}
    customer = asked.get("customer_details")
    names = ("customer", "email", "name", "phone")
    processor = asked.get("processor_details") or {"type": "custom"}
    reference = (processor.get("custom") or {}).get("payment_reference")
    return {
        "id": objects.new_id("pr"),
        "object": "payment_record",
        "amount": amount,
        "amount_authorized": nothing,
        "amount_canceled": nothing,
        "amount_failed": nothing,
        "amount_guaranteed": amount,
        "amount_refunded": nothing,
        "amount_requested": amount,
        "application": None,
        "created": created,
        "customer_details": customer and {name: customer.get(name) for name in names},
        "customer_presence": None,
        "description": asked.get("description"),
        "latest_payment_attempt_record": objects.new_id("par"),
        "livemode": False,
        "metadata": objects.metadata(asked),
        "payment_method_details": method,
        "processor_details": {"custom": {"payment_reference": reference}, "type": "custom"},
        "reported_by": "self",
        "shipping_details": None,
    }
