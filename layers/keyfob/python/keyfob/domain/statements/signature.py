"""ECDSA signatures on P-256 in the form that JWS has. Pure.

The key service answers in DER (RFC 3279, section 2.2.3): a sequence of two integers of 1 to 33
bytes each. JWS has the two as 32 bytes each, one after the other (RFC 7518, section 3.4).
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

_BYTES = 32
# The order of P-256's base point (SP 800-186, section 3.2.1.3).
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def fixed_width(der: bytes) -> bytes:
    """The signature as r and s, 64 bytes.

    Raises:
        ValueError: it isn't the one DER encoding of two numbers from 1 to `ORDER` - 1.
    """
    r, s = decode_dss_signature(der)
    if not (0 < r < ORDER and 0 < s < ORDER):
        raise ValueError("this is no ECDSA signature on P-256 in DER")
    return r.to_bytes(_BYTES, "big") + s.to_bytes(_BYTES, "big")
