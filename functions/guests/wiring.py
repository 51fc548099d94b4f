"""Builds the use cases of guests from the settings."""

from functools import cache

from keyfob.usecases.orders.documents import GuestDocuments
from keyfob.usecases.orders.guest_orders import GuestOrders
from keyfob.usecases.orders.resending import Resending
from keyfob.wiring.documents import guest_documents_of
from keyfob.wiring.guests import guest_orders_of
from keyfob.wiring.orders import resending_of
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("guests")


@cache
def guest_orders() -> GuestOrders:
    return guest_orders_of(runtime())


@cache
def resending() -> Resending:
    return resending_of(runtime())


@cache
def documents() -> GuestDocuments:
    return guest_documents_of(runtime())
