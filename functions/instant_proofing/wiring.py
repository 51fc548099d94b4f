"""Builds the asking of the credit bureau from the settings."""

from functools import cache

from keyfob.storage.credentials.store import CredentialStore
from keyfob.usecases.proofing.asking import Asking
from keyfob.usecases.proofing.lettering import Lettering
from keyfob.wiring.instant_proofing import asking_of, lettering_of
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("instant_proofing")


@cache
def asking() -> Asking:
    return asking_of(runtime())


@cache
def lettering() -> Lettering:
    return lettering_of(runtime())


@cache
def credentials() -> CredentialStore:
    return CredentialStore(runtime().database)
