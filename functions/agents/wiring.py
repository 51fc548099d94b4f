"""Builds the agents' desk from the settings."""

from functools import cache

from keyfob.domain.proofing.checklist import Checklist, checklist
from keyfob.usecases.proofing.desk import AgentDesk
from keyfob.wiring.proofing import agent_desk_of
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("agents")


@cache
def questions() -> Checklist:
    return checklist(runtime().settings.value("AGENT_CHECKLIST"))


@cache
def desk() -> AgentDesk:
    return agent_desk_of(runtime())
