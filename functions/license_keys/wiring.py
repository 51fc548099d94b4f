"""Builds the use cases for license keys from the settings."""

from functools import cache

from keyfob.usecases.administration.license_keys import BoughtKeys
from keyfob.usecases.orders.resending import OwnKeys
from keyfob.wiring.administration import bought_keys_of
from keyfob.wiring.orders import own_keys_of
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("license_keys")


@cache
def bought_keys() -> BoughtKeys:
    return bought_keys_of(runtime())


@cache
def own_keys() -> OwnKeys:
    return own_keys_of(runtime())
