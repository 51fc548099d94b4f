"""Builds the redemption of license keys from the settings."""

from functools import cache

from keyfob.usecases.credentials.redemption import Redemption
from keyfob.wiring.redemption import redemption_of
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("redemption")


@cache
def redemption() -> Redemption:
    return redemption_of(runtime())
