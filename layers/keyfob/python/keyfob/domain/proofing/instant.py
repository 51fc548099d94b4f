"""Instant proofing: a credit bureau's questions (C2, S32, S35). Pure.

    consent ──▶ person ──located──▶ questions ──right──▶ proofed
                  │  ▲                  │  └────wrong──▶ wrong_answers: a letter, or a meeting
                  │  └── in vain for five minutes ──┘
                  ├──▶ full_ssn: once more, with all nine digits
                  └──▶ not_located: once more with corrected data, or a meeting

A case has three attempts; each call that the bureau answers is one, an outage is none. Which answer
was wrong, or which data fitted, is told to nobody. NIST SP 800-63A-4 (2.5.1) takes knowledge-based
questions for no verification: the record names the method, and no level of NIST's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

from keyfob.domain.directory.partner import Partner
from keyfob.domain.policy import Policy
from keyfob.domain.proofing.bureau import Answered, Begun, Located, NeedsFullSsn, Passed
from keyfob.domain.proofing.case import Case, Change, Method, State, Transition, changed
from keyfob.domain.proofing.errors import (
    AttemptsUsedUp,
    NoSuchStep,
    NotOffered,
    QuestionsLapsed,
)

# Whoever has a social security number of this country; everybody else meets an agent.
_COUNTRY = "US"
_NINE = 9
_ASKING = (State.PERSON, State.FULL_SSN, State.NOT_LOCATED)


def choose(case: Case, country: str, now: datetime) -> Transition:
    """Choose to be asked questions, having consented; choosing it again changes nothing.

    Raises:
        NotOffered: for a holder outside the United States.
        NoSuchStep: another method is under way, or the case is over.
    """
    if country != _COUNTRY:
        raise NotOffered
    if case.method is Method.INSTANT:
        return Transition(case=case)
    if case.state is not State.CHOOSING:
        raise NoSuchStep
    chosen = replace(case, state=State.PERSON, method=Method.INSTANT, consented_at=now)
    return changed(Change.CHOSEN, chosen)


def require_questions(
    partners: Iterable[Partner], *, applications: Collection[str], seller: str
) -> None:
    """Refuse questions where a partner concerned takes none for a proofing (S35).

    Args:
        partners: all of them.
        applications: the ids of the applications that the account may use.
        seller: the partner that the credential was bought from.

    Raises:
        NotOffered.
    """
    for partner in partners:
        own = any(one.id in applications for one in partner.applications)
        if not partner.proofing_questions and (own or partner.id == seller):
            raise NotOffered


def require_person(case: Case, ssn: str, now: datetime, policy: Policy) -> None:
    """Refuse to ask the bureau about somebody.

    Raises:
        NoSuchStep: the case isn't there. AttemptsUsedUp: only a meeting is left.
        InvalidInput is raised by the caller for digits that don't fit.
    """
    state = case.state_at(now)
    if state not in _ASKING or (state is State.FULL_SSN and len(ssn) != _NINE):
        raise NoSuchStep
    if case.attempts >= policy.instant_attempts:
        raise AttemptsUsedUp


def begun(case: Case, outcome: Begun, now: datetime, policy: Policy) -> Transition:
    """What the bureau said about the person; it was an attempt."""
    asked = replace(case, attempts=case.attempts + 1, session=None, answers_until=None)
    if isinstance(outcome, Located):
        until = now + policy.questions_lifetime
        located = replace(
            asked, state=State.QUESTIONS, session=outcome.reference, answers_until=until
        )
        return changed(Change.LOCATED, located)
    if isinstance(outcome, NeedsFullSsn) and case.state is not State.FULL_SSN:
        return changed(Change.SSN_ASKED_FOR, replace(asked, state=State.FULL_SSN))
    return changed(Change.NOT_LOCATED, replace(asked, state=State.NOT_LOCATED))


def session_of(case: Case, now: datetime) -> str:
    """The bureau's session whose questions wait for answers.

    Raises:
        QuestionsLapsed: they were to be answered sooner. NoSuchStep: there are none.
    """
    if case.state is not State.QUESTIONS or case.session is None:
        raise NoSuchStep
    if case.state_at(now) is not State.QUESTIONS:
        raise QuestionsLapsed
    return case.session


def answered(case: Case, outcome: Answered, now: datetime, policy: Policy) -> Transition:
    """What the bureau said about the answers; wrong ones use up every attempt.

    After wrong ones the reference is kept, by which the bureau confirms the address for a letter.
    """
    done = replace(case, session=None, answers_until=None)
    if isinstance(outcome, Passed):
        return changed(Change.PROOFED, replace(done, state=State.PROOFED, ended_at=now))
    return changed(
        Change.ANSWERED_WRONGLY,
        replace(
            done,
            state=State.WRONG_ANSWERS,
            attempts=policy.instant_attempts,
            located=case.session,
        ),
    )
