"""Identity proofing for its holder: the method, and an appointment with an agent (C2, C3)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from http import HTTPStatus
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import AwareDatetime, Field

from keyfob.domain.errors import InvalidInput, NotFound
from keyfob.domain.phones.number import written
from keyfob.domain.proofing.agent import Period, is_quarter
from keyfob.domain.proofing.case import Case, CodeKind, Contact, Method
from keyfob.domain.proofing.errors import ConsentRequired, NotOffered
from keyfob.domain.proofing.live import ends
from keyfob.domain.proofing.rooms import address
from keyfob.domain.proofing.step import step_of
from keyfob.domain.sessions.permission import OWN, TO_BIND, TO_END
from keyfob.http.fields import Language, Name, Zone
from keyfob.http.letter_view import LetterView, letter_view
from keyfob.http.resolver import Model
from keyfob.usecases.proofing.booking import Wish
from keyfob.wiring.api import api_of
from proofing import wiring

base = wiring.runtime()
app = api_of(base)

_UNKNOWN = (HTTPStatus.NOT_FOUND,)
_REFUSALS = (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
_MOST_DAYS = 14


class MethodChoice(Model):
    """The way to be proofed. Instant proofing asks a credit bureau, which takes `consent`."""

    method: Literal["instant", "live"]
    consent: bool = False


class AppointmentView(Model):
    """A meeting; `local` is its start in the holder's zone, `time_zone`.

    `room` is the address of the meeting; it is empty for some minutes, as long as a room is made.
    One that `must_be_moved` can't be held, since its agent can't come.
    """

    id: str
    start: datetime
    ends: datetime
    local: datetime
    time_zone: str
    room: str
    must_be_moved: bool
    phone: str
    language: str


class StepView(Model):
    """The next step: who acts, its deadline or time, and its route."""

    name: str
    acts: Literal["holder", "agent", "operator", "nobody"]
    date: datetime | None
    route: str | None


class ProofingView(Model):
    """A case. An activation code can be entered until `code_until`, known once it is handed over.

    Of instant proofing there are `attempts_left`, and questions are to be answered by
    `answers_until`. After missed appointments the next one can be booked from `books_from` on.
    """

    id: str
    credential: str
    state: str
    step: StepView
    method: Literal["instant", "live"] | None
    opened_at: datetime
    attempts_left: int
    answers_until: datetime | None
    appointment: AppointmentView | None
    books_from: datetime | None
    letter: LetterView
    code_until: datetime | None
    ended_at: datetime | None


class Slot(Model):
    """A free start, and the same in the zone asked for."""

    start: datetime
    local: datetime


class SlotList(Model):
    """Free starts in order, each for 30 minutes."""

    time_zone: str
    slots: list[Slot]


class AppointmentRequest(Model):
    """The wanted start, and how the agent reaches the holder; one's own language by default."""

    start: AwareDatetime = Field(strict=False)
    time_zone: Zone
    phone: str = Field(min_length=1, max_length=40)
    language: Language | None = None


@app.operation(
    "POST",
    "/credentials/<credential>/proofing",
    permission=TO_BIND,
    summary="Choose how to be proofed; the same choice again changes nothing",
    refusals=(HTTPStatus.FORBIDDEN, *_REFUSALS),
)
def choose_proofing(credential: Name, body: MethodChoice) -> ProofingView:
    if body.method == "instant":
        if not base.settings.value("BUREAU_URL"):
            raise NotOffered
        if not body.consent:
            raise ConsentRequired
    method, by = Method(body.method), app.caller.actor
    chosen = wiring.cases().choose(credential, method, app.proof, by)
    return _view(chosen)


@app.operation(
    "GET",
    "/credentials/<credential>/proofing",
    permission=OWN,
    summary="How the proofing for a credential stands",
    refusals=_UNKNOWN,
)
def show_proofing(credential: Name) -> ProofingView:
    return _view(wiring.cases().of_credential(credential, app.caller.actor))


@app.operation(
    "DELETE",
    "/proofings/<proofing>",
    permission=TO_END,
    summary="Withdraw from proofing; its appointment is canceled",
    refusals=_REFUSALS,
)
def withdraw_proofing(proofing: Name) -> ProofingView:
    return _view(wiring.cases().withdraw(proofing, app.proof, app.caller.actor))


