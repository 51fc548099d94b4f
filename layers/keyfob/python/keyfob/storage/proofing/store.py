"""Proofing cases in the `proofing` table.

An account's current case has the key (`CASE#<account>`, `-`), so that there is never a second one.
The next case takes its row, and a copy of what it was goes to the account's past.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from pynamodb.attributes import (
    JSONAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
)

from keyfob.domain import due_index as index
from keyfob.domain.due_index import instant
from keyfob.domain.proofing.case import (
    Absence,
    ActivationCode,
    Appointment,
    Case,
    CodeKind,
    Contact,
    Correction,
    Letter,
    Method,
    Obstacle,
    State,
)
from keyfob.storage.database import Database
from keyfob.storage.rows import (
    AuditedRow,
    DueRow,
    Put,
    Row,
    Subject,
    Update,
    Write,
    assign,
    differing,
)

SK = "-"
PAST = "PAST#"
_KEPT = ("credential", "opened_at", "state", "method", "agent", "ended_at")


class CaseRow(AuditedRow, DueRow):
    """`CASE#<account>`: the account's current case."""

    class Meta:
        table_name = "proofing"

    id = UnicodeAttribute()
    organization = UnicodeAttribute()
    credential = UnicodeAttribute()
    opened_at = UnicodeAttribute()
    state = UnicodeAttribute()
    method = UnicodeAttribute(null=True)
    consented_at = UnicodeAttribute(null=True)
    attempts = NumberAttribute(null=True)
    session = UnicodeAttribute(null=True)
    answers_until = UnicodeAttribute(null=True)
    located = UnicodeAttribute(null=True)
    letter: MapAttribute[str, Any] = MapAttribute(null=True)
    letters: ListAttribute[str] = ListAttribute(null=True)
    appointment = UnicodeAttribute(null=True)
    appointment_agent = UnicodeAttribute(null=True)
    start = UnicodeAttribute(null=True)
    number = NumberAttribute(null=True)
    obstacles = JSONAttribute(null=True)
    room = UnicodeAttribute(null=True)
    room_by = UnicodeAttribute(null=True)
    phone = UnicodeAttribute(null=True)
    language = UnicodeAttribute(null=True)
    zone = UnicodeAttribute(null=True)
    codes: MapAttribute[str, Any] = MapAttribute(null=True)
    failures = NumberAttribute()
    no_shows = NumberAttribute()
    books_from = UnicodeAttribute(null=True)
    told_at = UnicodeAttribute(null=True)
    held = UnicodeAttribute(null=True)
    held_agent = UnicodeAttribute(null=True)
    held_at = UnicodeAttribute(null=True)
    held_number = NumberAttribute(null=True)
    correction = UnicodeAttribute(null=True)
    correction_until = UnicodeAttribute(null=True)
    absent = UnicodeAttribute(null=True)
    agent = UnicodeAttribute(null=True)
    ended_at = UnicodeAttribute(null=True)


class PastCaseRow(Row):
    """(`CASE#<account>`, `PAST#<case>`): what stays of an earlier case."""

    class Meta:
        table_name = "proofing"

    credential = UnicodeAttribute()
    opened_at = UnicodeAttribute()
    state = UnicodeAttribute()
    method = UnicodeAttribute(null=True)
    agent = UnicodeAttribute(null=True)
    ended_at = UnicodeAttribute(null=True)


class AppointmentRow(Row):
    """`APPOINTMENT#<id>`: the account of its case. Written once."""

    class Meta:
        table_name = "proofing"

    account = UnicodeAttribute()


