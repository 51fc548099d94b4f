"""Quotes keep prices for an order, before there is a purchase order (B3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from keyfob.domain.directory.account import Account
from keyfob.domain.errors import DomainError, NotFound, TooManyTries
from keyfob.domain.orders.errors import NoFittingApplication, QuoteDiffers, QuoteExpired
from keyfob.domain.orders.order import State
from keyfob.domain.orders.payment_method import PaymentMethod
from keyfob.domain.orders.quote import Quote
from keyfob.domain.policy import Policy
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.orders.order_row import OrderRow
from keyfob.usecases.orders.quotes import Quotes
from keyfob.usecases.orders.quoting import Quoting
from keyfob.wiring.placing import quotes_of, quoting_of
from tests.support.builders import ADDRESS, a_cart, a_product
from tests.support.carts import items
from tests.support.fakes import START
from tests.support.order_world import OPERATOR, OrderWorld, actor

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
MOST = 3


@pytest.fixture
def policy() -> Policy:
    return Policy(quotes_a_day=MOST)


@pytest.fixture
def ada(order_world: OrderWorld) -> Account:
    return order_world.person()


@pytest.fixture
def quoting(order_world: OrderWorld) -> Quoting:
    return quoting_of(order_world.base)


@pytest.fixture
def quotes(order_world: OrderWorld) -> Quotes:
    return quotes_of(order_world.base)


@pytest.fixture
def quote(quoting: Quoting, ada: Account) -> Quote:
    return quoting.quote(actor(ada), a_cart(disclaimer_accepted=False))


def dearer(order_world: OrderWorld) -> None:
    product = a_product(price=9_900, tax_rate=1_900, name="Hardware token, improved")
    order_world.seed.products([product], by=replace(OPERATOR, reason="New prices"))


def test_a_quote_has_todays_prices_and_taxes_for_thirty_days_B3(
    quote: Quote, quotes: Quotes, ada: Account
) -> None:
    assert quote.number == "QU-10001"
    assert (quote.net, quote.tax, quote.total, quote.currency) == (17_000, 1_403, 18_403, "USD")
    assert (quote.made_at, quote.until) == (START, START + 30 * DAY)
    assert quotes.get(actor(ada), quote.number) == quote


def test_a_quote_is_no_order_and_leaves_an_entry_B3(quote: Quote, order_world: OrderWorld) -> None:
    kept = [item["pk"]["S"] for item in order_world.database.scan(OrderRow)]
    assert not any(one.startswith(("ORDER#", "OPEN#")) for one in kept)
    assert order_world.queued() == []
    entries = [AuditRow.from_raw_data(one) for one in order_world.database.scan(AuditRow)]
    [made] = [one for one in entries if one.action == "quote.made"]
    assert (made.facts["quote"], made.facts["total"]) == (quote.number, quote.total)


@pytest.mark.parametrize("method", PaymentMethod)
def test_an_order_has_the_quoted_prices_whatever_the_catalog_says_now_B3(
    method: PaymentMethod, quote: Quote, order_world: OrderWorld, ada: Account
) -> None:
    dearer(order_world)
    order = order_world.order(ada, quote=quote.number, method=method)
    assert (order.net, order.tax, order.total) == (quote.net, quote.tax, quote.total)
    assert order.lines == quote.lines
    today = order_world.order(ada)
    assert today.net == 2 * 9_900
    if method is PaymentMethod.INVOICE:
        assert order_world.pay_invoice(order).state is State.FULFILLED


def test_a_quote_is_good_until_its_second_B3(
    quote: Quote, order_world: OrderWorld, ada: Account
) -> None:
    order_world.clock.now = quote.until - SECOND
    assert order_world.order(ada, quote=quote.number).total == quote.total
    order_world.clock.now = quote.until
    with pytest.raises(QuoteExpired):
        order_world.order(ada, quote=quote.number)


@pytest.mark.parametrize(
    "changes",
    [
        {"items": items(hardware_token=3)},
        {"items": items(hardware_token=1)},
        {"items": items(phone=2)},
        {"items": items(hardware_token=2, phone=1)},
        {"billing": replace(ADDRESS, country="DE")},
    ],
)
def test_a_quote_is_for_what_was_quoted_alone_B3(
    changes: dict[str, Any], quote: Quote, order_world: OrderWorld, ada: Account
) -> None:
    with pytest.raises(QuoteDiffers) as refusal:
        order_world.order(ada, quote=quote.number, **changes)
    assert list(refusal.value.fields) == ["quote"]


def test_somebody_elses_quote_is_unknown_S23(
    quote: Quote, quotes: Quotes, order_world: OrderWorld
) -> None:
    eve = order_world.person()
    for number in (quote.number, "QU-99999", "nonsense"):
        with pytest.raises(NotFound):
            quotes.get(actor(eve), number)
    with pytest.raises(NotFound):
        order_world.order(eve, quote=quote.number)


def test_an_account_has_so_many_quotes_a_day_S62(
    quoting: Quoting, order_world: OrderWorld, ada: Account
) -> None:
    for _ in range(MOST):
        quoting.quote(actor(ada), a_cart())
    with pytest.raises(TooManyTries):
        quoting.quote(actor(ada), a_cart())
    order_world.clock.advance(days=1)
    assert quoting.quote(actor(ada), a_cart()).number


def test_what_cant_be_bought_isnt_quoted_B2(quoting: Quoting, order_world: OrderWorld) -> None:
    stranger = order_world.person(applications=())
    with pytest.raises(NoFittingApplication):
        quoting.quote(actor(stranger), a_cart())
    with pytest.raises(DomainError):
        quoting.quote(actor(stranger), a_cart(items=()))
