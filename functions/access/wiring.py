"""Builds terms, access and subscriptions from the settings."""

from functools import cache

from keyfob.usecases.access.accesses import Accesses
from keyfob.usecases.access.ending import Subscriptions
from keyfob.usecases.access.terms import AcceptedTerms
from keyfob.wiring.access import accesses_of, subscriptions_of
from keyfob.wiring.runtime import Runtime
from keyfob.wiring.terms import accepted_terms_of


@cache
def runtime() -> Runtime:
    return Runtime("access")


@cache
def accesses() -> Accesses:
    return accesses_of(runtime())


@cache
def subscriptions() -> Subscriptions:
    return subscriptions_of(runtime())


@cache
def terms() -> AcceptedTerms:
    return accepted_terms_of(runtime())
