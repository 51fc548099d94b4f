"""Builds the freezing of accounts from the settings."""

from functools import cache

from keyfob.usecases.holds.freezing import Freezing
from keyfob.wiring.holds import freezing_of
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("freezes")


@cache
def freezing() -> Freezing:
    return freezing_of(runtime())
