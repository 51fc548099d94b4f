"""Builds the use cases of applications and statements from the settings."""

from functools import cache

from keyfob.usecases.access.applications import Applications
from keyfob.usecases.statements.issuing import Issuing
from keyfob.usecases.statements.signing import Signing
from keyfob.wiring.runtime import Runtime
from keyfob.wiring.statements import applications_of, issuing_of, signing_of


@cache
def runtime() -> Runtime:
    return Runtime("statements")


@cache
def applications() -> Applications:
    return applications_of(runtime())


@cache
def signing() -> Signing:
    return signing_of(runtime())


@cache
def issuing() -> Issuing:
    return issuing_of(runtime(), signing())