@app.operation(
    "GET",
    "/proofings/<proofing>/slots",
    permission=OWN,
    summary="Free times for an appointment, of at most fourteen days",
    refusals=_REFUSALS,
)
def show_slots(
    proofing: Name,
    first: Annotated[date, Query(alias="from")],
    last: Annotated[date, Query(alias="to")],
    time_zone: Annotated[Zone, Query(max_length=64)],
) -> SlotList:
    if not first <= last < first + timedelta(days=_MOST_DAYS):
        raise InvalidInput(fields={"to": f"must be a day of the {_MOST_DAYS} from `from` on"})
    zone = ZoneInfo(time_zone)
    period = Period(
        begins=datetime.combine(first, time(), zone).astimezone(UTC),
        ends=datetime.combine(last + timedelta(days=1), time(), zone).astimezone(UTC),
    )
    found = wiring.booking().free(proofing, period, app.caller.actor)
    slots = [Slot(start=start, local=start.astimezone(zone)) for start in found]
    return SlotList(time_zone=time_zone, slots=slots)


@app.operation(
    "GET",
    "/proofings/<proofing>/appointment",
    permission=OWN,
    summary="The booked appointment",
    refusals=_UNKNOWN,
)
def show_appointment(proofing: Name) -> AppointmentView:
    shown = _appointment(wiring.cases().get(proofing, app.caller.actor))
    if shown is None:
        raise NotFound("No appointment is booked.")
    return shown


@app.operation(
    "PUT",
    "/proofings/<proofing>/appointment",
    permission=OWN,
    summary="Book the appointment or move it; the same again changes nothing",
    refusals=(*_REFUSALS, HTTPStatus.TOO_MANY_REQUESTS),
)
def book_appointment(proofing: Name, body: AppointmentRequest) -> ProofingView:
    start = body.start.astimezone(UTC)
    if not is_quarter(start):
        raise InvalidInput(fields={"start": "must be one of the free times"})
    caller = app.caller
    language = body.language or _language(caller.account)
    contact = Contact(phone=written(body.phone), language=language, zone=body.time_zone)
    wish = Wish(start=start, contact=contact)
    return _view(wiring.booking().book(proofing, wish, caller.actor))


@app.operation(
    "DELETE",
    "/proofings/<proofing>/appointment",
    permission=TO_END,
    summary="Cancel the appointment; without one nothing changes",
    status=HTTPStatus.NO_CONTENT,
    refusals=_REFUSALS,
)
def cancel_appointment(proofing: Name) -> Response[None]:
    wiring.booking().cancel(proofing, app.proof, app.caller.actor)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@app.operation(
    "POST",
    "/proofings/<proofing>/appointment/absence",
    permission=OWN,
    summary="Say that the agent didn't come",
    refusals=_REFUSALS,
)
def report_absence(proofing: Name) -> ProofingView:
    return _view(wiring.booking().report_absence(proofing, app.caller.actor))


def _language(account: str) -> str:
    found = wiring.directory().account(account)
    return found.language if found else "en"


def _view(case: Case) -> ProofingView:
    now = base.clock()
    # Before its mailing a letter's code has no end that the holder could know.
    mailed = case.letter is not None and case.letter.mailed_on is not None
    known = [one for kind, one in case.codes.items() if mailed or kind is not CodeKind.LETTER]
    codes = [one.until for one in known if now < one.until]
    return ProofingView(
        id=case.id,
        credential=case.credential,
        state=str(case.state_at(now)),
        step=_step(case),
        method=case.method.value if case.method else None,
        opened_at=case.opened_at,
        attempts_left=max(base.policy.instant_attempts - case.attempts, 0),
        answers_until=case.answers_until,
        appointment=_appointment(case),
        books_from=case.books_from,
        letter=letter_view(
            case, now, base.policy, sends=bool(base.settings.value("LETTER_PROVIDER"))
        ),
        code_until=max(codes, default=None),
        ended_at=case.ended_at,
    )


def _step(case: Case) -> StepView:
    step = step_of(case, base.clock())
    return StepView(name=step.name, acts=step.acts.value, date=step.date, route=step.route)


def _appointment(case: Case) -> AppointmentView | None:
    booked, contact = case.appointment, case.contact
    if booked is None or contact is None:
        return None
    agent = wiring.calendar().agent(booked.agent)
    return AppointmentView(
        id=booked.id,
        start=booked.start,
        ends=ends(booked),
        local=booked.start.astimezone(ZoneInfo(contact.zone)),
        time_zone=contact.zone,
        room=address(booked, agent.room if agent else ""),
        must_be_moved=booked.must_be_moved,
        phone=contact.phone,
        language=contact.language,
    )


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
