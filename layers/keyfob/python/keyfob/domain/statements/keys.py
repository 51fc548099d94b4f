"""Public keys that verify statements, as JSON Web Keys (RFC 7517). Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from keyfob.domain.statements.jws import base64url, canonical

ALGORITHM = "ES256"
# A verifier may keep the keys so long; a roll waits for it (docs/operations.md).
KEYS_CACHED = timedelta(hours=1)
_BYTES = 32


class SigningKey(Protocol):
    """A pair of keys on P-256; the private one never leaves the key service.

    Every method raises:
        KeysUnavailable: the key service did not answer.
    """

    def sign(self, content: bytes) -> bytes:
        """The ECDSA signature over the SHA-256 of `content`, in DER."""

    def public_key(self) -> bytes:
        """The public key as DER SubjectPublicKeyInfo (RFC 5280, section 4.1)."""


@dataclass(frozen=True, kw_only=True)
class PublicKey:
    """A point on P-256; `x` and `y` in base64url, 32 bytes each.

    Without slots, so that the thumbprint is computed once.
    """

    x: str
    y: str

    @cached_property
    def id(self) -> str:
        """The key's SHA-256 thumbprint (RFC 7638): the same key has the same id everywhere."""
        return base64url(hashlib.sha256(canonical(self._required())).digest())

    def jwk(self) -> dict[str, str]:
        """The key as it is published."""
        return {**self._required(), "kid": self.id, "alg": ALGORITHM, "use": "sig"}

    def _required(self) -> dict[str, str]:
        return {"crv": "P-256", "kty": "EC", "x": self.x, "y": self.y}


def parsed(der: bytes) -> PublicKey:
    """The key in a SubjectPublicKeyInfo.

    Raises:
        ValueError: it isn't one on P-256.
    """
    key = load_der_public_key(der)
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise ValueError("this is no public key on P-256")  # noqa: TRY004 - bytes are the input
    point = key.public_numbers()
    x, y = (base64url(one.to_bytes(_BYTES, "big")) for one in (point.x, point.y))
    return PublicKey(x=x, y=y)
