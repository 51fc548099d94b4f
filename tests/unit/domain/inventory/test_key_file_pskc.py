"""Key containers of RFC 6030 (G1, S18), made by a public library."""

from __future__ import annotations

import base64
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
from pskc.key import EncryptedValue

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
    found = examine(read_pskc(content, transport=lambda: transport, allow_plain=plain, now=NOW))
    return found.tokens, found.reasons


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
    assert [one.secret for one in tokens] == [bytes([n, 255, 62]) * 8 for n in range(3)]
    assert {(one.type, one.digits, one.period) for one in tokens} == {(TokenType.TOTP, 8, 30)}


def wrappable() -> PSKC:
    """Key wrap takes whole blocks of eight bytes."""
    pskc = container()
    for number, key in enumerate(pskc.keys):
        key.secret = bytes([number, 255, 62]) * 8
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
        part = f"<KeyPackage>{'<y/>' * (elements - 1)}</KeyPackage>"
        text = f'<KeyContainer xmlns="{PROFILE[:-1]}"><KeyPackage/>{part}</KeyContainer>'
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


PLAIN = "<pskc:PlainValue>"


def with_secret(text: str, **changes: Any) -> str:
    """A container with one token whose secret is this text."""
    whole = written(container(1, **changes))
    begin = whole.index(PLAIN) + len(PLAIN)
    return whole[:begin] + text + whole[whole.index("</pskc:PlainValue>") :]


SEED = bytes.fromhex("00ff10ee20dd30cc40bb50aa6099708880779011")
BASE64 = base64.b64encode(SEED).decode()


@pytest.mark.parametrize(
    ("text", "about"),
    [
        (SEED.hex(), "hexadecimal as well"),
        (SEED.hex(":"), "not base64"),
        (base64.b32encode(SEED).decode(), "base32 as well"),
        (f"{BASE64[:9]}*{BASE64[9:]}", "not base64"),
        (f"{BASE64[:9]}\u00a0{BASE64[9:]}", "not base64"),
        (base64.urlsafe_b64encode(b"\xfb\xef\xbe" * 8).decode(), "not base64"),
        (f"{BASE64[:9]}<x/>{BASE64[9:]}", "not as it must be"),
        (f"{BASE64}</pskc:PlainValue><pskc:PlainValue>{BASE64}", "not as it must be"),
        (base64.b64encode(BASE64.encode()).decode(), "encoded twice"),
        (base64.b64encode(SEED.hex(":").encode()).decode(), "encoded twice"),
        ("", "not base64"),
    ],
)
def test_a_plain_secret_that_can_be_read_in_two_ways_is_refused_S64(text: str, about: str) -> None:
    tokens, [reason] = read(with_secret(text))
    assert (tokens, reason.row, reason.serial) == ([], 1, "FT-1000")
    assert about in reason.text


def test_a_plain_secret_may_be_folded_by_white_space_S64() -> None:
    [token], _ = read(with_secret(f"\n   {BASE64[:9]}\r\n\t{BASE64[9:]}\n"))
    assert token.secret == SEED


def test_an_encrypted_secret_that_was_encoded_twice_is_refused_S64() -> None:
    text = written(under_key(container(1, secret=SEED.hex().encode())))
    assert "encoded twice" in refusal(text, key=KEY.hex())


HOTP = {"algorithm": f"{PROFILE}hotp", "time_interval": None, "counter": 42}


@pytest.mark.parametrize("typed", ["42", " 42\n", "+42", "0042"])
def test_a_plain_counter_is_a_decimal_number_S64(typed: str) -> None:
    [token], _ = read(written(container(1, **HOTP)).replace(">42<", f">{typed}<"))
    assert token.counter == 42


@pytest.mark.parametrize(
    ("typed", "about"),
    [
        ("", "no whole number"),
        ("4_2", "no whole number"),
        ("\uff14\uff12", "no whole number"),
        ("4.2", "no whole number"),
        ("0x2a", "no whole number"),
        ("AAAAAAAAACo=", "no whole number"),
        ("9" * 20, "no whole number"),
        ("-1", "0 to 281,474,976,710,655"),
        (str(2**48), "0 to 281,474,976,710,655"),
        ("4<x/>2", "not as it must be"),
    ],
)
def test_another_counter_is_refused_with_its_row_and_serial_S64(typed: str, about: str) -> None:
    tokens, [reason] = read(written(container(1, **HOTP)).replace(">42<", f">{typed}<"))
    assert (tokens, reason.row, reason.serial) == ([], 1, "FT-1000")
    assert "the counter" in reason.text
    assert about in reason.text


