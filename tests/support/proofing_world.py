"""Proofing over real tables: Ada waits for it, agents work around the clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from keyfob.domain.audit.entry import Actor
from keyfob.domain.credentials.credential import State
from keyfob.domain.directory.account import Account
from keyfob.domain.directory.role import Role
from keyfob.domain.proofing.agent import Agent, Shift
from keyfob.domain.proofing.case import Case, Contact, Method
from keyfob.domain.sessions.permission import Proof, SessionProof
from keyfob.storage.proofing.calendar import Calendar
from keyfob.storage.proofing.store import CaseStore
from keyfob.usecases.proofing.agents import ChangedAgent
from keyfob.usecases.proofing.booking import Wish
from keyfob.wiring.proofing import (
    activation_of,
    agent_desk_of,
    agent_jobs_of,
    agents_of,
    booking_of,
    cases_of,
    reassigning_of,
)
from tests.support.credential_world import CredentialWorld
from tests.support.order_world import OPERATOR

CONTACT = Contact(phone="+919876543210", language="en", zone="Asia/Kolkata")
ALWAYS = tuple(Shift(weekday=day, begins=time(), ends=time(23, 45)) for day in range(7))


class ProofingWorld:
    """Ada's case, and every use case of proofing."""

    def __init__(self, credential_world: CredentialWorld) -> None:
        base = credential_world.base
        self.credentials, self.base = credential_world, base
        self.clock, self.client = credential_world.clock, credential_world.client
        self.store, self.calendar = CaseStore(base.database), Calendar(base.database)
        self.cases, self.booking = cases_of(base), booking_of(base)
        self.desk, self.activation = agent_desk_of(base), activation_of(base)
        self.agents, self.jobs = agents_of(base), agent_jobs_of(base)
        self.reassigning = reassigning_of(base)
        waits = {"state": State.PENDING_ACTIVATION, "activated_at": None, "proofing": True}
        self.credential = credential_world.credential(**waits)

    @property
    def by(self) -> Actor:
        """Ada."""
        return self.credentials.by

    @property
    def case(self) -> Case:
        """Her case as it is now."""
        found = self.store.current(self.by.account)
        assert found
        return found

    @property
    def proof(self) -> SessionProof:
        """Her password, typed just now."""
        return self.credentials.proof

    def choose(self) -> Case:
        """She chooses a meeting with an agent."""
        return self.chosen(Method.LIVE)

    def chosen(self, method: Method) -> Case:
        """She chooses this method, in a session that she has just begun."""
        proof = replace(self.proof, needed=Proof.RECENT_CODE_IF_POSSIBLE)
        return self.cases.choose(self.credential.id, method, proof, self.by)

    def hour(self, hours: int) -> datetime:
        """The full hour about so many hours from now."""
        at = self.clock() + timedelta(hours=hours)
        return at.replace(minute=0, second=0, microsecond=0)

    def book(self, start: datetime, contact: Contact = CONTACT) -> Case:
        """She books this start, or moves the appointment to it."""
        return self.booking.book(self.case.id, Wish(start=start, contact=contact), self.by)

    def agent(self) -> Account:
        """Another agent."""
        made = self.credentials.orders.person(roles=(Role.AGENT,))
        self.works(made)
        return made

    def works(
        self, agent: Account, *, active: bool = True, shifts: tuple[Shift, ...] = ALWAYS
    ) -> Agent:
        """Set an agent's hours."""
        return self.changes_hours(agent, active=active, shifts=shifts).agent

    def changes_hours(
        self, agent: Account, *, active: bool = True, shifts: tuple[Shift, ...] = ALWAYS
    ) -> ChangedAgent:
        """Set an agent's hours; with the appointments that must be moved."""
        return self.agents.set(
            agent.user_id,
            zone="UTC",
            languages=("en",),
            shifts=shifts,
            room="https://meet.example/agent",
            active=active,
            by=OPERATOR,
        )


@pytest.fixture
def proofing_world(credential_world: CredentialWorld) -> ProofingWorld:
    """Ada waits for proofing; there is no agent yet."""
    return ProofingWorld(credential_world)
