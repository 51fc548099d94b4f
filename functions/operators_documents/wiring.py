"""Builds operators' use cases of documents from the settings."""

from functools import cache

from keyfob.usecases.orders.documents import OperatorsDocuments
from keyfob.usecases.orders.signed_orders import OperatorsSignedOrders
from keyfob.wiring.documents import operators_documents_of
from keyfob.wiring.runtime import Runtime
from keyfob.wiring.signed_orders import operators_signed_orders_of


@cache
def runtime() -> Runtime:
    return Runtime("operators_documents")


@cache
def documents() -> OperatorsDocuments:
    return operators_documents_of(runtime())


@cache
def signed_orders() -> OperatorsSignedOrders:
    return operators_signed_orders_of(runtime())
