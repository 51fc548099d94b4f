"""Quotes: `QUOTE#<number>` in the `orders` table, gone some days after they ended (TTL)."""

from __future__ import annotations

from datetime import datetime, timedelta

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from keyfob.domain import due_index as index
from keyfob.domain.orders.quote import Quote
from keyfob.storage.database import Database
from keyfob.storage.orders.order_row import line_of, line_row
from keyfob.storage.orders.store import SequenceRow
from keyfob.storage.rows import Put, Row

_SK = "-"
_FIRST_NUMBER = 10_000
# An expired quote still says so.
_KEPT = timedelta(days=30)


class QuoteRow(Row):
    """`QUOTE#<number>`; it never changes."""

    class Meta:
        table_name = "orders"

    account = UnicodeAttribute()
    organization = UnicodeAttribute()
    partner = UnicodeAttribute()
    lines = JSONAttribute()
    currency = UnicodeAttribute()
    country = UnicodeAttribute()
    vat_id = UnicodeAttribute(null=True)
    tax_note = UnicodeAttribute(null=True)
    made_at = UnicodeAttribute()
    until = UnicodeAttribute()
    expires = NumberAttribute()


class QuoteStore:
    """Reads quotes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, number: str) -> Quote | None:
        """The quote with this number, strongly consistent."""
        row = self._database.get(QuoteRow, f"QUOTE#{number}", _SK)
        return _quote(number, row) if row else None

    def next_number(self) -> str:
        """A number that no quote has had."""
        last = (SequenceRow.last | _FIRST_NUMBER) + 1
        update = SequenceRow("SEQUENCE#quotes", _SK).get_update_kwargs_from_instance(
            actions=[SequenceRow.last.set(last)]
        )
        return f"QU-{self._database.update_returning(update, 'last')}"


def put(quote: Quote) -> Put:
    """The write that keeps a quote."""
    row = QuoteRow(
        f"QUOTE#{quote.number}",
        _SK,
        account=quote.account,
        organization=quote.organization,
        partner=quote.partner,
        lines=[line_row(line) for line in quote.lines],
        currency=quote.currency,
        country=quote.country,
        vat_id=quote.vat_id or None,
        tax_note=quote.tax_note or None,
        made_at=index.instant(quote.made_at),
        until=index.instant(quote.until),
        expires=int((quote.until + _KEPT).timestamp()),
    )
    return Put(row=row)


def _quote(number: str, row: QuoteRow) -> Quote:
    return Quote(
        number=number,
        account=row.account,
        organization=row.organization,
        partner=row.partner,
        lines=tuple(map(line_of, row.lines)),
        currency=row.currency,
        country=row.country,
        vat_id=row.vat_id or "",
        tax_note=row.tax_note or "",
        made_at=datetime.fromisoformat(row.made_at),
        until=datetime.fromisoformat(row.until),
    )
