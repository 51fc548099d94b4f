"""Builds the webstore's use cases from the settings."""

from functools import cache

from keyfob.storage.directory.store import Directory
from keyfob.storage.orders.store import OrderStore
from keyfob.usecases.orders.offering import Offering
from keyfob.usecases.orders.placing import Placing
from keyfob.usecases.orders.pricing import Pricing
from keyfob.usecases.orders.quotes import Quotes
from keyfob.usecases.orders.quoting import Quoting
from keyfob.usecases.orders.sales_terms import SalesTerms
from keyfob.wiring.placing import (
    offering_of,
    placing_of,
    pricing_of,
    quotes_of,
    quoting_of,
    sales_terms_of,
)
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("webstore")


@cache
def directory() -> Directory:
    return Directory(runtime().database)


@cache
def orders() -> OrderStore:
    return OrderStore(runtime().database)


@cache
def pricing() -> Pricing:
    return pricing_of(runtime())


@cache
def offering() -> Offering:
    return offering_of(runtime())


@cache
def sales_terms() -> SalesTerms:
    return sales_terms_of(runtime())


@cache
def quotes() -> Quotes:
    return quotes_of(runtime())


@cache
def quoting() -> Quoting:
    return quoting_of(runtime())


@cache
def placing() -> Placing:
    return placing_of(runtime())
