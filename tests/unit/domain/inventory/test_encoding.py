"""Secrets as text: only what can't be the text of another encoding (S16, S64)."""

from __future__ import annotations

import base64
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob.domain.inventory.encoding import (
    Uncertain,
    from_base32,
    from_base64,
    from_hex,
    is_text,
)

SEED = bytes.fromhex("00ff10ee20dd30cc40bb50aa6099708880779011")
BASE32 = base64.b32encode(SEED).decode()
BASE64 = base64.b64encode(SEED).decode()
# Twenty-four bytes: neither base32 nor base64 needs padding.
LONG = SEED + b"\xfe\xdc\xba\x98"


@given(st.binary(min_size=1, max_size=64))
def test_each_encoding_gives_back_what_it_wrote_or_refuses_S64(secret: bytes) -> None:
    for decoded, text in (
        (from_hex, secret.hex()),
        (from_base32, base64.b32encode(secret).decode()),
        (from_base64, base64.b64encode(secret).decode()),
    ):
        try:
            assert decoded(text) == secret
        except Uncertain:
            # Short and uniform ones fit several alphabets.
            assert decoded is not from_hex


def test_seeds_of_every_accepted_length_are_read_S16() -> None:
    for size in range(16, 65):
        secret = b"\xfe" + secrets.token_bytes(size - 1)
        assert from_hex(secret.hex()) == secret
        assert from_base32(base64.b32encode(secret).decode()) == secret
        assert from_base64(base64.b64encode(secret).decode()) == secret


@pytest.mark.parametrize(
    "text",
    [
        SEED.hex(":"),
        SEED.hex(" "),
        SEED.hex("-"),
        f" {SEED.hex()}",
        f"0x{SEED.hex()}",
        SEED.hex()[:-1],
        "\uff11" * 32,
        BASE32,
        BASE64,
        "",
    ],
)
def test_hexadecimal_is_pairs_of_digits_and_nothing_else_S64(text: str) -> None:
    with pytest.raises(Uncertain):
        from_hex(text)


def test_hexadecimal_is_read_in_either_case_S16() -> None:
    assert from_hex(SEED.hex()) == from_hex(SEED.hex().upper()) == SEED


@pytest.mark.parametrize("text", [BASE32, BASE32.lower(), base64.b32encode(LONG).decode()])
def test_base32_may_lack_its_padding_and_be_lower_case_S16(text: str) -> None:
    assert from_base32(text) == from_base32(text.rstrip("=")) in {SEED, LONG}


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"{BASE32[:4]} {BASE32[4:]}",
        f"{BASE32[:4]}-{BASE32[4:]}",
        f"{BASE32}=",
        f"{base64.b32encode(SEED[:17]).decode()}=",
        f"{BASE32[:8]}======{BASE32[8:]}",
        BASE32[:-2],
        # The last digit has bits beyond the last byte.
        "AAAAAAAAAAAAAAAAAAAAAAAAAB",
        BASE32.replace("A", "1"),
        # Base64 of 24 bytes without a digit that base32 lacks.
        "AbCdEfGhIjKlMnOpQrStUvWxYzAbCdEf",
        # Hexadecimal without a digit that base32 lacks.
        "ABCDEF23" * 5,
        "abcdef23" * 5,
        BASE64,
        SEED.hex(),
    ],
)
def test_base32_is_one_case_canonical_and_not_hexadecimal_S64(text: str) -> None:
    with pytest.raises(Uncertain):
        from_base32(text)


@pytest.mark.parametrize(
    "text", [BASE64, f"\n\t{BASE64}\r\n", f"{BASE64[:10]}\n    {BASE64[10:]}", " ".join(BASE64)]
)
def test_base64_may_be_folded_by_xml_white_space_S64(text: str) -> None:
    assert from_base64(text) == SEED


@pytest.mark.parametrize(
    ("text", "about"),
    [
        (SEED.hex(), "hexadecimal"),
        (SEED.hex().upper(), "hexadecimal"),
        (f"{SEED.hex()[:20]}\n{SEED.hex()[20:]}", "hexadecimal"),
        (SEED.hex(":"), "base64"),
        (BASE32, "base32"),
        (BASE32.lower(), "base32"),
        (base64.b32encode(SEED[:18]).decode().rstrip("="), "base64"),
        (base64.b32encode(LONG[:22]).decode().rstrip("="), "base32"),
        (f"{BASE64[:7]}*{BASE64[7:]}", "base64"),
        (f"{BASE64[:7]}\u00a0{BASE64[7:]}", "base64"),
        (f"{BASE64[:7]}\u2003{BASE64[7:]}", "base64"),
        (f"{BASE64[:7]}\u0430{BASE64[7:]}", "base64"),
        (f"{BASE64[:7]},{BASE64[7:]}", "base64"),
        (f"{BASE64[:7]}={BASE64[7:]}", "base64"),
        (BASE64.rstrip("="), "base64"),
        (f"{BASE64}=", "base64"),
        (f"{BASE64}{BASE64}", "base64"),
        (base64.urlsafe_b64encode(b"\xfb\xef\xbe" * 6).decode(), "base64"),
        # The last digit has bits beyond the last byte.
        ("/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v=", "base64"),
        ("", "base64"),
        ("====", "base64"),
    ],
)
def test_base64_is_canonical_and_neither_hexadecimal_nor_base32_S64(text: str, about: str) -> None:
    with pytest.raises(Uncertain, match=about) as refused:
        from_base64(text)
    assert not text.strip() or text not in str(refused.value)


@pytest.mark.parametrize(
    "secret",
    [
        BASE64.encode(),
        BASE32.encode(),
        BASE32[:16].encode(),
        BASE32.lower().encode(),
        SEED.hex().encode(),
        SEED.hex(":").encode(),
        SEED.hex(" ").upper().encode(),
        SEED.hex("-").encode(),
        SEED[:10].hex().encode(),
        base64.urlsafe_b64encode(LONG),
        base64.encodebytes(LONG),
        b"31323334353637383930" * 2,
        b"1234567890" * 3 + b"12",
        b"x" * 64,
    ],
)
def test_a_secret_that_is_itself_the_text_of_one_is_recognized_S64(secret: bytes) -> None:
    assert is_text(secret)


@pytest.mark.parametrize(
    "secret",
    [
        SEED,
        LONG,
        bytes(20),
        b"correct horse, battery staple!",
        b"12345678901234567890",
        b"x" * 19 + b"\x80",
    ],
)
def test_other_secrets_are_no_text_the_examples_of_rfc_6030_included_S64(secret: bytes) -> None:
    assert not is_text(secret)


def test_random_secrets_are_no_text_S64() -> None:
    assert not any(is_text(secrets.token_bytes(16)) for _ in range(10_000))
