"""Builds administrators' use cases for holders from the settings."""

from functools import cache

from keyfob.storage.phones.store import PhoneStore
from keyfob.usecases.administration.accounts import HolderAccounts
from keyfob.usecases.administration.credentials import HolderCredentials
from keyfob.wiring.administration import holder_accounts_of, holder_credentials_of
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("administration")


@cache
def credentials() -> HolderCredentials:
    return holder_credentials_of(runtime())


@cache
def accounts() -> HolderAccounts:
    return holder_accounts_of(runtime())


@cache
def phones() -> PhoneStore:
    return PhoneStore(runtime().database)
