"""Builds the verification of codes from the settings."""

from collections.abc import Callable, Sequence
from functools import cache

from keyfob.usecases.credentials.verification import Verification
from keyfob.wiring.front import front_of
from keyfob.wiring.runtime import Runtime
from keyfob.wiring.verification import verification_of


@cache
def runtime() -> Runtime:
    return Runtime("elevation")


@cache
def verification() -> Verification:
    return verification_of(runtime())


@cache
def front() -> Callable[[], Sequence[str]]:
    return front_of(runtime())