def test_an_element_without_a_value_is_no_default_S64() -> None:
    empty = re.sub(
        r"<pskc:Counter>.*?</pskc:Counter>",
        "<pskc:Counter/>",
        written(container(1, **HOTP)),
        flags=re.S,
    )
    assert "the counter is not as it must be" in refusal(empty)


def with_encrypted(field: str, content: bytes, **changes: Any) -> str:
    """A container with one token that has these bytes as this value."""
    pskc = under_key(container(1, **changes))
    [key] = pskc.keys
    setattr(key, field, EncryptedValue.create(pskc, content))
    return written(pskc)


@pytest.mark.parametrize("counter", [0, 42, 48, 0x3030, 2**48 - 1])
def test_an_encrypted_counter_has_eight_bytes_S64(counter: int) -> None:
    text = with_encrypted("counter", counter.to_bytes(8, "big"), **HOTP)
    [token], reasons = read(text, key=KEY.hex())
    assert (token.counter, reasons) == (counter, [])


@pytest.mark.parametrize(
    ("content", "about"),
    [
        (b"0", "not as 8 bytes"),
        (b"42", "not as 8 bytes"),
        (b"*", "not as 8 bytes"),
        ((42).to_bytes(4, "big"), "not as 8 bytes"),
        ((42).to_bytes(9, "big"), "not as 8 bytes"),
        (b"", "not as 8 bytes"),
        (b"00000042", "0 to 281,474,976,710,655"),
        (b"\xff" * 8, "0 to 281,474,976,710,655"),
    ],
)
def test_an_encrypted_counter_of_another_length_may_be_digits_and_is_refused_S64(
    content: bytes, about: str
) -> None:
    tokens, [reason] = read(with_encrypted("counter", content, **HOTP), key=KEY.hex())
    assert (tokens, reason.row, reason.serial) == ([], 1, "FT-1000")
    assert about in reason.text


def test_a_value_that_does_not_open_is_named_though_its_mac_fits_S18_S64() -> None:
    pskc = under_key(container(2))
    garbage = bytes(40)
    pskc.keys[0].secret = EncryptedValue(  # type: ignore[assignment]
        garbage, pskc.mac.generate_mac(garbage), pskc.encryption.algorithm
    )
    tokens, [reason] = read(written(pskc), key=KEY.hex())
    assert [token.serial for token in tokens] == ["FT-1001"]
    assert (reason.row, reason.text) == (1, "the secret can't be opened")


def test_a_value_with_two_encryption_methods_is_refused_S64() -> None:
    method = '<xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/>'
    text = written(under_key(container(1)))
    begin = text.rindex("<xenc:EncryptionMethod ")
    assert text[begin:].startswith(method)
    twice = text[:begin] + method.replace("128", "256") + text[begin:]
    assert "is not as it must be" in refusal(twice, key=KEY.hex())


@pytest.mark.parametrize("content", [b"\x3c", (60).to_bytes(4, "big"), (60).to_bytes(8, "big")])
def test_an_encrypted_period_may_have_any_length_since_no_digits_look_like_it_S64(
    content: bytes,
) -> None:
    [token], _ = read(with_encrypted("time_interval", content), key=KEY.hex())
    assert token.period == 60
    assert "30 or 60" in refusal(with_encrypted("time_interval", b"60"), key=KEY.hex())
    assert "begins elsewhere" in refusal(with_encrypted("time_offset", b"0"), key=KEY.hex())


@pytest.mark.parametrize("drift", [-2_880, -30, 0, 4, 2_880])
def test_the_clock_drift_that_a_file_says_is_kept_D1_S64(drift: int) -> None:
    [token], _ = read(written(container(1, time_drift=drift)))
    assert token.drift == drift
    content = drift.to_bytes(4, "big", signed=True)
    [token], _ = read(with_encrypted("time_drift", content), key=KEY.hex())
    assert token.drift == drift


