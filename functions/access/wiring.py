"""Builds terms, access and subscriptions from the settings."""

from functools import cache

from keyfob.usecases.access.terms import AcceptedTerms
from keyfob.wiring.access import accepted_terms_of
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("access")


@cache
def terms() -> AcceptedTerms:
    return accepted_terms_of(runtime())
