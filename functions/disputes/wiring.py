"""Builds the disputes of proofings from the settings."""

from functools import cache

from keyfob.usecases.proofing.disputing import Disputing
from keyfob.wiring.proofing import disputing_of
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("disputes")


@cache
def disputing() -> Disputing:
    return disputing_of(runtime())