@pytest.mark.parametrize("drift", [-2_881, 2_881, 10**9])
def test_a_drift_of_more_than_a_day_is_refused_S64(drift: int) -> None:
    assert "the time drift must be" in refusal(written(container(1, time_drift=drift)))


@pytest.mark.parametrize("content", [b"4", b"\xff", (4).to_bytes(8, "big")])
def test_an_encrypted_drift_has_four_bytes_S64(content: bytes) -> None:
    assert "not as 4 bytes" in refusal(with_encrypted("time_drift", content), key=KEY.hex())


def test_an_event_based_token_has_no_drift_D1() -> None:
    [token], _ = read(written(container(1, **HOTP, time_drift=5)))
    assert (token.counter, token.drift) == (42, 0)


SUITE = "<pskc:Suite>HMAC-SHA256</pskc:Suite>"


@pytest.mark.parametrize(
    ("suite", "about"),
    [
        ("<pskc:Suite/>", "Suite must name"),
        ("<pskc:Suite>  </pskc:Suite>", "Suite must name"),
        ('<pskc:Suite Algorithm="HMAC-SHA256"/>', "Suite must name"),
        ('<pskc:Suite Algorithm="HMAC-SHA256">HMAC-SHA1</pskc:Suite>', "Suite must name"),
        ("<pskc:Suite>HMAC-SHA1<x>256</x></pskc:Suite>", "Suite must name"),
        ("<pskc:Suite>HMAC-SHA1</pskc:Suite><pskc:Suite>SHA256</pskc:Suite>", "Suite comes twice"),
        ("<pskc:suite>HMAC-SHA256</pskc:suite>", "algorithm parameters"),
        ("<pskc:Hash>HMAC-SHA256</pskc:Hash>", "algorithm parameters"),
        ("<pskc:Suite>HMAC-SHA2</pskc:Suite>", "the algorithm must be"),
        ("<pskc:Suite>HMAC-SHA1, HMAC-SHA256</pskc:Suite>", "the algorithm must be"),
    ],
)
def test_a_suite_that_does_not_name_its_hash_in_its_text_is_refused_S64(
    suite: str, about: str
) -> None:
    text = written(container(1, algorithm_suite="HMAC-SHA256"))
    assert SUITE in text
    tokens, [reason] = read(text.replace(SUITE, suite))
    assert (tokens, reason.row, reason.serial) == ([], 1, "FT-1000")
    assert about in reason.text


def test_a_hash_outside_of_the_algorithm_parameters_is_refused_S64() -> None:
    text = written(container(1, algorithm_suite="HMAC-SHA256"))
    moved = text.replace(SUITE, "").replace("<pskc:Data>", f"{SUITE}<pskc:Data>")
    assert "Suite must name" in refusal(moved)
    said = text.replace(SUITE, "").replace(
        "<pskc:AlgorithmParameters>", '<pskc:AlgorithmParameters Suite="HMAC-SHA256">'
    )
    assert "algorithm parameters" in refusal(said)


@pytest.mark.parametrize(
    ("name", "element"),
    [
        ("Data", "<pskc:Data><pskc:Secret/></pskc:Data>"),
        ("AlgorithmParameters", "<pskc:AlgorithmParameters/>"),
        ("Key", "<pskc:Key/>"),
        ("DeviceInfo", "<pskc:DeviceInfo/>"),
    ],
)
def test_a_package_in_which_something_comes_twice_is_ambiguous_S64(name: str, element: str) -> None:
    text = written(container(1, algorithm_suite="SHA1"))
    for begin in (f"<pskc:{name}>", f"<pskc:{name} "):
        text = text.replace(begin, element + begin)
    assert f"{name} comes twice" in refusal(text)


@pytest.mark.parametrize("name", ["SerialNo", "Secret", "TimeInterval"])
def test_a_serial_or_a_value_that_comes_twice_is_ambiguous_S64(name: str) -> None:
    text = written(container(1))
    begin, end = text.index(f"<pskc:{name}>"), text.index(f"</pskc:{name}>") + len(name) + 8
    assert f"{name} comes twice" in refusal(text[:end] + text[begin:end] + text[end:])


