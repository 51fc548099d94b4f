"""Builds the search for next steps from the settings."""

from functools import cache

from keyfob.usecases.next_step.finding import Finding
from keyfob.wiring.next_step import finding_of
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("next_step")


@cache
def finding() -> Finding:
    return finding_of(runtime())
