"""Builds the check of uploaded purchase orders from the settings."""

from functools import cache

from keyfob.usecases.orders.checking_signed import CheckingSigned
from keyfob.wiring.runtime import Runtime
from keyfob.wiring.signed_orders import checking_signed_of


@cache
def runtime() -> Runtime:
    return Runtime("purchase_orders")


@cache
def checking() -> CheckingSigned:
    return checking_signed_of(runtime())
