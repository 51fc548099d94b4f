"""Makes quotes: priced carts that an order can be placed at, before the purchase order (B3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.directory.account import Account
from keyfob.domain.limits import Quota, a_day
from keyfob.domain.orders.quote import Quote, quote_of
from keyfob.domain.policy import Policy
from keyfob.storage.directory.store import Directory
from keyfob.storage.limits import Limits
from keyfob.storage.orders import quotes as rows
from keyfob.storage.orders.quotes import QuoteStore
from keyfob.storage.orders.sales_terms import SalesTermsStore
from keyfob.storage.transaction import Transactions
from keyfob.usecases.orders.holders import Holders
from keyfob.usecases.orders.pricing import NO_HOLDERS, Cart, Pricing, require_payable


class NamedHolders:
    """The accounts that a cart's items are for."""

    def __init__(self, directory: Directory, holders: Holders) -> None:
        self._directory = directory
        self._holders = holders

    def of(self, cart: Cart, by: Actor) -> tuple[Cart, Mapping[str, Account]]:
        """The cart whose items name their holders by the accounts' ids, and these accounts.

        Raises:
            NotFound: an item is for no account of the purchaser's organization (S23).
        """
        asked = [item.holder for item in cart.items if item.holder]
        purchaser = self._directory.account(by.account) if asked else None
        if purchaser is None:
            return cart, NO_HOLDERS
        named = self._holders.named(purchaser.organization, asked, by)
        items = (
            replace(item, holder=named[item.holder].id if item.holder else None)
            for item in cart.items
        )
        accounts = {account.id: account for account in named.values()}
        return replace(cart, items=tuple(items)), accounts


class Quoting:
    """Makes quotes, so many a day for each account (S62)."""

    def __init__(
        self,
        *,
        pricing: Pricing,
        named: NamedHolders,
        quotes: QuoteStore,
        terms: SalesTermsStore,
        limits: Limits,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._pricing = pricing
        self._named = named
        self._quotes = quotes
        self._terms = terms
        self._limits = limits
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def quote(self, by: Actor, cart: Cart) -> Quote:
        """Price the cart and keep that; nothing is reserved, and no disclaimer accepted.

        Raises:
            TooManyTries: the account has had as many today as the policy allows.
            InvalidInput, NotFound, NoFittingApplication, AmountNotPayable: as for an order.
        """
        limit = a_day("quotes", self._policy.quotes_a_day)
        with self._limits.request([Quota(limit=limit, subject=by.account)], self._clock()):
            now = in_seconds(self._clock)
            disclaimer = self._terms.disclaimer(cart.partner)
            wanted, holders = self._named.of(cart, by)
            asked = replace(
                wanted,
                disclaimer_accepted=True,
                disclaimer_version=disclaimer.version if disclaimer else "",
            )
            priced = self._pricing.priced(by.account, asked, now, holders)
            require_payable(priced)
            quote = quote_of(priced, self._quotes.next_number(), self._policy)
            entry = Entry(
                action="quote.made",
                actor=by,
                at=now,
                facts={
                    "quote": quote.number,
                    "total": quote.total,
                    "currency": quote.currency,
                    "partner": quote.partner,
                },
            )
            self._transactions.commit(rows.put(quote), audit=[entry])
        return quote
