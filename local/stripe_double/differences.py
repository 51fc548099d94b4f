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
}

# Parameters of requests, by operation: (only in the SDK, only in the document).
PARAMETERS: Final[dict[str, tuple[set[str], set[str]]]] = {
    "POST /v1/checkout/sessions": ({"allowed_payment_method_types"}, {"payment_method_types"}),
}
