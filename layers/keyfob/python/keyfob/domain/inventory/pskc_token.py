"""Turns a key read by the library `pskc`, and its values, into a draft of a token. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pskc.exceptions import PSKCError
from pskc.key import Key

from keyfob.domain.inventory.draft import Draft
from keyfob.domain.inventory.pskc_values import Values
from keyfob.domain.inventory.pskc_xml import BrokenPackage, children, local, within
from keyfob.domain.inventory.token import Algorithm, TokenType, normalized_serial

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

# The library's errors for content that is broken or can't be opened.
BROKEN = (PSKCError, ValueError, TypeError, OverflowError)

_PROFILE = "urn:ietf:params:xml:ns:keyprov:pskc:"
_TYPES = {f"{_PROFILE}{one.value}": one for one in TokenType}
# RFC 6030 leaves the suite's name open; manufacturers write HMAC-SHA256, HmacSHA256 or SHA256.
_SUITES = {
    **{one.value: one for one in Algorithm},
    **{f"hmac{one.value}": one for one in Algorithm},
}
_PARAMETERS = frozenset({"Suite", "ChallengeFormat", "ResponseFormat"})
_DEFAULT_PERIOD = 30
# A secret is as long as the output of its hash, as a rule (RFC 6238): SHA-256, SHA-512.
_LENGTHS_OF_OTHER_HASHES = (32, 64)
_ASSUMED = "no Suite names the hash: SHA-1 was taken, though the secret is as long as another's"


def suite_of(key: Element) -> str | None:
    """The suite that a key's XML names; None if it has none.

    Raises:
        BrokenPackage: the hash may be said in a way that isn't understood.
    """
    parameters = children(key, "AlgorithmParameters")
    known = [one for each in parameters for one in each if local(one) in _PARAMETERS]
    if sum(map(len, parameters)) > len(known) or any(one.attrib for one in parameters):
        raise BrokenPackage("its algorithm parameters can't be understood")
    suites = within(key, "Suite")
    if not suites:
        return None
    text = (suites[0].text or "").strip()
    if suites[0] not in known or suites[0].attrib or len(suites[0]) or not text:
        raise BrokenPackage("its Suite must name the hash in its text, in AlgorithmParameters")
    return text


def unsupported(key: Key, now: datetime) -> list[str]:
    """What the service can't do for a key."""
    found = []
    if (key.response_encoding or "DECIMAL").upper() != "DECIMAL" or key.response_check:
        found.append("codes must be decimal digits without a check digit")
    if not key.policy.may_use("OTP", now):
        found.append("its policy forbids one-time passwords at present")
    if key.policy.pin_usage not in {None, "Local"}:
        found.append("a token whose codes carry a PIN is not taken")
    return found


def draft_of(key: Key, suite: str | None, values: Values, *, row: int, serial: str) -> Draft:
    """The token of a key.

    Raises:
        BrokenPackage: its time begins elsewhere.
    """
    if values.offset:
        raise BrokenPackage("a token whose time begins elsewhere is not taken")
    assumed = suite is None and len(values.secret or b"") in _LENGTHS_OF_OTHER_HASHES
    return Draft(
        row=row,
        serial=normalized_serial(serial),
        secret=values.secret,
        type=_TYPES.get(key.algorithm or ""),
        algorithm=_SUITES.get((suite or "sha1").lower().replace("-", "")),
        digits=key.response_length,
        period=_DEFAULT_PERIOD if values.period is None else values.period,
        counter=values.counter or 0,
        drift=values.drift or 0,
        warnings=(_ASSUMED,) if assumed else (),
        labeled=True,
    )
