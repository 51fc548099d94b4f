"""Public keys as JSON Web Keys (S26; RFC 7517, RFC 7638)."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import ECKey

from keyfob.domain.statements.keys import parsed

# RFC 7515, appendix A.3.1.
X, Y = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"


def number(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "="), "big")


def der(key: Any) -> bytes:
    return bytes(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def a_key(x: str = X, y: str = Y) -> bytes:
    return der(ec.EllipticCurvePublicNumbers(number(x), number(y), ec.SECP256R1()).public_key())


def test_a_key_is_published_with_its_point_its_algorithm_and_its_use_S26() -> None:
    key = parsed(a_key())
    assert key.jwk() == {
        "kty": "EC",
        "crv": "P-256",
        "x": X,
        "y": Y,
        "kid": key.id,
        "alg": "ES256",
        "use": "sig",
    }


def test_a_keys_id_is_its_thumbprint_by_another_library_too_S26() -> None:
    assert (
        parsed(a_key()).id
        == ECKey.import_key({"kty": "EC", "crv": "P-256", "x": X, "y": Y}).thumbprint()
    )


def test_a_coordinate_keeps_its_leading_zeros_S26() -> None:
    for seed in range(1, 2_000):
        public = ec.derive_private_key(seed, ec.SECP256R1()).public_key()
        if public.public_numbers().x < 2**248:
            break
    key = parsed(der(public))
    assert len(base64.urlsafe_b64decode(key.x + "=")) == 32
    assert number(key.x) == public.public_numbers().x < 2**248


OTHERS: dict[str, Callable[[], bytes]] = {
    "another curve": lambda: der(ec.generate_private_key(ec.SECP384R1()).public_key()),
    "another curve of the same size": lambda: der(
        ec.generate_private_key(ec.SECP256K1()).public_key()
    ),
    "RSA": lambda: der(rsa.generate_private_key(65537, 2048).public_key()),
    "no key": lambda: b"",
    "a key and more": lambda: a_key() + b"\x00",
}


@pytest.mark.parametrize("what", OTHERS)
def test_a_key_that_is_not_on_the_curve_of_the_algorithm_is_refused_S26(what: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parsed(OTHERS[what]())
