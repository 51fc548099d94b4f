"""Builds a holder's use cases of credentials from the settings."""

from functools import cache

from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.phones.store import PhoneStore
from keyfob.usecases.credentials.history import History
from keyfob.usecases.credentials.management import Management
from keyfob.usecases.proofing.activation import Activation
from keyfob.wiring.management import history_of, management_of
from keyfob.wiring.proofing import activation_of
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("credentials")


@cache
def credentials() -> CredentialStore:
    return CredentialStore(runtime().database)


@cache
def history() -> History:
    return history_of(runtime())


@cache
def activation() -> Activation:
    return activation_of(runtime())


@cache
def management() -> Management:
    return management_of(runtime())


@cache
def phones() -> PhoneStore:
    return PhoneStore(runtime().database)
