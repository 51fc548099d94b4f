"""Builds the use cases of documents from the settings."""

from functools import cache

from keyfob.usecases.orders.documents import OwnDocuments
from keyfob.usecases.orders.signed_orders import SigningOrders
from keyfob.wiring.documents import own_documents_of
from keyfob.wiring.runtime import Runtime
from keyfob.wiring.signed_orders import signing_orders_of


@cache
def runtime() -> Runtime:
    return Runtime("documents")


@cache
def own_documents() -> OwnDocuments:
    return own_documents_of(runtime())


@cache
def signing_orders() -> SigningOrders:
    return signing_orders_of(runtime())
