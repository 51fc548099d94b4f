"""Builds what the clock does to orders from the settings."""

from functools import cache

from keyfob.orders.assembly import payments_of
from keyfob.orders.payments import Payments
from keyfob.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("lifecycle_worker", "orders", "outbox", "audit")


@cache
def payments() -> Payments:
    return payments_of(runtime())
