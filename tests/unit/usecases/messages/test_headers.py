"""Typed text in the headers of mails, as readers parse it back (S51)."""

from __future__ import annotations

import email
import email.policy
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import getaddresses

import pytest

from keyfob.usecases.messages.headers import mail_policy

ADA = "ada@acme.example"
LONGEST_LINE = 78  # RFC 5322, section 2.1.1
# Each grows over every end of a line. CPython's own writer loses the quotes of a name that it
# folds (issue 80222): a comma in it then separates two addresses.
NAMES = [
    "{}, Ada",
    "{}, eve@example.com",
    "Ada {}, Eve <eve@example.com>",
    'Ada{}" <eve@example.com>, "',
    "({}),;:\\<>[]",
    "Ольга {}, eve@example.com",
    "Ольга Ладыженская{}",
    "=?utf-8?q?{}=2C_eve=40example.com?=",
    "=?utf-8?q?eve=40example.com=2C?= {}",
    "Ada \x00\x1b {}",
]


def sent(header: str, value: Address | str) -> bytes:
    mime = EmailMessage(policy=mail_policy())
    mime[header] = value
    return mime.as_bytes()


def read(raw: bytes, header: str) -> tuple[str, str]:
    """The name and the address of the header's one mailbox, as two readers agree on them."""
    strict = email.message_from_bytes(raw, policy=email.policy.default)
    plain = email.message_from_bytes(raw, policy=email.policy.compat32)
    (one,) = strict[header].addresses
    ((name, place),) = getaddresses([plain[header]])
    assert place == one.addr_spec
    # CPython's strict reader adds a space between two encoded words (RFC 2047, section 6.2).
    return str(make_header(decode_header(name))), place


@pytest.mark.parametrize("header", ["To", "From"])
@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_any_length_arrives_as_written_with_one_address_S51(
    name: str, header: str
) -> None:
    for length in range(160):
        written = name.format("x" * length).strip()
        raw = sent(header, Address(display_name=written, addr_spec=ADA))
        assert read(raw, header) == (written, ADA)
        lines = raw.decode("ascii").split("\n")
        assert max(map(len, lines)) <= LONGEST_LINE
        assert all(map(str.isprintable, lines))


def test_a_simple_name_stays_readable() -> None:
    assert sent("To", Address("Ada Byron", addr_spec=ADA)) == f"To: Ada Byron <{ADA}>\n\n".encode()
    quoted = f'To: "Byron, Ada" <{ADA}>\n\n'.encode()
    assert sent("To", Address("Byron, Ada", addr_spec=ADA)) == quoted


@pytest.mark.parametrize("name", ["Ada", "x" * 150, "Ольга"])
def test_a_long_address_stands_whole_after_any_name(name: str) -> None:
    address = f"{'a' * 64}@{'b' * 60}.example"
    raw = sent("To", Address(display_name=name, addr_spec=address))
    assert read(raw, "To") == (name, address)


# Typed text in a subject is a user id or a number: it has no encoded word.
@pytest.mark.parametrize("text", ["{}", "Order {} is confirmed", "Ihr Zugang läuft ab, {} Ω"])
def test_a_subject_of_any_length_arrives_as_written_S51(text: str) -> None:
    for length in range(160):
        written = text.format("x" * length).strip() or "x"
        raw = sent("Subject", written)
        parsed = email.message_from_bytes(raw, policy=email.policy.default)
        assert parsed["Subject"] == written
        assert max(map(len, raw.splitlines())) <= LONGEST_LINE