class CaseStore:
    """Reads cases, strongly consistent."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def current(self, account: str) -> Case | None:
        """The account's current case, which may be over."""
        row = self._database.get(CaseRow, *_key(account))
        return _case(row) if row else None

    def all(self) -> Iterator[Case]:
        """Every account's current case; reads the whole table."""
        for item in self._database.scan(CaseRow):
            if item["sk"]["S"] == SK and item["pk"]["S"].startswith("CASE#"):
                yield _case(CaseRow.from_raw_data(item))

    def write(self, update: Update) -> None:
        """Perform one update of a case's row.

        Raises:
            Conflict: somebody else was faster.
        """
        self._database.write(update)

    def of_appointment(self, appointment: str) -> Case | None:
        """The case whose appointment this is, or was."""
        row = self._database.get(AppointmentRow, f"APPOINTMENT#{appointment}", SK)
        return self.current(row.account) if row else None

    def of_appointments(self, appointments: list[str]) -> list[Case]:
        """The cases of these appointments that still have them."""
        keys = [(f"APPOINTMENT#{one}", SK) for one in appointments]
        accounts = [row.account for row in self._database.get_many(AppointmentRow, keys)]
        rows = self._database.get_many(CaseRow, [_key(one) for one in dict.fromkeys(accounts)])
        return [_case(row) for row in rows if row.appointment in appointments]


def save(seen: Case | None, to: Case, due: datetime | None) -> list[Write]:
    """The writes that make `to` the account's current case.

    Without `seen` it is the first one. A copy is kept of an earlier case, in whose place it comes.
    `due` is when the clock must look at it, if ever.
    """
    planned = _planned(to, due)
    if seen is None:
        present = {name: one for name, one in (_values(to) | planned).items() if one is not None}
        row = CaseRow(*_key(to.account), **present)
        return [Put(row=row, subject=Subject(id=to.subject))]
    change = Update(
        row=CaseRow,
        key=_key(seen.account),
        actions=assign(CaseRow, differing(_values(seen), _values(to)) | planned),
        subject=Subject(id=seen.subject, number=seen.version, head=seen.head),
    )
    if seen.id == to.id:
        return [change]
    kept = {name: one for name, one in _values(seen).items() if name in _KEPT and one is not None}
    past = PastCaseRow(_key(seen.account)[0], PAST + seen.id, **kept)
    return [change, Put(row=past)]


def replan(seen: Case, due: datetime | None) -> Update:
    """The update that plans when the clock looks at it next, if it is as it was seen."""
    return Update(
        row=CaseRow,
        key=_key(seen.account),
        actions=assign(CaseRow, _planned(seen, due)),
        condition=CaseRow.version == seen.version,
    )


def put_appointment(appointment: str, account: str) -> Put:
    """The write that lets an appointment's id lead to its case."""
    return Put(row=AppointmentRow(f"APPOINTMENT#{appointment}", SK, account=account))


def _key(account: str) -> tuple[str, str]:
    return f"CASE#{account}", SK


def _values(case: Case) -> dict[str, Any]:
    booked, contact, held = case.appointment, case.contact, case.held
    codes = {
        str(kind): {"mac": code.mac, "until": instant(code.until)}
        for kind, code in case.codes.items()
    }
    return {
        "id": case.id,
        "organization": case.organization,
        "credential": case.credential,
        "opened_at": instant(case.opened_at),
        "state": case.state,
        "method": case.method,
        "consented_at": instant(case.consented_at) if case.consented_at else None,
        "attempts": case.attempts or None,
        "session": case.session,
        "answers_until": instant(case.answers_until) if case.answers_until else None,
        "located": case.located,
        "letter": _letter_document(case.letter) if case.letter else None,
        "letters": [instant(one) for one in case.letters] or None,
        "appointment": booked.id if booked else None,
        "appointment_agent": booked.agent if booked else None,
        "start": instant(booked.start) if booked else None,
        "number": booked.number if booked else None,
        "obstacles": sorted(booked.obstacles) or None if booked else None,
        "room": (booked.room or None) if booked else None,
        "room_by": instant(booked.room_by) if booked and booked.room_by else None,
        "phone": contact.phone if contact else None,
        "language": contact.language if contact else None,
        "zone": contact.zone if contact else None,
        "codes": codes or None,
        "failures": case.failures,
        "no_shows": case.no_shows,
        "told_at": instant(case.told_at) if case.told_at else None,
        "books_from": instant(case.books_from) if case.books_from else None,
        "held": held.id if held else None,
        "held_agent": held.agent if held else None,
        "held_at": instant(held.start) if held else None,
        "held_number": held.number if held else None,
        "correction": case.correction.name if case.correction else None,
        "correction_until": instant(case.correction.until) if case.correction else None,
        "absent": case.absent,
        "agent": case.agent,
        "ended_at": instant(case.ended_at) if case.ended_at else None,
    }


