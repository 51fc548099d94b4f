"""An agent's desk: the day's appointments, and their results (C4, S34).

the agent says passed                    the holder cancels
reads the case v5, booked                reads the case v5, booked
SET code IF version = 5       ✓          SET to_book IF version = 5    ✗ decides again: it has begun
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.errors import NotFound
from keyfob.domain.orders.license_key import Mac
from keyfob.domain.policy import Policy
from keyfob.domain.proofing import live
from keyfob.domain.proofing.activation_code import PURPOSE, bound, generate
from keyfob.domain.proofing.agent import Agent
from keyfob.domain.proofing.case import Absence, Appointment, Case, CodeKind, Contact, Transition
from keyfob.domain.proofing.errors import NoSuchStep
from keyfob.domain.sessions.permission import SessionProof
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.proofing.calendar import Calendar
from keyfob.storage.proofing.store import CaseStore
from keyfob.storage.transaction import Transactions
from keyfob.usecases.audit.foreign_ids import ForeignIds
from keyfob.usecases.proofing.cases import CaseChanges

_HAS_RESULT = "This appointment has its result."
_ID = re.compile(r"apt_[0-9a-z]{20}", re.ASCII)


class Outcome(StrEnum):
    """An appointment's outcomes but for passing, which hands a code over."""

    FAILED = "failed"
    TECHNICAL = "technical"
    NO_SHOW = "no_show"
    NAME_CORRECTION = "name_correction"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """An appointment with what its agent needs: the name to be on the document, and the contact.

    `account_name` must be the same person's.
    """

    appointment: Appointment
    legal_name: str
    account_name: str
    country: str
    contact: Contact


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """An activation code to hand over; it is stored nowhere."""

    code: str
    until: datetime


class AgentDesk:
    """An agent's own appointments; everybody else's look unknown (S23)."""

    def __init__(
        self,
        *,
        cases: CaseStore,
        calendar: Calendar,
        credentials: CredentialStore,
        directory: Directory,
        foreign: ForeignIds,
        changes: CaseChanges,
        mac: Mac,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
        new_code: Callable[[], str] = generate,
    ) -> None:
        self._cases = cases
        self._calendar = calendar
        self._credentials = credentials
        self._directory = directory
        self._foreign = foreign
        self._changes = changes
        self._mac = mac
        self._transactions = transactions
        self._clock = clock
        self._policy = policy
        self._new_code = new_code

    def day(self, day: date | None, proof: SessionProof, by: Actor) -> tuple[Agent, list[Meeting]]:
        """The agent, and the appointments of this day on the agent's wall; today's by default.

        Raises:
            ElevationRequired. NotFound: no agent.
        """
        self._require(proof, by)
        agent = self._calendar.agent(by.account)
        if agent is None:
            raise NotFound
        period = agent.local_day(day or agent.day_of(self._clock()))
        taken = self._calendar.of_agent(by.account, period)
        appointments = dict.fromkeys(one.appointment for one in taken if one.appointment)
        meetings = map(self._meeting, self._cases.of_appointments(list(appointments)))
        return agent, sorted(
            (one for one in meetings if one), key=lambda one: one.appointment.start
        )

    def passed(
        self, appointment: str, facts: Mapping[str, str], proof: SessionProof, by: Actor
    ) -> HandedOver:
        """The holder was recognized: returns the activation code to hand over.

        Raises:
            ElevationRequired. NotFound: not this agent's. NoSuchStep, TooEarly.
            KeysUnavailable: nothing was decided.
        """
        now = self._require(proof, by)
        code, mac = self._code(self._own(appointment, by))
        made = self._commit(
            appointment,
            lambda seen: live.passed(seen, by.id, mac, now, self._policy),
            facts,
            by,
        )
        return _handed(code, made)

    def reissue(self, appointment: str, proof: SessionProof, by: Actor) -> HandedOver:
        """Another code for the holder who passed in this appointment; the earlier one is dead.

        For an answer that was lost on its way to the agent, or a code that the holder has lost.

        Raises:
            ElevationRequired. NotFound: not this agent's. NoSuchStep: it has no code to enter.
            KeysUnavailable: nothing was decided.
        """
        now = self._require(proof, by)
        code, mac = self._code(self._own(appointment, by, held=True))
        made = self._commit(
            appointment,
            lambda seen: live.reissued(seen, by.id, mac, now, self._policy),
            {},
            by,
            held=True,
        )
        return _handed(code, made)

    def ended(
        self,
        appointment: str,
        outcome: Outcome,
        facts: Mapping[str, str],
        proof: SessionProof,
        by: Actor,
        *,
        name: str = "",
    ) -> Case:
        """Record another outcome; `name` is the one on the document, if it isn't the credential's.

        Raises:
            As `passed`.
        """
        now = self._require(proof, by)
        decide: Mapping[Outcome, Callable[[Case], Transition]] = {
            Outcome.FAILED: lambda seen: live.failed(seen, by.id, now, self._policy),
            Outcome.TECHNICAL: lambda seen: live.technical(seen, by.id, now),
            Outcome.NAME_CORRECTION: lambda seen: live.name_differs(
                seen, by.id, name, now, self._policy
            ),
            Outcome.NO_SHOW: lambda seen: live.no_show(seen, by.id, now, self._policy),
        }
        # The holder may have said before that the agent didn't come.
        said = outcome is Outcome.NO_SHOW and self._is_said(appointment)
        return self._commit(appointment, decide[outcome], facts, by, held=said)

    def _is_said(self, appointment: str) -> bool:
        case = self._cases.of_appointment(appointment)
        return case is not None and case.appointment is None and case.absent is Absence.AGENT

    def _code(self, case: Case) -> tuple[str, str]:
        """A new code, and its keyed hash."""
        code = self._new_code()
        return code, self._mac(PURPOSE, bound(case.account, case.id, code))

    def _commit(
        self,
        appointment: str,
        decide: Callable[[Case], Transition],
        facts: Mapping[str, str],
        by: Actor,
        *,
        held: bool = False,
    ) -> Case:
        def attempt() -> Case:
            seen = self._own(appointment, by, held=held)
            to = decide(seen)
            return self._changes.commit(seen, to, by=by, facts={**facts, "agent": by.id})

        return self._transactions.retry_on_conflict(attempt)

    def _own(self, appointment: str, by: Actor, *, held: bool = False) -> Case:
        """The case of this agent's appointment, booked or `held` already."""
        case = self._cases.of_appointment(appointment)
        if case and _is(case.held if held else case.appointment, appointment, by):
            return case
        if case and _is(case.appointment if held else case.held, appointment, by):
            raise NoSuchStep("This appointment has no result yet." if held else _HAS_RESULT)
        raise self._foreign.refused(
            "appointment", appointment, _ID, otherwise="no appointment", by=by
        )

    def _meeting(self, case: Case) -> Meeting | None:
        credential = self._credentials.live(case.account)
        holder = self._directory.account(case.account)
        if credential is None or case.appointment is None or case.contact is None:
            return None
        return Meeting(
            appointment=case.appointment,
            legal_name=credential.legal_name,
            account_name=holder.name if holder else "",
            country=credential.country,
            contact=case.contact,
        )

    def _require(self, proof: SessionProof, by: Actor) -> datetime:
        now = in_seconds(self._clock)
        proof.require(self._credentials.live(by.id), now, self._policy)
        return now


def _is(one: Appointment | None, appointment: str, by: Actor) -> bool:
    return one is not None and (one.id, one.agent) == (appointment, by.id)


def _handed(code: str, made: Case) -> HandedOver:
    return HandedOver(code=code, until=made.codes[CodeKind.AGENT].until)
