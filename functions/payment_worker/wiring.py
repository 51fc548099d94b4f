"""Builds the settlement of payments from the settings."""

from functools import cache

from keyfob.orders.assembly import payments_of
from keyfob.orders.payments import Payments
from keyfob.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("payment_worker", "orders", "outbox", "audit")


@cache
def payments() -> Payments:
    return payments_of(runtime())
