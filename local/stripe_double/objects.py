"""Common parts of Stripe's objects: ids, lists, events."""

from __future__ import annotations

import secrets
import string
from typing import Any

from local.stripe_double.differences import SDK_VERSION

_ALPHABET = string.ascii_letters + string.digits


def new_id(prefix: str, length: int = 24) -> str:
    """An id in Stripe's form: a prefix and random letters and digits."""
    return f"{prefix}_" + "".join(secrets.choice(_ALPHABET) for _ in range(length))


def listing(data: list[dict[str, Any]], *, url: str, has_more: bool = False) -> dict[str, Any]:
    """A page of a list."""
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


def metadata(asked: dict[str, Any], *, before: dict[str, Any] | None = None) -> dict[str, str]:
    """The metadata after a request: given keys are set, empty ones unset, all by an empty text."""
    given = asked.get("metadata", {})
    if given == "":
        return {}
    kept = (before or {}).get("metadata") or {}
    return {key: value for key, value in {**kept, **given}.items() if value}


def previous(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """The earlier values of the fields that differ."""
    return {name: before.get(name) for name in after if before.get(name) != after[name]}


def event(
    kind: str,
    subject: dict[str, Any],
    *,
    previous: dict[str, Any] | None,
    request: dict[str, str | None],
    created: int,
) -> dict[str, Any]:
    """An event about `subject`; `previous` are the changed fields' earlier values."""
    data: dict[str, Any] = {"object": subject}
    if previous:
        data["previous_attributes"] = previous
    return {
        "id": new_id("evt"),
        "object": "event",
        "api_version": SDK_VERSION,
        "created": created,
        "data": data,
        "livemode": False,
        "pending_webhooks": 1,
        "request": request,
        "type": kind,
    }
