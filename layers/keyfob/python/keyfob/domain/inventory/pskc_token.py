"""Turns a key read by the library `pskc` into a draft of a token. Pure."""

from __future__ import annotations

from datetime import datetime

from pskc.exceptions import PSKCError
from pskc.key import Key

from keyfob.domain.inventory.token import Algorithm, Draft, TokenType, normalized_serial

# The library's errors for content that is broken or can't be opened.
BROKEN = (PSKCError, ValueError, TypeError, OverflowError)

_PROFILE = "urn:ietf:params:xml:ns:keyprov:pskc:"
_TYPES = {f"{_PROFILE}{one.value}": one for one in TokenType}
# RFC 6030 leaves the suite's name open; manufacturers write HMAC-SHA256, HmacSHA256 or SHA256.
_SUITES = {
    "": Algorithm.SHA1,
    **{one.value: one for one in Algorithm},
    **{f"hmac{one.value}": one for one in Algorithm},
}
_DEFAULT_PERIOD = 30


def draft_of(key: Key, *, row: int, faults: tuple[str, ...], now: datetime) -> Draft:
    """The token of a key. Nothing encrypted is opened if it has `faults` already."""
    faults += _unsupported(key, now)
    secret: bytes | None = None
    period = counter = offset = None
    if not faults:
        try:
            secret, period, counter = key.secret, key.time_interval, key.counter
            offset = key.time_offset
        except BROKEN:
            faults = ("a value can't be opened or read",)
    if offset:
        faults = ("a token whose time begins elsewhere is not taken",)
    suite = (key.algorithm_suite or "").lower().replace("-", "")
    return Draft(
        row=row,
        serial=normalized_serial(key.serial or ""),
        secret=secret,
        type=_TYPES.get(key.algorithm or ""),
        algorithm=_SUITES.get(suite),
        digits=key.response_length,
        period=_DEFAULT_PERIOD if period is None else period,
        counter=counter or 0,
        faults=faults,
        labeled=True,
    )


def _unsupported(key: Key, now: datetime) -> tuple[str, ...]:
    found = []
    if (key.response_encoding or "DECIMAL").upper() != "DECIMAL" or key.response_check:
        found.append("codes must be decimal digits without a check digit")
    if not key.policy.may_use("OTP", now):
        found.append("its policy forbids one-time passwords at present")
    if key.policy.pin_usage not in {None, "Local"}:
        found.append("a token whose codes carry a PIN is not taken")
    return tuple(found)
