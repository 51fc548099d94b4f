"""The compact form of signed JSON (RFC 7515, section 7.1). Pure."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any


def base64url(content: bytes) -> str:
    """Base64 in the alphabet of URLs without padding (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def canonical(members: Mapping[str, Any]) -> bytes:
    """The members sorted by name, without blanks, in ASCII."""
    return json.dumps(members, sort_keys=True, separators=(",", ":")).encode()


def signing_input(header: Mapping[str, Any], claims: Mapping[str, Any]) -> bytes:
    """The part that is signed: both in base64url, with a dot between them."""
    return ".".join(base64url(canonical(one)) for one in (header, claims)).encode()


def compact(signed: bytes, signature: bytes) -> str:
    """The signed part and its signature."""
    return f"{signed.decode()}.{base64url(signature)}"
