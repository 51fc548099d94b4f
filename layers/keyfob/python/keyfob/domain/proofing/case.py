"""A proofing case: how a holder's identity is being proofed for a credential. Pure (C2 to C6).

    choosing ──live──▶ to_book ──booked──▶ booked ──passed──▶ code ──entered──▶ proofed
                          ▲                  │
                          └── canceled, failed, technical, absent

Instant proofing: see `instant.py`; letters: `letter.py`. A code that has expired is not a state,
nor are questions that nobody answered in time (`state_at`).

An account has one current case, as it has one live credential. A result is an entry in the chain of
the account's cases, not in its agent's, in which all whom that agent proofs would collide.

Nothing here comes from a document or a bureau. Kept are method, agent, dates and outcome; a contact
phone until shortly after the case ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from keyfob.domain.audit.entry import GENESIS
from keyfob.domain.policy import Policy
from keyfob.domain.proofing.errors import NoSuchStep


class Method(StrEnum):
    """The ways to be proofed."""

    INSTANT = "instant"
    LIVE = "live"


class State(StrEnum):
    """The states of a case."""

    CHOOSING = "choosing"
    PERSON = "person"
    FULL_SSN = "full_ssn"
    QUESTIONS = "questions"
    NOT_LOCATED = "not_located"
    WRONG_ANSWERS = "wrong_answers"
    LETTER_REQUESTED = "letter_requested"
    LETTER_SENT = "letter_sent"
    TO_BOOK = "to_book"
    BOOKED = "booked"
    IN_REVIEW = "in_review"
    NAME_CORRECTION = "name_correction"
    CODE = "code"
    PROOFED = "proofed"
    WITHDRAWN = "withdrawn"


_OPEN = frozenset(
    {
        State.CHOOSING,
        State.PERSON,
        State.FULL_SSN,
        State.QUESTIONS,
        State.NOT_LOCATED,
        State.WRONG_ANSWERS,
        State.LETTER_REQUESTED,
        State.LETTER_SENT,
    }
)


class Change(StrEnum):
    """Changes of a case; each value is the action of its audit entry."""

    CHOSEN = "proofing.method_chosen"
    SSN_ASKED_FOR = "proofing.full_ssn_asked_for"
    LOCATED = "proofing.located"
    NOT_LOCATED = "proofing.not_located"
    ANSWERED_WRONGLY = "proofing.answered_wrongly"
    LETTER_REQUESTED = "letter.requested"
    LETTER_IN_VAIN = "letter.address_not_confirmed"
    LETTER_SENT = "letter.sent"
    LETTER_REMINDED = "letter.reminded"
    LETTER_LOST = "letter.not_acknowledged"
    LETTER_CLEARED = "letter.cleared"
    BOOKED = "appointment.booked"
    MOVED = "appointment.moved"
    REASSIGNED = "appointment.reassigned"
    AGENT_UNAVAILABLE = "appointment.agent_unavailable"
    ROOM_OPENED = "appointment.room_opened"
    ROOM_GIVEN_UP = "appointment.room_given_up"
    AGENT_AVAILABLE = "appointment.agent_available"
    CONTACT_CHANGED = "appointment.contact_changed"
    REMINDED = "appointment.reminded"
    NO_RESULT = "appointment.no_result"
    CODE_REMINDED = "proofing.code_reminded"
    CONTACT_ERASED = "proofing.contact_erased"
    CANCELED = "appointment.canceled"
    PASSED = "proofing.passed"
    REOPENED = "proofing.reopened"
    CODE_REISSUED = "proofing.code_reissued"
    FAILED = "proofing.failed"
    TECHNICAL = "appointment.technical_failure"
    NAME_DIFFERS = "proofing.name_differs"
    NAME_CORRECTED = "proofing.name_corrected"
    NAME_KEPT = "proofing.name_kept"
    CORRECTION_LAPSED = "proofing.name_correction_lapsed"
    NO_SHOW = "appointment.no_show"
    AGENT_ABSENT = "appointment.agent_absent"
    DISPUTED = "appointment.disputed"
    MISSED = "appointment.missed"
    PROOFED = "proofing.proofed"
    WITHDRAWN = "proofing.withdrawn"


class Absence(StrEnum):
    """Who didn't come to the last appointment, as the other side says; both if both say so."""

    HOLDER = "holder"
    AGENT = "agent"
    BOTH = "both"


class CodeKind(StrEnum):
    """How an activation code comes to the holder: from an agent, or by postal letter."""

    AGENT = "agent"
    LETTER = "letter"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivationCode:
    """An activation code: its keyed hash, and until when it can be entered."""

    mac: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """The name on a document, which isn't the credential's; decided about before `until`."""

    name: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """How the agent reaches the holder: a number in E.164, a language (BCP 47), an IANA zone."""

    phone: str
    language: str
    zone: str


