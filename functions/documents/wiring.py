"""Builds the use cases of documents from the settings."""

from functools import cache

from keyfob.usecases.administration.signed_orders import ColleaguesSignedOrders
from keyfob.usecases.orders.documents import OwnDocuments, OwnQuoteDocuments
from keyfob.usecases.orders.signed_orders import OwnSignedOrders
from keyfob.wiring.documents import own_documents_of, own_quote_documents_of
from keyfob.wiring.runtime import Runtime
from keyfob.wiring.signed_orders import colleagues_signed_orders_of, own_signed_orders_of


@cache
def runtime() -> Runtime:
    return Runtime("documents")


@cache
def own_documents() -> OwnDocuments:
    return own_documents_of(runtime())


@cache
def own_quote_documents() -> OwnQuoteDocuments:
    return own_quote_documents_of(runtime())


@cache
def own_signed_orders() -> OwnSignedOrders:
    return own_signed_orders_of(runtime())


@cache
def colleagues_signed_orders() -> ColleaguesSignedOrders:
    return colleagues_signed_orders_of(runtime())
