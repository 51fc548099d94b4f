"""An account's own quotes, read and applied to orders (B3)."""

from __future__ import annotations

import re

from keyfob.domain.audit.entry import Actor
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.quote import Quote, at_quoted_prices
from keyfob.storage.orders.quotes import QuoteStore
from keyfob.usecases.audit.foreign_ids import ForeignIds

_NUMBER = re.compile(r"QU-[0-9]{1,12}", re.ASCII)


class Quotes:
    """An account's own quotes."""

    def __init__(self, quotes: QuoteStore, foreign: ForeignIds) -> None:
        self._quotes = quotes
        self._foreign = foreign

    def get(self, by: Actor, number: str) -> Quote:
        """This account's quote; a request for another account's is audited.

        Raises:
            NotFound: unknown, or somebody else's (S23).
        """
        quote = self._quotes.get(number)
        if quote is None or quote.account != by.account:
            raise self._foreign.refused(
                "quote", number, _NUMBER, otherwise="no quote number", by=by
            )
        return quote

    def applied(self, by: Actor, number: str, order: Order) -> Order:
        """The order at the prices of this quote.

        Raises:
            NotFound: unknown, or somebody else's. QuoteExpired. QuoteDiffers.
        """
        return at_quoted_prices(order, self.get(by, number))
