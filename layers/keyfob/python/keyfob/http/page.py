"""The small pages behind mailed and texted links. Pure.

They need no script and load nothing: a page that stops a takeover must work everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    # The address holds the secret.
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The words of a page; `{support}` is the contact. With a `button` it is a form."""

    title: str
    text: str
    button: str = ""


def answer(
    pages: Mapping[str, Page], language: str, support: str, status: HTTPStatus = HTTPStatus.OK
) -> Response[str]:
    """The page in this language (BCP 47), in English if it doesn't exist in it."""
    return Response(
        status_code=int(status),
        content_type="text/html; charset=utf-8",
        body=html_of(pages, language, support),
        headers=dict(HEADERS),
    )


def html_of(pages: Mapping[str, Page], language: str, support: str) -> str:
    """The page as HTML, by languages; `support` is the contact."""
    known = language[:2].lower() if language[:2].lower() in pages else "en"
    page = pages[known]
    text = escape(page.text.format(support=support))
    # Without an action a form is sent to the address of its page.
    button = f'<form method="post"><button>{escape(page.button)}</button></form>'
    return (
        f'<!doctype html><html lang="{known}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(page.title)}</title><style>"
        "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem}"
        "button{font:inherit;padding:.6rem 1.2rem;background:#a40000;color:#fff;border:0}"
        "</style></head><body>"
        f"<main><h1>{escape(page.title)}</h1><p>{text}</p>{button if page.button else ''}</main>"
        "</body></html>"
    )
