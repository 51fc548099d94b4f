"""E-mail addresses that the sender takes (S65)."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from keyfob.domain.directory.mailbox import normalized_email


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("ada@acme.example", "ada@acme.example"),
        ("Ada.Byron+otp@Acme.EXAMPLE", "Ada.Byron+otp@acme.example"),
        (" \ufeffada@acme.example\r\n", "ada@acme.example"),
        ("o'brien!#$%&*/=?^_`{|}~-@a-b.example", "o'brien!#$%&*/=?^_`{|}~-@a-b.example"),
        ("ada@m\u00fcnchen.example", "ada@xn--mnchen-3ya.example"),
        ("ada@M\u00dcNCHEN.example", "ada@xn--mnchen-3ya.example"),
        ("ada@mu\u0308nchen.example", "ada@xn--mnchen-3ya.example"),
        ("ada@stra\u00dfe.example", "ada@xn--strae-oqa.example"),
        ("ada@\u4f8b\u3048.\u30c6\u30b9\u30c8", "ada@xn--r8jz45g.xn--zckzah"),
        ("ada@\u4f8b\u3048\u3002jp", "ada@xn--r8jz45g.jp"),
        ("ada@xn--mnchen-3ya.example", "ada@xn--mnchen-3ya.example"),
        ("ada@a1--b.example", "ada@a1--b.example"),
        ("a" * 64 + "@acme.example", "a" * 64 + "@acme.example"),
        ("a@" + "b" * 63 + ".example", "a@" + "b" * 63 + ".example"),
    ],
)
def test_an_address_is_taken_with_its_domain_as_the_mail_system_writes_it_S65(
    typed: str, address: str
) -> None:
    assert normalized_email(typed) == address
    assert normalized_email(address) == address
    mail = EmailMessage()
    mail["To"] = address
    [to] = mail["To"].addresses
    assert (f"{to.username}@{to.domain}", mail["To"].defects) == (address, ())


LONG = ".".join(["b" * 61] * 4)

NO_ADDRESS = {
    "empty": "",
    "no at": "nobody",
    "no local part": "@acme.example",
    "no domain": "ada@",
    "two ats": "ada@byron@acme.example",
    "a name": "Ada <ada@acme.example>",
    "two addresses": "ada@acme.example, eve@acme.example",
    "a link": "mailto:ada@acme.example",
    "a blank inside": "ada byron@acme.example",
    "a break": "ada@acme.example\nBcc: eve@acme.example",
    "quoted": '"ada byron"@acme.example',
    "a comment": "ada(work)@acme.example",
    "dot first": ".ada@acme.example",
    "dot last": "ada.@acme.example",
    "two dots": "ada..byron@acme.example",
    "international local part": "ad\u00e4@acme.example",
    "Cyrillic a": "\u0430da@acme.example",
    "invisible inside": "ada\u200b@acme.example",
    "direction": "\u202eada@acme.example",
    "local part of 65": "a" * 65 + "@acme.example",
    "more than 254": f"{'a' * 7}@{LONG}",
    "one label": "ada@localhost",
    "address literal": "ada@[192.0.2.1]",
    "a network address": "ada@192.0.2.10",
    "underscore in the domain": "ada@ac_me.example",
    "hyphen first": "ada@-acme.example",
    "hyphen last": "ada@acme-.example",
    "empty label": "ada@acme..example",
    "dot at the end": "ada@acme.example.",
    "label of 64": "ada@" + "b" * 64 + ".example",
    "top level of one": "ada@acme.e",
    "symbol in the domain": "ada@\u2603.example",
    "mixed direction": "ada@\u05d0a.example",
    "NUL": "ada\x00@acme.example",
    "surrogate": "ada@acme\ud800.example",
    "wide Punycode too long": "ada@" + "\u00fc" * 62 + ".example",
}


@pytest.mark.parametrize("typed", NO_ADDRESS.values(), ids=NO_ADDRESS)
def test_what_the_sender_cant_take_is_none_S65(typed: str) -> None:
    assert normalized_email(typed) is None


def test_the_longest_address_has_254_characters_S65() -> None:
    longest = f"{'a' * 6}@{LONG}"
    assert len(longest) == 254
    assert normalized_email(longest) == longest
