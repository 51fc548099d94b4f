"""The referee's own judgment, to the second, on lives written down by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.referee.dates import a_year_after, deadline, is_night
from tests.referee.judge import judge
from tests.referee.record import Act, Fault, Life, Sending, Told, Watch

DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
BORN = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
EXPIRES = datetime(2028, 3, 1, 12, 0, tzinfo=UTC)
ENDS = datetime(2029, 3, 1, 12, 0, tzinfo=UTC)
LAPSED = Act(number=6, at=ENDS, what="lapsed", by="clock")
WATCH = Watch(until=ENDS + 30 * DAY)


def told(number: int, kind: str, at: datetime, **changes: Any) -> Told:
    """A message, queued and sent a minute after it was due."""
    sent = (Sending(at=at + 60 * SECOND),)
    values = {"number": number, "id": f"msg_{number}", "kind": kind, "queued_at": at}
    return Told(**{**values, "sent": sent, **changes})


TOLD = (
    told(1, "renewal_notice", EXPIRES - 30 * DAY),
    told(2, "credential_expired", EXPIRES),
    told(3, "revocation_reminder", ENDS - 30 * DAY, days=30),
    told(4, "revocation_reminder", ENDS - 15 * DAY, days=15),
    told(5, "revocation_reminder", ENDS - 3 * DAY, days=3),
    told(6, "credential_lapsed", ENDS),
)


def a_life(*, without: int = 0, more: tuple[Told, ...] = (), **changes: Any) -> Life:
    """A person in Berlin who never did anything; `without` the message of that number."""
    values: dict[str, Any] = {
        "id": "one",
        "zone": "Europe/Berlin",
        "country": "DE",
        "born_at": BORN,
        "first_expiry": EXPIRES,
        "acts": (LAPSED,),
        "messages": (*(one for one in TOLD if one.number != without), *more),
        "expires_at": EXPIRES,
        "revoked_at": ENDS,
    }
    return Life(**{**values, **changes})


def acted(*acts: Act, **changes: Any) -> Life:
    """A person who did these things and was notified of them, and of nothing else."""
    kinds = {"renewed": "renewed", "suspended": "suspended", "lifted": "reenabled"}
    messages = tuple(told(one.number, f"credential_{kinds[one.what]}", one.at) for one in acts)
    return a_life(acts=acts, messages=messages, revoked_at=None, **changes)


def faults(life: Life, watch: Watch = WATCH) -> set[Fault]:
    """The faults found."""
    return {one.fault for one in judge(life, watch)}


def test_a_life_by_the_rules_has_no_fault() -> None:
    assert judge(a_life(), WATCH) == []


@pytest.mark.parametrize("number", range(1, 7))
def test_a_message_that_is_not_there_is_missing_S44(number: int) -> None:
    assert faults(a_life(without=number)) == {Fault.MISSING}


@pytest.mark.parametrize("number", range(1, 7))
def test_a_message_that_was_never_sent_is_missing(number: int) -> None:
    unsent = replace(TOLD[number - 1], sent=())
    assert faults(a_life(without=number, more=(unsent,))) == {Fault.MISSING}


def test_a_step_without_time_for_it_is_not_missing_S44() -> None:
    outage = (ENDS - 31 * DAY, ENDS - 15 * DAY - HOUR)
    assert faults(a_life(without=3), replace(WATCH, outages=(outage,))) == set()
    long_enough = (ENDS - 31 * DAY, ENDS - 15 * DAY - 5 * HOUR)
    assert faults(a_life(without=3), replace(WATCH, outages=(long_enough,))) == {Fault.MISSING}


def test_the_same_again_is_double_and_its_copy_only_if_the_log_says_so_S42() -> None:
    again = told(7, "revocation_reminder", ENDS - 2 * DAY, days=3)
    messages = (*TOLD[:5], replace(again, number=5, id="msg_x"), *TOLD[5:])
    numbered = [replace(one, number=position) for position, one in enumerate(messages, 1)]
    life = a_life(acts=(replace(LAPSED, number=7),), messages=tuple(numbered))
    assert faults(life) == {Fault.DOUBLE}

    twice = replace(TOLD[0], sent=TOLD[0].sent * 2)
    life = a_life(without=1, more=(twice,))
    assert faults(life) == {Fault.DOUBLE}
    logged = replace(WATCH, resent=frozenset({"msg_1"}))
    assert faults(life, logged) == set()
    thrice = replace(TOLD[0], sent=TOLD[0].sent * 3)
    assert faults(a_life(without=1, more=(thrice,)), logged) == {Fault.DOUBLE}


def test_the_less_urgent_of_two_overdue_reminders_is_a_fault_S44() -> None:
    outage = (ENDS - 31 * DAY, ENDS - 10 * DAY)
    late = told(3, "revocation_reminder", ENDS - 10 * DAY, days=30)
    life = a_life(messages=(*TOLD[:2], late, *TOLD[4:]))
    assert Fault.LESS_URGENT in faults(life, replace(WATCH, outages=(outage,)))
    urgent = replace(late, days=15)
    life = a_life(messages=(*TOLD[:2], urgent, *TOLD[4:]))
    assert faults(life, replace(WATCH, outages=(outage,))) == set()


@pytest.mark.parametrize(
    ("sent_at", "found"),
    [
        (ENDS - 15 * DAY - SECOND, set()),
        (ENDS - 15 * DAY, {Fault.LESS_URGENT}),
        (ENDS - 15 * DAY + HOUR - SECOND, {Fault.LESS_URGENT}),
        (ENDS - 15 * DAY + HOUR + SECOND, {Fault.MOOT}),
    ],
)
def test_a_reminder_that_waited_isnt_sent_when_the_next_is_due_S44(
    sent_at: datetime, found: set[Fault]
) -> None:
    outage = (ENDS - 30 * DAY + SECOND, ENDS - 15 * DAY + HOUR)
    waited = replace(TOLD[2], sent=(Sending(at=sent_at),))
    after = told(4, "revocation_reminder", outage[1], days=15)
    life = a_life(messages=(*TOLD[:2], waited, after, *TOLD[4:]))
    assert faults(life, replace(WATCH, outages=(outage,))) == found


@pytest.mark.parametrize("number", range(1, 6))
def test_told_a_second_early_is_a_fault(number: int) -> None:
    one = TOLD[number - 1]
    early = replace(one, queued_at=one.queued_at - SECOND)
    assert Fault.EARLY in faults(a_life(without=number, more=(early,)))


@pytest.mark.parametrize(
    ("sent_at", "found"),
    [(ENDS - SECOND, set()), (ENDS, {Fault.MOOT}), (ENDS + SECOND, {Fault.MOOT})],
)
def test_a_reminder_is_obsolete_from_the_second_of_the_revocation_on_S44(
    sent_at: datetime, found: set[Fault]
) -> None:
    late = replace(TOLD[4], sent=(Sending(at=sent_at),))
    outage = replace(WATCH, outages=((ENDS - 3 * DAY, ENDS),))
    assert faults(a_life(without=5, more=(late,)), outage) == found


def test_a_notice_sent_after_the_renewal_is_obsolete_S44() -> None:
    renewed = Act(number=2, at=EXPIRES - 30 * DAY + 3 * HOUR, what="renewed", by="holder")
    answer = told(2, "credential_renewed", renewed.at)
    for sent_at, found in ((renewed.at, set()), (renewed.at + SECOND, {Fault.MOOT})):
        notice = replace(TOLD[0], sent=(Sending(at=sent_at),))
        life = a_life(acts=(renewed,), messages=(notice, answer), expires_at=ENDS, revoked_at=None)
        assert faults(life, Watch(until=EXPIRES)) == found


@pytest.mark.parametrize(
    ("hour", "found"),
    [(7, set()), (8, set()), (10, set()), (11, {Fault.MISSING}), (15, {Fault.MISSING})],
)
def test_an_outage_that_ends_at_night_leaves_a_reminder_the_morning(
    hour: int, found: set[Fault]
) -> None:
    # It ends at four in Berlin: from eight on, four hours.
    day = (ENDS - 2 * DAY).replace(hour=0)
    outage = replace(WATCH, outages=((ENDS - 3 * DAY + SECOND, day.replace(hour=3)),))
    late = replace(TOLD[4], sent=(Sending(at=day.replace(hour=hour) + SECOND),))
    assert faults(a_life(without=5, more=(late,)), outage) == found


@pytest.mark.parametrize(
    ("number", "found"), [(1, {Fault.QUIET}), (2, set()), (5, {Fault.QUIET}), (6, set())]
)
def test_only_reminders_keep_quiet_hours(number: int, found: set[Fault]) -> None:
    one = TOLD[number - 1]
    evening = one.queued_at.replace(hour=19)  # 20:00 in Berlin
    night = replace(one, queued_at=evening, sent=(Sending(at=evening),))
    # The clock came late.
    watch = replace(WATCH, outages=((one.queued_at, evening),))
    acts = (replace(LAPSED, at=evening),) if number == 6 else (LAPSED,)
    life = a_life(without=number, more=(night,), acts=acts, revoked_at=acts[0].at)
    assert faults(life, watch) == found


def test_the_last_night_before_it_ends_is_no_time_to_wait_F7() -> None:
    """In New York it ends at seven in the morning."""
    by_day = [
        replace(one, sent=(Sending(at=one.queued_at + HOUR + 60 * SECOND),)) for one in TOLD[:4]
    ]
    woken = told(5, "revocation_reminder", ENDS - 7 * HOUR, days=3)
    watch = replace(WATCH, outages=((ENDS - 4 * DAY, woken.queued_at),))
    for last, found in ((woken, set()), (replace(woken, sent=()), {Fault.MISSING})):
        life = a_life(zone="America/New_York", country="US", messages=(*by_day, last, TOLD[5]))
        assert faults(life, watch) == found


@pytest.mark.parametrize("said", [(ENDS, ENDS), (EXPIRES, EXPIRES)])
def test_a_message_that_says_something_else_is_a_fault(said: tuple[datetime, datetime]) -> None:
    sending = replace(TOLD[3].sent[0], until=said[0], revokes=said[1])
    wrong = replace(TOLD[3], sent=(sending,))
    assert faults(a_life(without=4, more=(wrong,))) == {Fault.SAID}


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (datetime(2029, 2, 28, 16, 0, tzinfo=UTC), set()),
        (datetime(2029, 2, 27, 16, 0, tzinfo=UTC), {Fault.SAID}),
        (None, {Fault.SAID}),
    ],
)
def test_a_wrong_deadline_is_a_fault_F7(said: datetime | None, found: set[Fault]) -> None:
    sent = replace(TOLD[3].sent[0], deadline=said, tells_deadline=True)
    assert faults(a_life(without=4, more=(replace(TOLD[3], sent=(sent,)),))) == found


def test_a_message_about_nothing_is_a_fault() -> None:
    more = told(7, "credential_renewed", ENDS - DAY)
    assert faults(a_life(more=(more,))) == {Fault.CAUSELESS}


@pytest.mark.parametrize(
    ("at", "found"),
    [
        (ENDS - SECOND, {Fault.REVOKED_EARLY}),
        (ENDS, set()),
        (ENDS + 4 * HOUR, set()),
        (ENDS + 4 * HOUR + SECOND, {Fault.REVOKED_LATE}),
    ],
)
def test_it_is_revoked_in_time_F6(at: datetime, found: set[Fault]) -> None:
    answer = told(6, "credential_lapsed", at)
    life = a_life(without=6, more=(answer,), acts=(replace(LAPSED, at=at),), revoked_at=at)
    assert faults(life) == found


def test_it_is_revoked_at_all_F6() -> None:
    life = a_life(without=6, acts=(), revoked_at=None)
    assert faults(life) == {Fault.NOT_REVOKED}
    assert faults(life, Watch(until=ENDS + 4 * HOUR)) == set()


@pytest.mark.parametrize(
    ("after", "by", "found"),
    [
        (60 * DAY - SECOND, "holder", set()),
        (60 * DAY, "holder", {Fault.TOO_LATE}),
        (60 * DAY + SECOND, "holder", {Fault.TOO_LATE}),
        (DAY, "administrator", {Fault.NOT_THEIRS}),
    ],
)
def test_a_suspension_is_lifted_in_time_and_by_its_own_kind_F5(
    after: timedelta, by: str, found: set[Fault]
) -> None:
    suspended = Act(number=1, at=BORN, what="suspended", by="holder")
    lifted = Act(number=5, at=BORN + after, what="lifted", by=by)
    # The clock stood still meanwhile: nothing was sent, and nothing had to be.
    watch = Watch(until=lifted.at + 5 * HOUR, outages=((BORN, BORN + after),))
    assert faults(acted(suspended, lifted), watch) == found


def test_a_revocation_that_was_averted_is_a_fault_F5() -> None:
    suspended = Act(number=1, at=BORN, what="suspended", by="holder")
    lifted = Act(number=2, at=BORN + DAY, what="lifted", by="holder")
    lapsed = replace(LAPSED, at=BORN + 60 * DAY)
    life = acted(suspended, lifted)
    answer = told(6, "credential_lapsed", lapsed.at)
    life = replace(
        life,
        acts=(*life.acts, lapsed),
        messages=(*life.messages, answer),
        revoked_at=lapsed.at,
    )
    assert faults(life) == {Fault.REVOKED_AVERTED}


def test_an_expiry_from_another_day_than_the_original_is_a_fault_B7() -> None:
    renewed = Act(number=1, at=EXPIRES - 40 * DAY, what="renewed", by="holder")
    watch = Watch(until=EXPIRES)
    assert faults(acted(renewed, expires_at=ENDS), watch) == set()
    assert faults(acted(renewed, expires_at=ENDS - 40 * DAY), watch) == {Fault.EXPIRY}


def test_nothing_happens_after_the_end() -> None:
    late = Act(number=7, at=ENDS + DAY, what="suspended", by="holder")
    answer = told(7, "credential_suspended", late.at)
    assert Fault.AFTER_END in faults(a_life(acts=(LAPSED, late), more=(answer,)))


def test_its_own_dates_are_those_of_the_calendar_S45() -> None:
    assert a_year_after(datetime(2028, 2, 29, tzinfo=UTC)) == datetime(2029, 2, 28, tzinfo=UTC)
    assert a_year_after(datetime(2027, 2, 28, tzinfo=UTC)) == datetime(2028, 2, 28, tzinfo=UTC)
    kiritimati = [datetime(2027, 6, 1, hour, tzinfo=UTC) for hour in (5, 6, 17, 18)]
    assert [is_night(at, "Pacific/Kiritimati") for at in kiritimati] == [False, True, True, False]
    # Easter: Thursday is the last business day before the Monday.
    easter_monday = datetime(2027, 3, 29, 12, 0, tzinfo=UTC)
    thursday = datetime(2027, 3, 25, 16, 0, tzinfo=UTC)
    assert deadline(easter_monday, "Europe/Berlin", "DE") == thursday