@pytest.mark.parametrize(
    ("of_the_first", "broken"),
    [
        ('Length="8"', 'Length="eight"'),
        ("<pskc:SerialNo>ft-1000", "<pskc:StartDate>soon</pskc:StartDate><pskc:SerialNo>ft-1000"),
        (
            "<pskc:Data>",
            "<pskc:Policy><pskc:ExpiryDate>2026-13-45</pskc:ExpiryDate></pskc:Policy><pskc:Data>",
        ),
        (
            "<pskc:TimeInterval>",
            "<pskc:Counter><pskc:PlainValue>x</pskc:PlainValue></pskc:Counter><pskc:TimeInterval>",
        ),
        ("<pskc:Key ", "<pskc:Other "),
    ],
)
def test_every_broken_package_is_named_with_its_row_and_serial_S18_S64(
    of_the_first: str, broken: str
) -> None:
    text = written(container(4))
    first = text.index("<pskc:KeyPackage>", text.index("<pskc:KeyPackage>") + 1)
    text = text[:first].replace(of_the_first, broken, 1) + text[first:]
    if "<pskc:Other " in text:
        text = text.replace("</pskc:Key>", "</pskc:Other>", 1)
    last = text.rindex('Length="8"')
    text = text[:last] + 'Length="9x"' + text[last + 10 :]
    tokens, reasons = read(text)
    assert [token.serial for token in tokens] == ["FT-1001", "FT-1002"]
    assert [(one.row, one.serial) for one in reasons] == [(1, "FT-1000"), (4, "FT-1003")]


PSKC_NS = PROFILE[:-1]


@pytest.mark.parametrize(
    "text",
    [
        f'<KeyContainer Version="1.0" xmlns="{PSKC_NS}:1.0"/>',
        '<KeyContainer version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:container:1.0"/>',
        '<SecretContainer xmlns="urn:ietf:params:xml:schema:keyprov:container:1.0"/>',
        f'<KeyContainer Version="1.0" xmlns="{PSKC_NS}"><Device><Key/></Device></KeyContainer>',
        f'<KeyContainer Version="1.0" xmlns="{PSKC_NS}"><DigestMethod/></KeyContainer>',
        f'<KeyContainer xmlns="{PSKC_NS}"><MACAlgorithm>x</MACAlgorithm></KeyContainer>',
        f'<KeyContainer xmlns="{PSKC_NS}"><KeyPackage><Key KeyId="1"/></KeyPackage></KeyContainer>',
        f'<KeyContainer xmlns="{PSKC_NS}"><KeyPackage><Secret/></KeyPackage></KeyContainer>',
        f'<KeyContainer xmlns="{PSKC_NS}"><KeyPackage><DeviceId/></KeyPackage></KeyContainer>',
    ],
)
def test_a_draft_of_the_format_is_called_one_S64(text: str) -> None:
    assert refusal(text, plain=False) == "this is a draft of the format, not RFC 6030"


def test_nothing_beside_the_packages_is_passed_over_S64() -> None:
    text = written(container(2))
    begin = text.rindex("<pskc:KeyPackage>")
    foreign = text[:begin] + text[begin:].replace("pskc:KeyPackage>", "x:KeyPackage>")
    foreign = foreign.replace("<pskc:KeyContainer ", '<pskc:KeyContainer xmlns:x="urn:x" ')
    assert "neither a package nor a header" in refusal(foreign)
    signed = text.replace(
        "</pskc:KeyContainer>",
        '<s:Signature xmlns:s="http://www.w3.org/2000/09/xmldsig#"/><pskc:Extensions/></pskc:KeyContainer>',
    )
    tokens, reasons = read(signed)
    assert (len(tokens), reasons) == (2, [])


def test_a_header_that_comes_twice_is_ambiguous_S64() -> None:
    text = written(under_key(container(1)))
    begin, end = text.index("<pskc:MACMethod"), text.index("</pskc:MACMethod>") + 17
    assert "MACMethod comes twice" in refusal(
        text[:end] + text[begin:end] + text[end:], key=KEY.hex()
    )


def test_a_package_without_a_key_is_named_S64() -> None:
    text = re.sub(r"<pskc:Key .*?</pskc:Key>", "", written(container(2)), count=1, flags=re.S)
    _, [reason] = read(text)
    assert (reason.row, reason.serial, reason.text) == (1, "FT-1000", "there is no key in it")


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
