"""Builds the letters' job from the settings."""

from functools import cache

from keyfob.usecases.proofing.acknowledging import Acknowledging
from keyfob.usecases.proofing.dispatching import Dispatching
from keyfob.wiring.letters import acknowledging_of, dispatching_of
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("letters")


@cache
def dispatching() -> Dispatching:
    return dispatching_of(runtime())


@cache
def acknowledging() -> Acknowledging:
    return acknowledging_of(runtime())
