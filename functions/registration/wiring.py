"""Builds the registration of tokens from the settings."""

from functools import cache

from keyfob.storage.phones.store import PhoneStore
from keyfob.usecases.credentials.registration import Registration
from keyfob.wiring.registration import registration_of
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("registration")


@cache
def registration() -> Registration:
    return registration_of(runtime())


@cache
def phones() -> PhoneStore:
    return PhoneStore(runtime().database)
