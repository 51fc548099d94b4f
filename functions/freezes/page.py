"""The small pages behind a mailed or texted link that freezes an account (S54). Pure.

They need no script and load nothing: a page that stops a takeover must work everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from html import escape

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    # The address holds the secret.
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


class Page(StrEnum):
    """The pages."""

    QUESTION = "question"
    FROZEN = "frozen"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    title: str
    text: str
    button: str = ""


_ENGLISH = {
    Page.QUESTION: _Words(
        title="Freeze the account?",
        text="The credential, the connection or the last device of this account was ended with "
        "the password alone. If that wasn't you, freeze the account: every session ends, and "
        "nobody can sign in until {support} has thawed it.",
        button="Freeze the account",
    ),
    Page.FROZEN: _Words(
        title="The account is frozen",
        text="Every session has ended, and nobody can sign in. Write to {support} to have the "
        "account thawed.",
    ),
    Page.UNKNOWN: _Words(
        title="This link can't be used",
        text="It is too old, or not complete. If something is wrong with the account, write to "
        "{support}.",
    ),
}
_GERMAN = {
    Page.QUESTION: _Words(
        title="Konto sperren?",
        text="Der Zugang, die Verbindung oder das letzte Gerät dieses Kontos wurde allein mit dem "
        "Passwort beendet. Wenn Sie das nicht waren, sperren Sie das Konto: Alle Sitzungen enden, "
        "und niemand kann sich anmelden, bis {support} es wieder freigibt.",
        button="Konto sperren",
    ),
    Page.FROZEN: _Words(
        title="Das Konto ist gesperrt",
        text="Alle Sitzungen sind beendet, und niemand kann sich anmelden. Schreiben Sie an "
        "{support}, damit das Konto wieder freigegeben wird.",
    ),
    Page.UNKNOWN: _Words(
        title="Dieser Link gilt nicht",
        text="Er ist zu alt oder unvollständig. Wenn mit dem Konto etwas nicht stimmt, schreiben "
        "Sie an {support}.",
    ),
}
_LANGUAGES = {"en": _ENGLISH, "de": _GERMAN}


def html_of(page: Page, language: str, support: str) -> str:
    """The page as HTML; `language` as in BCP 47, English if unknown; `support` is the contact."""
    known = language[:2].lower() if language[:2].lower() in _LANGUAGES else "en"
    words = _LANGUAGES[known][page]
    text = escape(words.text.format(support=support))
    # Without an action a form is sent to the address of its page.
    button = f'<form method="post"><button>{escape(words.button)}</button></form>'
    return (
        f'<!doctype html><html lang="{known}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(words.title)}</title><style>"
        "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem}"
        "button{font:inherit;padding:.6rem 1.2rem;background:#a40000;color:#fff;border:0}"
        "</style></head><body>"
        f"<main><h1>{escape(words.title)}</h1><p>{text}</p>{button if words.button else ''}</main>"
        "</body></html>"
    )
