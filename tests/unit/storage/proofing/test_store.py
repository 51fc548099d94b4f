"""Cases, agents and quarters of an hour as rows, and back (C2, C3)."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.proofing.agent import QUARTER, Agent, Period, Shift
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
from keyfob.domain.proofing.unavailable import Job, JobKind
from keyfob.storage.database import Conflict, Database
from keyfob.storage.proofing import calendar, store
from keyfob.storage.proofing.calendar import Calendar, JobRow, Taken
from keyfob.storage.proofing.store import CaseRow, CaseStore
from keyfob.storage.rows import Write
from keyfob.storage.transaction import Transactions

AT = datetime(2027, 1, 4, 10, tzinfo=UTC)
BY = Actor(kind="system", id="test")
BARE = Case(id="prf_1", account="acc_ada", organization="acme", credential="crd_1", opened_at=AT)
EVERYTHING = replace(
    BARE,
    state=State.BOOKED,
    method=Method.LIVE,
    consented_at=AT.replace(hour=1),
    attempts=2,
    session="ses_1",
    answers_until=AT.replace(hour=2),
    located="ses_0",
    letter=Letter(id="ltr_1", requested_at=AT, mailed_on=date(2027, 1, 5), reminded=True),
    letters=(AT.replace(hour=8), AT),
    appointment=Appointment(
        id="apt_1",
        agent="acc_agent",
        start=AT,
        number=3,
        obstacles=frozenset({Obstacle.HOURS, Obstacle.DAY_OFF}),
        room="https://rooms.example/r/1",
        room_by=AT.replace(hour=8),
    ),
    contact=Contact(phone="+12025550123", language="de", zone="Asia/Kolkata"),
    codes={CodeKind.AGENT: ActivationCode(mac="ab12", until=AT.replace(hour=3))},
    failures=1,
    no_shows=2,
    books_from=AT.replace(hour=4),
    told_at=AT.replace(hour=5),
    held=Appointment(id="apt_0", agent="acc_other", start=AT.replace(hour=6), number=1),
    correction=Correction(name="Ada Lovelace", until=AT.replace(hour=8)),
    absent=Absence.BOTH,
    agent="acc_agent",
    ended_at=AT.replace(hour=7),
)
AGENT = Agent(
    account="acc_agent",
    zone="America/New_York",
    languages=("en", "de"),
    shifts=(Shift(weekday=4, begins=time(9, 15), ends=time(17)),),
    room="https://meet.example/agnes",
    active=False,
)


BOOKED = Appointment(id="apt_1", agent="acc_agent", start=AT)
JOB = Job(
    id="JOB#01",
    agent="acc_agent",
    kind=JobKind.TAKE_OFF,
    at=AT,
    days=(date(2027, 1, 4), date(2027, 1, 5)),
)


def commit(transactions: Transactions, subject: str, *writes: Write) -> None:
    entry = Entry(action="test.happened", actor=BY, at=AT, subject=subject)
    transactions.commit(*writes, audit=[entry] if subject else [])


def test_the_example_leaves_nothing_at_its_default() -> None:
    same = {
        field.name
        for field in fields(Case)
        if getattr(EVERYTHING, field.name) == getattr(BARE, field.name)
    }
    assert same == {
        *("id", "account", "organization", "credential", "opened_at", "version", "head")
    }


@pytest.mark.parametrize("case", [BARE, EVERYTHING])
def test_a_case_comes_back_as_it_was_saved(
    case: Case, database: Database, transactions: Transactions
) -> None:
    commit(transactions, case.subject, *store.save(None, case, AT))
    found = CaseStore(database).current("acc_ada")
    assert found
    assert replace(found, version=0, head=case.head) == case
    assert found.version == 1


@pytest.mark.parametrize(("one", "other"), [(BARE, EVERYTHING), (EVERYTHING, BARE)])
def test_a_change_writes_and_removes_whatever_differs(
    one: Case, other: Case, database: Database, transactions: Transactions
) -> None:
    commit(transactions, one.subject, *store.save(None, one, AT))
    cases = CaseStore(database)
    seen = cases.current("acc_ada")
    assert seen
    commit(transactions, one.subject, *store.save(seen, other, None))
    found = cases.current("acc_ada")
    assert found
    assert replace(found, version=0, head=other.head) == other
    row = database.get(CaseRow, "CASE#acc_ada", "-")
    assert row
    assert not row.g1pk, "nothing is due any more"
    assert not row.g1sk


def test_agents_come_back_as_they_were_saved(
    database: Database, transactions: Transactions
) -> None:
    commit(transactions, AGENT.subject, calendar.put_agent(AGENT))
    [found] = Calendar(database).agents()
    assert replace(found, version=0, head=AGENT.head) == AGENT
    changed = replace(found, zone="UTC", active=True)
    commit(transactions, AGENT.subject, calendar.change_agent(found, changed))
    again = Calendar(database).agent("acc_agent")
    assert again
    assert (again.zone, again.active, again.shifts) == ("UTC", True, AGENT.shifts)


def test_a_quarter_is_taken_once_whether_by_an_appointment_or_a_day_off_S33(
    database: Database, transactions: Transactions
) -> None:
    commit(transactions, "", *calendar.claim("acc_agent", AT, "apt_1"))
    overlapping = calendar.claim("acc_agent", AT + timedelta(minutes=30), "apt_2")
    with pytest.raises(Conflict):
        commit(transactions, "", *overlapping)
    commit(transactions, "", calendar.put_job(JOB, AT))
    with pytest.raises(Conflict):
        commit(transactions, "", *calendar.take_off(JOB, [AT]))
    commit(transactions, "", *calendar.claim("acc_other", AT, "apt_2"))
    commit(transactions, "", *calendar.take_off(JOB, [AT + timedelta(minutes=45)]))
    period = Period(begins=AT, ends=AT + timedelta(hours=1))
    found = Calendar(database).of_agent("acc_agent", period)
    assert [one.appointment for one in found] == ["apt_1", "apt_1", "apt_1", None]
    assert found[0] == Taken(agent="acc_agent", at=AT, appointment="apt_1")


def test_only_its_own_appointment_gives_a_quarter_back_S33(
    database: Database, transactions: Transactions
) -> None:
    commit(transactions, "", *calendar.claim("acc_agent", AT, "apt_1"))
    with pytest.raises(Conflict):
        commit(transactions, "", *calendar.give_back(replace(BOOKED, id="apt_2")))
    commit(transactions, "", *calendar.give_back(BOOKED))
    assert Calendar(database).busy(Period(begins=AT, ends=AT + timedelta(days=1))) == {}


def test_an_appointment_leaves_a_day_off_behind_that_was_taken_around_it_S33(
    database: Database, transactions: Transactions
) -> None:
    commit(transactions, "", *calendar.claim("acc_agent", AT, "apt_1"))
    on_a_day_off = replace(BOOKED, obstacles=frozenset({Obstacle.DAY_OFF}))
    commit(transactions, "", *calendar.give_back(on_a_day_off))
    period = Period(begins=AT, ends=AT + timedelta(hours=1))
    found = Calendar(database).of_agent("acc_agent", period)
    assert [one.appointment for one in found] == [None, None, None]


def test_a_job_comes_back_as_it_was_noted_and_is_due(
    database: Database, transactions: Transactions
) -> None:
    commit(transactions, "", calendar.put_job(JOB, AT))
    assert Calendar(database).jobs("acc_agent") == [JOB]
    row = database.get(JobRow, "AGENT#acc_agent", JOB.id)
    assert row
    assert row.g1sk == "2027-01-04T10:00:00Z#AGENT#acc_agent"


def test_without_its_job_no_quarter_is_taken_off_or_given_back_S33(
    database: Database, transactions: Transactions
) -> None:
    commit(transactions, "", calendar.put_job(JOB, AT))
    commit(transactions, "", *calendar.take_off(JOB, [AT]))
    commit(transactions, "", calendar.remove_job(JOB))
    for writes in (calendar.take_off(JOB, [AT + QUARTER]), calendar.unblock(JOB, [AT])):
        with pytest.raises(Conflict):
            commit(transactions, "", *writes)


@pytest.mark.parametrize("days", [0, 1, 6, 7, 13])
def test_a_period_over_several_weeks_finds_every_quarter_once_S33(
    days: int, database: Database, transactions: Transactions
) -> None:
    at = AT + timedelta(days=days)
    commit(transactions, "", *calendar.claim("acc_agent", at, "apt_1"))
    period = Period(begins=AT - timedelta(days=1), ends=AT + timedelta(days=14))
    assert len(Calendar(database).busy(period)["acc_agent"]) == 3
    assert len(Calendar(database).of_agent("acc_agent", period)) == 3
