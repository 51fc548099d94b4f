"""Builds the agents' desk from the settings."""

from functools import cache

from keyfob.usecases.proofing.desk import AgentDesk
from keyfob.wiring.proofing import agent_desk_of
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("agents")


@cache
def desk() -> AgentDesk:
    return agent_desk_of(runtime())
