"""Builds the registering of organizations from the settings."""

from functools import cache

from keyfob.usecases.registrations.registering import Registering
from keyfob.wiring.registrations import registering_of
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("registrations")


@cache
def registering() -> Registering:
    return registering_of(runtime())
