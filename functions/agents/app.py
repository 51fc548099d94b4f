"""An agent's desk: the day's appointments, and their results (C4, S34)."""

from __future__ import annotations

from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import Field

from agents import wiring
from keyfob.domain.errors import InvalidInput
from keyfob.domain.proofing.agent import Agent
from keyfob.domain.proofing.checklist import open_questions
from keyfob.domain.proofing.live import ends
from keyfob.domain.proofing.rooms import address
from keyfob.domain.sessions.permission import FOR_OTHERS, SEES_OTHERS
from keyfob.http.fields import Name, RequiredText
from keyfob.http.resolver import Model
from keyfob.usecases.proofing.desk import Meeting, Outcome
from keyfob.wiring.api import api_of

base = wiring.runtime()
app = api_of(base)

Document = Literal["passport", "identity_card", "drivers_license", "residence_permit"]
Reason = Literal["expired_document", "wrong_document", "likeness", "name", "unreadable", "other"]

_REFUSALS = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)


class MeetingView(Model):
    """An appointment: the name that must be on the document, and how to reach the holder.

    `account_name` must be the same person's: somebody else may have typed the legal name.

    `local` is its start in the agent's zone. `room` is the address of the meeting; it is empty for
    some minutes after the booking, as long as a room is made.
    """

    id: str
    start: datetime
    ends: datetime
    local: datetime
    room: str
    legal_name: str
    account_name: str
    country: str
    phone: str
    language: str


class ChecklistQuestion(Model):
    """A question that the deployment words; an identity is proven only if the answer is yes."""

    id: str
    text: str


class DayView(Model):
    """The appointments of a day on the agent's wall, in order, and the questions for each."""

    time_zone: str
    checklist: list[ChecklistQuestion]
    appointments: list[MeetingView]


class ResultRequest(Model):
    """The outcome. `passed` takes the kind of document, and yes to both checks.

    It takes yes to each question of the day's checklist, too, by its id. So does
    `name_correction`, for a document with another name than the credential's, with that `name`.
    `failed` takes reasons. Nothing else of the document is taken down: no number, no date.
    """

    outcome: Literal["passed", "name_correction", "failed", "technical", "no_show"]
    document: Document | None = None
    unexpired: bool | None = None
    likeness: bool | None = None
    answers: dict[str, bool] = Field(default={}, max_length=20)
    name: RequiredText | None = None
    reasons: list[Reason] = Field(default=[], max_length=6)


class ResultView(Model):
    """The outcome; after passing also the activation code, which isn't shown again."""

    outcome: str
    activation_code: str | None = None
    code_until: datetime | None = None


@app.operation(
    "GET",
    "/agent/appointments",
    permission=SEES_OTHERS,
    summary="One's own appointments of a day, today's by default",
    refusals=(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
)
def show_agents_day(day: Annotated[date | None, Query()] = None) -> DayView:
    agent, meetings = wiring.desk().day(day, app.proof, app.caller.actor)
    return DayView(
        time_zone=agent.zone,
        checklist=[
            ChecklistQuestion(id=id_, text=text) for id_, text in wiring.questions().items()
        ],
        appointments=[_meeting(one, agent) for one in meetings],
    )


@app.operation(
    "POST",
    "/agent/appointments/<appointment>/result",
    permission=FOR_OTHERS,
    summary="Give an appointment its result, once",
    refusals=_REFUSALS,
)
def give_result(appointment: Name, body: ResultRequest) -> ResultView:
    _require_whole(body)
    desk, by = wiring.desk(), app.caller.actor
    if body.outcome == "passed":
        facts = {"document": str(body.document), **_answered(body)}
        handed = desk.passed(appointment, facts, app.proof, by)
        return ResultView(
            outcome=body.outcome, activation_code=handed.code, code_until=handed.until
        )
    facts = {"reasons": ", ".join(body.reasons)} if body.reasons else {}
    if body.document:
        facts |= {"document": body.document, **_answered(body)}
    outcome, name = Outcome(body.outcome), body.name or ""
    desk.ended(appointment, outcome, facts, app.proof, by, name=name)
    return ResultView(outcome=body.outcome)


@app.operation(
    "POST",
    "/agent/appointments/<appointment>/code",
    permission=FOR_OTHERS,
    summary="Another activation code for a holder who passed; the earlier one is dead",
    refusals=_REFUSALS,
)
def reissue_code(appointment: Name) -> ResultView:
    handed = wiring.desk().reissue(appointment, app.proof, app.caller.actor)
    return ResultView(outcome="passed", activation_code=handed.code, code_until=handed.until)


def _require_whole(body: ResultRequest) -> None:
    """Refuse a result whose checks don't lead to it."""
    wrong: dict[str, str] = {}
    if body.outcome in ("passed", "name_correction"):
        if body.document is None:
            wrong["document"] = f"is needed for {body.outcome}"
        for name in ("unexpired", "likeness"):
            if getattr(body, name) is not True:
                wrong[name] = f"must be true for {body.outcome}"
        unanswered = open_questions(wiring.questions(), body.answers)
        wrong |= {f"answers.{id_}": problem for id_, problem in unanswered.items()}
    if (body.outcome == "name_correction") is not (body.name is not None):
        wrong["name"] = "belongs to `name_correction`: the name on the document"
    if (body.outcome == "failed") is not bool(body.reasons):
        wrong["reasons"] = "belong to `failed`, at least one"
    if wrong:
        raise InvalidInput(fields=wrong)


def _answered(body: ResultRequest) -> dict[str, str]:
    """The ids of the questions that were answered with yes, for the trail."""
    return {"checklist": " ".join(body.answers)} if body.answers else {}


def _meeting(one: Meeting, agent: Agent) -> MeetingView:
    booked = one.appointment
    return MeetingView(
        id=booked.id,
        start=booked.start,
        ends=ends(booked),
        local=booked.start.astimezone(ZoneInfo(agent.zone)),
        room=address(booked, agent.room),
        legal_name=one.legal_name,
        account_name=one.account_name,
        country=one.country,
        phone=one.contact.phone,
        language=one.contact.language,
    )


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
