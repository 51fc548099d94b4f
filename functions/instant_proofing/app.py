"""Proofing by a credit bureau's questions, and the letter after wrong answers (C2).

Personal data come with a request, go to the bureau and are gone: nothing here logs or stores them.
"""

from __future__ import annotations

from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import Field, StringConstraints

from instant_proofing import wiring
from keyfob.domain.errors import InvalidInput, NotFound
from keyfob.domain.proofing.bureau import Person
from keyfob.domain.proofing.case import Case, Method, State
from keyfob.domain.proofing.errors import LetterNotOffered, NotOffered
from keyfob.domain.sessions.permission import OWN
from keyfob.domain.text import letters_and_digits
from keyfob.http.fields import Name, RequiredText, Wanted, read_by
from keyfob.http.letter_view import LetterView, letter_view
from keyfob.http.resolver import Model
from keyfob.usecases.proofing.asking import Asking
from keyfob.wiring.api import api_of

base = wiring.runtime()
app = api_of(base)

_REFUSALS = (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
_YOUNGEST, _OLDEST = 13, 120


def _digits(typed: str) -> str | None:
    """The digits of a social security number, however they are separated."""
    found = letters_and_digits(typed)
    return found if found.isascii() and found.isdigit() and len(found) in (4, 9) else None


Ssn = Annotated[
    str,
    StringConstraints(min_length=1, max_length=20),
    read_by(_digits, "must be the last four or all nine digits"),
]
UsState = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z]{2}$"),
    Wanted("must be a state's two-letter code in capitals, for example TX"),
]
PostalCode = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{5}$"),
    Wanted("must have five digits"),
]


class Identity(Model):
    """The holder's data: the name is the one given with the license key. Kept nowhere."""

    born: date = Field(strict=False)
    ssn: Ssn
    street: RequiredText
    city: RequiredText
    state: UsState
    postal_code: PostalCode


class OutcomeView(Model):
    """Where the case is now: `questions`, `full_ssn`, `not_located`, `proofed`, `wrong_answers`.

    There are `attempts_left`; questions are to be answered by `answers_until`. After wrong answers
    a letter may be had: `letter` says whether it can be requested now.
    """

    state: str
    attempts_left: int
    answers_until: datetime | None
    letter: LetterView


class QuestionView(Model):
    """A question and its choices."""

    id: str
    text: str
    choices: list[str]


class QuestionList(Model):
    """All questions, to be answered together by `answers_until`; the same each time."""

    answers_until: datetime | None
    questions: list[QuestionView]


class Answers(Model):
    """The chosen text for each question, by its id."""

    answers: dict[
        Annotated[str, StringConstraints(min_length=1, max_length=64)],
        Annotated[str, StringConstraints(min_length=1, max_length=300)],
    ] = Field(min_length=1, max_length=20)


class LetterRequest(Model):
    """A letter's request: the `person`'s data for another letter, null for the first one."""

    person: Identity | None


@app.operation(
    "POST",
    "/proofings/<proofing>/identity",
    permission=OWN,
    summary="Give one's personal data, so that a credit bureau asks questions",
    refusals=(*_REFUSALS, HTTPStatus.TOO_MANY_REQUESTS),
)
def identify(proofing: Name, body: Identity) -> OutcomeView:
    by = app.caller.actor
    person = _person(body, by.account, "born")
    return _outcome(_asking().identify(proofing, person, by))


@app.operation(
    "GET",
    "/proofings/<proofing>/questions",
    permission=OWN,
    summary="The questions that wait for answers",
    refusals=(*_REFUSALS, HTTPStatus.TOO_MANY_REQUESTS),
)
def show_questions(proofing: Name) -> QuestionList:
    case, found = _asking().questions(proofing, app.caller.actor)
    return QuestionList(
        answers_until=case.answers_until,
        questions=[
            QuestionView(id=one.id, text=one.text, choices=list(one.choices)) for one in found
        ],
    )


@app.operation(
    "POST",
    "/proofings/<proofing>/answers",
    permission=OWN,
    summary="Answer all questions, once",
    refusals=_REFUSALS,
)
def answer_questions(proofing: Name, body: Answers) -> OutcomeView:
    return _outcome(_asking().answer(proofing, body.answers, app.caller.actor))


@app.operation(
    "POST",
    "/proofings/<proofing>/letter",
    permission=OWN,
    summary="Request an activation code by letter, to the address that the bureau confirmed",
    refusals=(*_REFUSALS, HTTPStatus.TOO_MANY_REQUESTS),
)
def request_letter(proofing: Name, body: LetterRequest) -> OutcomeView:
    if not _sends():
        raise LetterNotOffered
    _require_bureau()
    by = app.caller.actor
    person = _person(body.person, by.account, "person.born") if body.person else None
    return _outcome(wiring.lettering().request(proofing, person, by))


def _person(given: Identity, account: str, born: str) -> Person:
    """The holder under the credential's name; `born` is the field that has the birth date."""
    _require_plausible(given.born, born)
    credential = wiring.credentials().live(account)
    if credential is None:
        raise NotFound
    return Person(legal_name=credential.legal_name, **given.model_dump())


def _sends() -> bool:
    return bool(base.settings.value("LETTER_PROVIDER"))


def _require_bureau() -> None:
    if not base.settings.value("BUREAU_URL"):
        raise NotOffered


def _asking() -> Asking:
    _require_bureau()
    return wiring.asking()


def _require_plausible(born: date, field: str) -> None:
    years = (base.clock().date() - born).days / 365.25
    if not _YOUNGEST <= years <= _OLDEST:
        raise InvalidInput(fields={field: "must be a person's date of birth"})


def _outcome(case: Case) -> OutcomeView:
    left, now = max(base.policy.instant_attempts - case.attempts, 0), base.clock()
    state = case.state_at(now)
    waits = state is State.QUESTIONS and case.method is Method.INSTANT
    return OutcomeView(
        state=str(state),
        attempts_left=left,
        answers_until=case.answers_until if waits else None,
        letter=letter_view(case, now, base.policy, sends=_sends()),
    )


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
