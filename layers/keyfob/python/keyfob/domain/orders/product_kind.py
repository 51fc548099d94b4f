"""The kinds of products there are. Pure; known to the hot path, unlike the rest of the catalog."""

from __future__ import annotations

from enum import StrEnum


class ProductKind(StrEnum):
    """The kind of a product."""

    HARDWARE_TOKEN = "hardware_token"  # noqa: S105
    PHONE = "phone"
    RENEWAL = "renewal"
    ADDED_TOKEN = "added_token"  # noqa: S105
    UPGRADE = "upgrade"


# Products that become a credential, by a license key.
NEW_CREDENTIAL = frozenset({ProductKind.HARDWARE_TOKEN, ProductKind.PHONE})
# Products that a hardware token is shipped for.
WITH_TOKEN = frozenset({ProductKind.HARDWARE_TOKEN, ProductKind.ADDED_TOKEN})
# Products for an existing credential: an order of its own, without license key (B5).
FOR_CREDENTIAL = frozenset({ProductKind.RENEWAL, ProductKind.ADDED_TOKEN, ProductKind.UPGRADE})
