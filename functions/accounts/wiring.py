"""Builds administrators' use cases of accounts from the settings."""

from functools import cache

from keyfob.usecases.directory.assigning_roles import AssigningRoles
from keyfob.usecases.directory.changing import Changing
from keyfob.usecases.directory.creating import Creating
from keyfob.usecases.directory.deactivating import Deactivating
from keyfob.usecases.directory.exporting import Exporting
from keyfob.usecases.directory.finding import Finding
from keyfob.usecases.directory.showing import Showing
from keyfob.wiring.accounts import (
    assigning_roles_of,
    changing_of,
    creating_of,
    deactivating_of,
    exporting_of,
    finding_of,
    showing_of,
)
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("accounts")


@cache
def creating() -> Creating:
    return creating_of(runtime())


@cache
def showing() -> Showing:
    return showing_of(runtime())


@cache
def changing() -> Changing:
    return changing_of(runtime())


@cache
def assigning_roles() -> AssigningRoles:
    return assigning_roles_of(runtime())


@cache
def deactivating() -> Deactivating:
    return deactivating_of(runtime())


@cache
def finding() -> Finding:
    return finding_of(runtime())


@cache
def exporting() -> Exporting:
    return exporting_of(runtime())
