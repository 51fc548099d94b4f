"""Builds the settlement of payments from the settings."""

from functools import cache

from keyfob.usecases.orders.payments import Payments
from keyfob.wiring.orders import payments_of
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("payment_worker")


@cache
def payments() -> Payments:
    return payments_of(runtime())
