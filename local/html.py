"""Renders the local stage's own pages: self-contained, every value encoded."""

from __future__ import annotations

from datetime import UTC, datetime

from jinja2 import Environment, PackageLoader, StrictUndefined
from werkzeug import Response

# Pages show strangers' content (mails, order lines): no script, no foreign resource may run.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _money(minor: int, currency: str) -> str:
    """Every currency of the stage has two decimals."""
    return f"{minor / 100:,.2f} {currency.upper()}"


def _day(at: int) -> str:
    """The day of a Unix time."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}"


_pages = Environment(
    loader=PackageLoader("local", "pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_pages.filters |= {"day": _day, "moment": _moment, "money": _money}


def render(template: str, **values: object) -> str:
    """The text of `template` with `values`, every one encoded."""
    return _pages.get_template(template).render(**values)


def page(template: str, *, status: int = 200, **values: object) -> Response:
    """The answer that shows `template` with `values`."""
    headers = {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"}
    return Response(
        render(template, **values),
        status=status,
        headers=headers,
        content_type="text/html; charset=utf-8",
    )
