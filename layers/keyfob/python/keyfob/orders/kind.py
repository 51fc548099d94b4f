"""The kinds of products there are. Pure; known to the hot path, unlike the rest of the catalog."""

from __future__ import annotations

from enum import StrEnum


class ProductKind(StrEnum):
    """What buying it brings."""

    HARDWARE_TOKEN = "hardware_token"  # noqa: S105
    PHONE = "phone"
    RENEWAL = "renewal"
