"""Fields and parameters of the SDK that Stripe's separately published OpenAPI document lacks.

A test compares these lists with both, so that none outlives the difference it describes.
"""

from __future__ import annotations

from typing import Any, Final

SDK_VERSION: Final = "2026-10-28.endive"
DOCUMENT_VERSION: Final = "2026-05-27.dahlia"

_NAMES: dict[str, Any] = {"type": ["array", "null"], "items": {"type": "string"}}
_TEXT: dict[str, Any] = {"type": ["string", "null"]}

# Fields of answers, by resource: the SDK reads them and the document lacks them.
FIELDS: Final[dict[str, dict[str, Any]]] = {
    "checkout.session": {"allowed_payment_method_types": _NAMES},
    "payment_intent": {
        "allowed_payment_method_types": _NAMES,
        "payment_record": _TEXT,
        "source": _TEXT,
    },
    "refund": {"customer": _TEXT, "customer_account": _TEXT, "payment_method": _TEXT},
    "charge": {"authorization_code": _TEXT, "level3": {}, "source": {}},
    "price": {"deleted": {"const": True}},
    "customer": {"deleted": {"const": True}},
    "dispute": {"intended_submission_method": {}, "network_reason_code": _TEXT},
    "invoice": {"deleted": {"const": True}, "status_details": {}},
    "invoiceitem": {"deleted": {"const": True}, "frozen_fields": {}, "invoicing_rules": {}},
}

# Fields that the document requires, but that answers have only if they are asked for by `expand`,
# and events never (docs.stripe.com/changelog/dahlia/2026-05-27).
OPTIONAL: Final[dict[str, frozenset[str]]] = {"invoice": frozenset({"amount_paid_off_stripe"})}

# Parameters of requests, by operation: (only in the SDK, only in the document).
PARAMETERS: Final[dict[str, tuple[set[str], set[str]]]] = {
    "POST /v1/checkout/sessions": ({"allowed_payment_method_types"}, {"payment_method_types"}),
    "POST /v1/customers": ({"validate"}, set()),
    "POST /v1/customers/{customer}": (
        {"validate"},
        {"bank_account", "card", "default_alipay_account", "default_bank_account", "default_card"},
    ),
    "POST /v1/payment_records/report_payment": ({"canceled"}, set()),
}