def _planned(case: Case, due: datetime | None) -> dict[str, Any]:
    if due is None:
        return {"g1pk": None, "g1sk": None}
    key, _ = _key(case.account)
    return {"g1pk": index.shard_of(key), "g1sk": index.sort_key(due, key)}


def _case(row: CaseRow) -> Case:
    return Case(
        id=row.id,
        account=row.pk.removeprefix("CASE#"),
        organization=row.organization,
        credential=row.credential,
        opened_at=datetime.fromisoformat(row.opened_at),
        state=State(row.state),
        method=Method(row.method) if row.method else None,
        consented_at=_moment(row.consented_at),
        attempts=int(row.attempts or 0),
        session=row.session,
        answers_until=_moment(row.answers_until),
        located=row.located,
        letter=_letter(row.letter.as_dict()) if row.letter else None,
        letters=tuple(datetime.fromisoformat(one) for one in row.letters or ()),
        appointment=_booked(row),
        contact=_contact(row) if row.phone else None,
        codes=_codes(row.codes.as_dict()) if row.codes else {},
        failures=int(row.failures),
        no_shows=int(row.no_shows),
        books_from=_moment(row.books_from),
        told_at=_moment(row.told_at),
        held=_appointment(row.held, row.held_agent, row.held_at, row.held_number),
        correction=_correction(row),
        absent=Absence(row.absent) if row.absent else None,
        agent=row.agent,
        ended_at=_moment(row.ended_at),
        version=int(row.version),
        head=row.head,
    )


def _appointment(id_: str | None, agent: str, start: str, number: float) -> Appointment | None:
    if id_ is None:
        return None
    return Appointment(id=id_, agent=agent, start=datetime.fromisoformat(start), number=int(number))


def _booked(row: CaseRow) -> Appointment | None:
    made = _appointment(row.appointment, row.appointment_agent, row.start, row.number)
    obstacles = frozenset(Obstacle(one) for one in row.obstacles or ())
    if made is None:
        return None
    return replace(made, obstacles=obstacles, room=row.room or "", room_by=_moment(row.room_by))


def _contact(row: CaseRow) -> Contact:
    return Contact(phone=row.phone, language=row.language, zone=row.zone)


def _correction(row: CaseRow) -> Correction | None:
    if not row.correction:
        return None
    return Correction(name=row.correction, until=datetime.fromisoformat(row.correction_until))


def _letter_document(letter: Letter) -> dict[str, Any]:
    return {
        "id": letter.id,
        "requested_at": instant(letter.requested_at),
        "mailed_on": letter.mailed_on.isoformat() if letter.mailed_on else None,
        "reminded": letter.reminded,
    }


def _letter(document: dict[str, Any]) -> Letter:
    mailed_on = document.get("mailed_on")
    return Letter(
        id=document["id"],
        requested_at=datetime.fromisoformat(document["requested_at"]),
        mailed_on=date.fromisoformat(mailed_on) if mailed_on else None,
        reminded=bool(document.get("reminded")),
    )


def _codes(document: dict[str, Any]) -> dict[CodeKind, ActivationCode]:
    return {
        CodeKind(kind): ActivationCode(mac=code["mac"], until=datetime.fromisoformat(code["until"]))
        for kind, code in document.items()
    }


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
