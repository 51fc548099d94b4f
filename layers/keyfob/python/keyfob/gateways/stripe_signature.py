"""Checks Stripe's webhook signatures: the SDK the signature, we the time window (S36)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from stripe import SignatureVerificationError, WebhookSignature

from keyfob.domain.errors import InvalidSignature


def require_signed(
    payload: str, header: str, secrets: Sequence[str], *, now: datetime, tolerance: timedelta
) -> None:
    """Refuse a payload that none of `secrets` signed within `tolerance` of now.

    Two secrets are valid while one is being rolled (S19). The SDK checks the age against the
    system's clock and lets future timestamps pass, so the window is ours.

    Raises:
        InvalidSignature: no secret matches, or the timestamp is too old or from the future.
    """
    # The SDK compares signatures as text, which must be ASCII.
    if not header.isascii() or not any(_signed(payload, header, secret) for secret in secrets):
        raise InvalidSignature
    # With two timestamps the SDK verifies the first: the second could make an old event look new.
    times = [part.removeprefix("t=") for part in header.split(",") if part.startswith("t=")]
    if len(times) != 1 or not times[0].isdecimal():
        raise InvalidSignature
    age = now.timestamp() - int(times[0])
    if abs(age) > tolerance.total_seconds():
        raise InvalidSignature("The timestamp of this event is out of the accepted window.")


def _signed(payload: str, header: str, secret: str) -> bool:
    try:
        return bool(WebhookSignature.verify_header(payload, header, secret, tolerance=None))
    except SignatureVerificationError:
        return False