class Obstacle(StrEnum):
    """The reasons why an agent can't come to an appointment."""

    DAY_OFF = "day_off"
    HOURS = "hours"
    INACTIVE = "inactive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """A meeting of 30 minutes with an agent.

    `id` stays when it is moved, also to another agent; `number` rises with every change that its
    people are told of (SEQUENCE of RFC 5545). With `obstacles` it must be moved. `room` is the
    address of its own meeting room, which is awaited until `room_by`; without both it is in the
    agent's room.
    """

    id: str
    agent: str
    start: datetime
    number: int = 0
    obstacles: frozenset[Obstacle] = frozenset()
    room: str = ""
    room_by: datetime | None = None

    @property
    def must_be_moved(self) -> bool:
        """Whether its agent can't come."""
        return bool(self.obstacles)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """The last postal letter with an activation code.

    `mailed_on` is the day that the provider acknowledged; `reminded`: of its code's end.
    """

    id: str
    requested_at: datetime
    mailed_on: date | None = None
    reminded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A proofing case.

    `consented_at` is when the holder agreed to being asked about at the bureau, `attempts` how
    often that was done, `session` its reference, good until `answers_until`. `located` is the
    reference of a person whose address the bureau can confirm; `letters` are the instants of the
    requests of letters that count. `failures` and `no_shows` count appointments; the next one is
    booked from `books_from` on. `held` is the last one that has a result, `absent` who is said to
    have missed it; `agent` handed the code over.
    """

    id: str
    account: str
    organization: str
    credential: str
    opened_at: datetime
    state: State = State.CHOOSING
    method: Method | None = None
    consented_at: datetime | None = None
    attempts: int = 0
    session: str | None = None
    answers_until: datetime | None = None
    located: str | None = None
    letter: Letter | None = None
    letters: tuple[datetime, ...] = ()
    appointment: Appointment | None = None
    contact: Contact | None = None
    codes: Mapping[CodeKind, ActivationCode] = field(default_factory=dict)
    failures: int = 0
    no_shows: int = 0
    books_from: datetime | None = None
    told_at: datetime | None = None
    held: Appointment | None = None
    correction: Correction | None = None
    absent: Absence | None = None
    agent: str | None = None
    ended_at: datetime | None = None
    version: int = 0
    head: str = GENESIS

    @property
    def subject(self) -> str:
        """Its audit subject, shared by all cases of this account."""
        return f"CASE#{self.account}"

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens in it."""
        return self.state in (State.PROOFED, State.WITHDRAWN)

    def state_at(self, now: datetime) -> State:
        """The state as people see it.

        An agent's code that has expired leads to another meeting, a letter's to another letter,
        questions that nobody answered in time to another attempt.
        """
        if self.state is State.CODE and not self._has(CodeKind.AGENT, now):
            return State.TO_BOOK
        if self.state is State.LETTER_SENT and not self._has(CodeKind.LETTER, now):
            return State.WRONG_ANSWERS
        lapsed = self.answers_until is not None and now >= self.answers_until
        return State.PERSON if self.state is State.QUESTIONS and lapsed else self.state

    def _has(self, kind: CodeKind, now: datetime) -> bool:
        code = self.codes.get(kind)
        return code is not None and now < code.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """The new case and its change; None if nothing changed."""

    case: Case
    change: Change | None = None


def changed(change: Change, case: Case) -> Transition:
    """The transition with this change."""
    return Transition(case=case, change=change)


def choose_live(case: Case, policy: Policy) -> Transition:
    """Choose a meeting with an agent, from every state of instant proofing (S35).

    Choosing it again changes nothing. A letter's code stays good. What an operator
    has to decide is in review, also if the case before was withdrawn.

    Raises:
        NoSuchStep: a code is there, or the case is over.
    """
    if case.method is Method.LIVE:
        return Transition(case=case)
    if case.state not in _OPEN:
        raise NoSuchStep
    waits = case.absent is Absence.BOTH or case.failures >= policy.failed_appointments
    state = State.IN_REVIEW if waits else State.TO_BOOK
    live = replace(case, state=state, method=Method.LIVE, session=None, answers_until=None)
    return changed(Change.CHOSEN, replace(live, located=None))


def withdraw(case: Case, now: datetime) -> Transition:
    """End the case without a result; doing it again changes nothing.

    Raises:
        NoSuchStep: it ended with a result.
    """
    if case.state is State.WITHDRAWN:
        return Transition(case=case)
    if case.state is State.PROOFED:
        raise NoSuchStep
    ended = replace(case, state=State.WITHDRAWN, appointment=None, codes={}, ended_at=now)
    return changed(Change.WITHDRAWN, replace(ended, located=None, correction=None))
