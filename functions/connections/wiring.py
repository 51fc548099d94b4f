"""Builds the connecting of accounts from the settings."""

from functools import cache

from keyfob.usecases.connections.connecting import Connecting
from keyfob.wiring.connections import connecting_of
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("connections")


@cache
def connecting() -> Connecting:
    return connecting_of(runtime())
