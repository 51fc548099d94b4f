"""Key containers of RFC 6030 (G1, S18), made by a public library."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pskc import PSKC, encryption

from keyfob.domain.inventory.batch import KeyFileRefused, Reason, examine
from keyfob.domain.inventory.key_file_pskc import read_pskc
from keyfob.domain.inventory.pskc_xml import parts
from keyfob.domain.inventory.token import Algorithm, Token, TokenType

PROFILE = "urn:ietf:params:xml:ns:keyprov:pskc:"
PASSWORD, KEY = "open sesame", bytes(range(16))
IV = "<IV>AAAAAAAAAAAAAAAAAAAAAA==</IV>"
NOW = datetime(2026, 11, 22, 7, tzinfo=UTC)


def secret_of(number: int) -> bytes:
    return bytes([number]) * 20


def container(count: int = 3, **changes: Any) -> PSKC:
    pskc = PSKC()
    for number in range(count):
        values: dict[str, Any] = {
            "id": f"key-{number}",
            "serial": f"ft-{1000 + number}",
            "algorithm": f"{PROFILE}totp",
            "secret": secret_of(number),
            "response_length": 8,
            "response_encoding": "DECIMAL",
            "time_interval": 30,
        }
        pskc.add_key(**values | changes)
    return pskc


def written(pskc: PSKC) -> str:
    output = io.BytesIO()
    pskc.write(output)
    # The library writes the PRF's name as text, but reads it, as the schema says, as an attribute.
    return re.sub(r"<PRF>(.*?)</PRF>", r'<PRF Algorithm="\1"/>', output.getvalue().decode())


def under_password(pskc: PSKC, **how: Any) -> PSKC:
    pskc.encryption.setup_pbkdf2(PASSWORD, **{"iterations": 10} | how)
    return pskc


def under_key(pskc: PSKC, **how: Any) -> PSKC:
    pskc.encryption.setup_preshared_key(**{"key": KEY} | how)
    return pskc


def read(text: str, *, plain: bool = True, **transport: str) -> tuple[list[Token], list[Reason]]:
    content = io.BytesIO(text.encode())
    return examine(read_pskc(content, transport=lambda: transport, allow_plain=plain, now=NOW))


def refusal(text: str, **how: Any) -> str:
    """The reason of the refusal; it contains nothing of the secrets."""
    _, reasons = read(text, **how)
    assert reasons
    return "\n".join(reason.text for reason in reasons)


WAYS: dict[str, tuple[Callable[[PSKC], PSKC], dict[str, str]]] = {
    "plain": (lambda pskc: pskc, {}),
    "password": (under_password, {"password": PASSWORD}),
    "password, aes256 and sha256": (
        lambda pskc: under_password(pskc, algorithm="aes256-cbc", prf="hmac-sha256"),
        {"password": PASSWORD},
    ),
    "key": (under_key, {"key": KEY.hex()}),
    "key, everything encrypted": (
        lambda pskc: under_key(pskc, fields=["secret", "counter", "time_interval"]),
        {"key": KEY.hex()},
    ),
    "key wrap": (
        lambda pskc: under_key(pskc, algorithm="kw-aes128"),
        {"key": KEY.hex()},
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_g1_tokens_come_out_of_every_kind_of_container(way: str) -> None:
    protect, transport = WAYS[way]
    text = written(protect(wrappable()))
    tokens, reasons = read(text, plain=way == "plain", **transport)
    assert reasons == []
    assert [one.serial for one in tokens] == ["FT-1000", "FT-1001", "FT-1002"]
    assert [one.secret for one in tokens] == [bytes([n]) * 24 for n in range(3)]
    assert {(one.type, one.digits, one.period) for one in tokens} == {(TokenType.TOTP, 8, 30)}


def wrappable() -> PSKC:
    """Key wrap takes whole blocks of eight bytes."""
    pskc = container()
    for number, key in enumerate(pskc.keys):
        key.secret = bytes([number]) * 24
    return pskc


@pytest.mark.parametrize(
    ("suite", "algorithm"),
    [
        (None, Algorithm.SHA1),
        ("HMAC-SHA1", Algorithm.SHA1),
        ("HMAC-SHA256", Algorithm.SHA256),
        ("HmacSHA512", Algorithm.SHA512),
        ("sha256", Algorithm.SHA256),
    ],
)
def test_g1_the_hash_is_the_suites(suite: str | None, algorithm: Algorithm) -> None:
    [token], _ = read(written(container(1, algorithm_suite=suite)))
    assert token.algorithm is algorithm


def test_g1_event_based_tokens_keep_their_counter() -> None:
    text = written(container(1, algorithm=f"{PROFILE}hotp", time_interval=None, counter=42))
    [token], _ = read(text)
    assert (token.type, token.counter, token.period) == (TokenType.HOTP, 42, None)


@pytest.mark.parametrize(
    ("changes", "about"),
    [
        ({"algorithm": f"{PROFILE}pin"}, "type"),
        ({"algorithm": None}, "type"),
        ({"algorithm_suite": "HMAC-MD5"}, "algorithm"),
        ({"response_length": 7}, "6 or 8"),
        ({"response_length": None}, "6 or 8"),
        ({"response_encoding": "HEXADECIMAL"}, "decimal"),
        ({"response_check": True}, "check digit"),
        ({"time_interval": 45}, "30 or 60"),
        ({"time_offset": 5}, "begins elsewhere"),
        ({"secret": b"too short"}, "16 to 64"),
        ({"secret": None}, "can't be read"),
        ({"serial": None}, "serial"),
        ({"policy.expiry_date": datetime(2026, 1, 1, tzinfo=UTC)}, "forbids"),
        ({"policy.key_usage": ["Encrypt"]}, "forbids"),
        ({"policy.pin_usage": "Prepend"}, "PIN"),
    ],
)
def test_g1_a_token_we_can_not_verify_is_refused(changes: dict[str, Any], about: str) -> None:
    assert about in refusal(written(container(1, **changes)))


def test_s18_a_file_with_plain_secrets_is_refused_where_that_is_not_allowed() -> None:
    assert "unencrypted" in refusal(written(container()), plain=False)


def test_s18_a_plain_secret_among_encrypted_ones_is_refused_even_where_plain_files_are_taken() -> (
    None
):
    text = written(under_password(container()))
    plain = written(container(1, serial="FT-6666"))
    smuggled = plain[plain.index("<pskc:KeyPackage") : plain.index("</pskc:KeyContainer")]
    text = text.replace("</pskc:KeyContainer", smuggled + "</pskc:KeyContainer")
    assert "unencrypted" in refusal(text, password=PASSWORD)


@pytest.mark.parametrize(
    ("protect", "transport"),
    [
        (under_password, {"password": "another"}),
        (under_key, {"key": bytes(16).hex()}),
        (under_key, {"key": "0011"}),
        (under_key, {"key": "not hexadecimal"}),
        (under_password, {"key": KEY.hex()}),
        (under_key, {"password": PASSWORD}),
        (under_key, {}),
    ],
)
def test_s18_a_wrong_or_missing_password_or_key_opens_nothing(
    protect: Callable[[PSKC], PSKC], transport: dict[str, str]
) -> None:
    tokens, reasons = read(written(protect(container())), plain=False, **transport)
    assert tokens == []
    assert reasons
    assert not any(value in one.text for one in reasons for value in transport.values() if value)


def test_s18_the_mac_is_checked_before_anything_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    pskc = under_password(container(2))
    text = written(pskc)
    mac = text[text.index("<pskc:ValueMAC>") + 15 : text.index("</pskc:ValueMAC>")]
    other = "A" * (len(mac) - 1) + "="
    opened: list[bytes] = []
    real = encryption.decrypt

    def noted(algorithm: str, key: bytes, ciphertext: bytes, *more: Any) -> bytes:
        plain = real(algorithm, key, ciphertext, *more)
        opened.append(plain)
        return plain

    monkeypatch.setattr(encryption, "decrypt", noted)
    tokens, [reason] = read(text.replace(mac, other), password=PASSWORD)
    assert (reason.row, reason.serial) == (1, "FT-1000")
    assert "MAC" in reason.text
    assert secret_of(0) not in opened
    assert [token.serial for token in tokens] == ["FT-1001"]


def test_s18_an_encrypted_value_without_mac_is_refused() -> None:
    text = re.sub(r"<pskc:ValueMAC>.*?</pskc:ValueMAC>", "", written(under_key(container(1))))
    assert "no MAC" in refusal(text, key=KEY.hex())


def test_s18_a_value_under_another_namespace_is_checked_all_the_same() -> None:
    text = re.sub(r"<pskc:ValueMAC>.*?</pskc:ValueMAC>", "", written(under_key(container(1))))
    text = text.replace("pskc:EncryptedValue", "xenc:EncryptedValue")
    assert "no MAC" in refusal(text, key=KEY.hex())


def test_s18_an_altered_ciphertext_is_refused() -> None:
    text = written(under_key(container(1)))
    end = text.rindex("</xenc:CipherValue>")
    letter = "A" if text[end - 10] != "A" else "B"
    assert "MAC" in refusal(text[: end - 10] + letter + text[end - 9 :], key=KEY.hex())


def test_s18_a_vector_for_all_values_is_refused() -> None:
    """Drafts allowed it. With one vector for all values, equal secrets would look equal."""
    text = written(under_key(container(1)))
    shared = text.replace("<pskc:EncryptionKey/>", f"<pskc:EncryptionKey>{IV}</pskc:EncryptionKey>")
    assert shared != text
    assert "of a kind that is not taken" in refusal(shared, key=KEY.hex())


@pytest.mark.parametrize("algorithm", ["hmac-md5", "hmac-sha1x", "rsa-sha1"])
def test_s18_other_macs_are_refused(algorithm: str) -> None:
    text = written(under_key(container(1))).replace("hmac-sha1", algorithm)
    assert "its MAC is none of" in refusal(text, key=KEY.hex())


def test_s18_a_value_with_a_second_one_or_a_second_mac_is_refused() -> None:
    """The checks would see the first, and the library might open the other."""
    text = written(under_key(container(1)))
    for part in ("pskc:EncryptedValue", "xenc:CipherValue", "pskc:ValueMAC"):
        begin, end = text.rindex(f"<{part}>"), text.rindex(f"</{part}>") + len(part) + 3
        twice = text[:end] + text[begin:end] + text[end:]
        tokens, [reason] = read(twice, key=KEY.hex())
        assert (tokens, "is not as it must be" in reason.text) == ([], True), part


@pytest.mark.parametrize("algorithm", ["tripledes-cbc", "camellia128-cbc"])
def test_s18_other_ciphers_are_refused(algorithm: str) -> None:
    text = written(under_key(container(1), key=KEY)).replace("aes128-cbc", algorithm)
    assert "none of AES" in refusal(text, key=KEY.hex())


def test_s18_a_password_that_would_take_minutes_to_derive_is_refused() -> None:
    text = written(under_password(container(1)))
    count = "<IterationCount>10</IterationCount>"
    assert count in text
    forged = text.replace(count, "<IterationCount>4000000000</IterationCount>")
    assert "encryption" in refusal(forged, password=PASSWORD)


ENTITIES = """<?xml version="1.0"?>
<!DOCTYPE KeyContainer [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
"""


@pytest.mark.parametrize(
    "prologue",
    [
        ENTITIES,
        '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1/p"> %p;]>',
        "<!DOCTYPE x>",
    ],
)
def test_s18_entities_and_dtds_are_refused(prologue: str) -> None:
    body = written(container(1)).split("?>", 1)[1].replace("ft-1000", "&b;")
    assert "DTD or entities" in refusal(prologue + body)


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("", "broken in line"),
        ("<a>", "no key container"),
        ("not xml", "broken in line 1"),
        ("<KeyContainer/>", "no key container"),
        (f'<KeyContainer xmlns="{PROFILE[:-1]}" Version="2.0"/>', "no key container"),
        (f'<KeyContainer xmlns="{PROFILE[:-1]}" Version="1.0"/>', "no tokens"),
        (f'<KeyContainer xmlns="{PROFILE[:-1]}">{"<x>" * 2000}', "too many elements"),
        ('<?xml version="1.0" encoding="U0TF-8"?><a/>', "encoding"),
        ('<?xml version="1.0" encoding="utf-7"?><a/>', "encoding"),
        ('<?xml version="1.0" encoding="hex"?><a/>', "encoding"),
    ],
)
def test_s18_an_invalid_container_is_refused(text: str, about: str) -> None:
    assert about in refusal(text)


def test_s18_a_truncated_file_is_refused_as_a_whole() -> None:
    text = written(container(3))
    tokens, reasons = read(text[: text.rindex("<pskc:KeyPackage")])
    assert len(tokens) == 2
    assert [reason.text.split(" in line")[0] for reason in reasons] == ["the XML is broken"]


@pytest.mark.parametrize(
    ("of_the_rfc", "of_a_draft"),
    [("PlainValue", "Value"), ("<pskc:Data>", '<pskc:Data><pskc:Data Name="SECRET"/>')],
)
def test_s18_drafts_of_the_format_are_refused(of_the_rfc: str, of_a_draft: str) -> None:
    text = written(container(1))
    assert of_the_rfc in text
    assert "draft" in refusal(text.replace(of_the_rfc, of_a_draft))


def test_s18_a_part_has_a_thousand_elements_at_most() -> None:
    def read_parts(elements: int) -> int:
        part = f"<p>{'<y/>' * (elements - 1)}</p>"
        text = f'<KeyContainer xmlns="{PROFILE[:-1]}"><x/>{part}</KeyContainer>'
        return len(list(parts(io.BytesIO(text.encode()))))

    assert read_parts(1_000) == 2
    with pytest.raises(KeyFileRefused):
        read_parts(1_001)


def test_s18_the_encryption_must_be_declared_before_the_first_value() -> None:
    text = written(under_password(container(1)))
    begin, end = text.index("<pskc:EncryptionKey>"), text.index("<pskc:KeyPackage>")
    head = text[begin:end]
    moved = text.replace(head, "").replace("</pskc:KeyContainer>", head + "</pskc:KeyContainer>")
    assert refusal(moved, password=PASSWORD, key=KEY.hex())


@given(st.data())
def test_s18_any_alteration_ends_in_tokens_or_reasons(data: Any) -> None:
    text = written(under_key(container(1, time_interval=60), key=KEY))
    at = data.draw(st.integers(0, len(text) - 1))
    length = data.draw(st.integers(0, 30))
    inserted = data.draw(st.text("<>/&;=\"' 09AZaz", max_size=12))
    tokens, reasons = read(text[:at] + inserted + text[at + length :], key=KEY.hex())
    assert tokens or reasons


def test_s16_a_secret_or_serial_that_comes_twice_is_refused() -> None:
    assert "same secret" in refusal(written(container(2, secret=os.urandom(20))))
    assert "twice" in refusal(written(container(2, serial="FT-1")))


def test_s18_a_file_may_hold_so_many_tokens_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keyfob.domain.inventory.batch.MAX_TOKENS", 2)
    tokens, reasons = read(written(container(2)))
    assert (len(tokens), reasons) == (2, [])
    tokens, [reason] = read(written(container(3)))
    assert (len(tokens), "more than 2 tokens" in reason.text) == (2, True)
