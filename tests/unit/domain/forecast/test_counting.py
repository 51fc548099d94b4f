"""The forecast counts what the clock would do (F6, F7, G2, S44, S45)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob.domain.credentials import lifecycle
from keyfob.domain.credentials.credential import Credential, State
from keyfob.domain.credentials.milestones import Milestone, MilestoneKind, milestones
from keyfob.domain.credentials.suspension import Suspender
from keyfob.domain.forecast.counting import Count, Forecast, kinds
from keyfob.domain.forecast.period import Period
from keyfob.domain.policy import Policy
from tests.support.builders import a_credential
from tests.support.examples import steady
from tests.support.fakes import START

POLICY = Policy()
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
YEARS = Period(start=START, end=START + 900 * DAY)
WHOLE_LIFE = {
    "renewal_notice": 1,
    "expiry": 1,
    "reminder_30": 1,
    "reminder_15": 1,
    "reminder_3": 1,
    "revocation": 1,
}


def counted(*credentials: Credential, period: Period = YEARS, now: datetime = START) -> Forecast:
    count = Count(period, now, POLICY)
    for one in credentials:
        count.add(one)
    return count.forecast()


def totals(*credentials: Credential, **asked: Any) -> dict[str, int]:
    """Totals by kind, without zeros."""
    found = counted(*credentials, **asked).by_kind()
    return {kind.name: count for kind, count in found.items() if count}


def test_a_whole_life_is_counted_once_each_on_its_days_F6_F7() -> None:
    one = counted(a_credential(expires_at=datetime(2027, 11, 22, 7, tzinfo=UTC)))
    assert {kind.name: count for kind, count in one.by_kind().items()} == {
        **WHOLE_LIFE,
        "offer_reminder": 0,
        "offer_lapse": 0,
    }
    assert [due.day.isoformat() for due in one.counts] == [
        *("2027-10-23", "2027-11-22", "2028-10-23", "2028-11-07", "2028-11-19", "2028-11-22")
    ]
    assert (one.credentials, one.total) == (1, 6)


def test_a_done_milestone_does_not_count_again_S44() -> None:
    told = a_credential(expires_at=START + 30 * DAY, told_at=START)
    left = {kind: 1 for kind in WHOLE_LIFE if kind != "renewal_notice"}
    assert totals(told) == left


def test_only_the_most_urgent_of_several_overdue_counts_and_on_the_first_day_S44() -> None:
    late = a_credential(expires_at=START - 352 * DAY, told_at=START - 352 * DAY)
    found = counted(late, period=Period(start=START, end=START + DAY))
    [(due, count)] = found.counts.items()
    assert (due.kind.name, due.day, count) == ("reminder_15", START.date(), 1)
    assert totals(late) == {"reminder_15": 1, "reminder_3": 1, "revocation": 1}


def test_an_overdue_revocation_is_the_only_thing_left_S44() -> None:
    assert totals(a_credential(expires_at=START - 800 * DAY)) == {"revocation": 1}


def test_an_overdue_milestone_is_done_before_a_period_that_begins_later_S44() -> None:
    late = a_credential(expires_at=START - 352 * DAY, told_at=START - 352 * DAY)
    later = Period(start=START + SECOND, end=START + 900 * DAY)
    assert totals(late, period=later) == {"reminder_3": 1, "revocation": 1}


def test_the_clock_does_only_the_more_urgent_of_two_at_the_same_second_S44() -> None:
    suspended = START - 29 * DAY  # its first reminder is due tomorrow, when it expires
    both = a_credential(
        expires_at=START + DAY,
        told_at=START - 28 * DAY,
        suspensions={Suspender.HOLDER: suspended},
    )
    assert totals(both) == {"reminder_30": 1, "reminder_15": 1, "reminder_3": 1, "revocation": 1}


def test_a_renewed_one_begins_anew_a_year_later_B7() -> None:
    expired = a_credential(expires_at=START - DAY, told_at=START)
    renewed = lifecycle.renew(expired, START, POLICY).credential
    soon = Period(start=START, end=START + 333 * DAY)
    assert totals(expired, period=soon) == {}
    assert totals(renewed, period=soon) == {}
    assert totals(renewed) == WHOLE_LIFE


def test_a_suspension_counts_towards_its_end_unless_it_is_the_systems_F5() -> None:
    active = a_credential(expires_at=START + 300 * DAY)
    soon = Period(start=START, end=START + 61 * DAY)
    assert totals(active, period=soon) == {}
    for by, expected in (
        (Suspender.HOLDER, {"reminder_30": 1, "reminder_15": 1, "reminder_3": 1, "revocation": 1}),
        (Suspender.SYSTEM, {}),
    ):
        suspended = lifecycle.suspend(active, by, START, POLICY).credential
        assert totals(suspended, period=soon) == expected


def test_one_that_is_not_activated_yet_expires_like_any_other_F6() -> None:
    for state in (State.PENDING_APPROVAL, State.PENDING_ACTIVATION):
        assert totals(a_credential(state=state, activated_at=None)) == WHOLE_LIFE


@pytest.mark.parametrize(
    ("begins", "ends", "expected"),
    [
        (0, 1, 1),
        (1, 2, 0),
        (-1, 0, 0),
        (-1, 1, 1),
    ],
)
def test_a_period_has_its_first_second_and_not_its_last_S45(
    begins: int, ends: int, expected: int
) -> None:
    expiry = START + 100 * DAY
    period = Period(start=expiry + begins * SECOND, end=expiry + ends * SECOND)
    assert totals(a_credential(expires_at=expiry), period=period).get("expiry", 0) == expected


def test_a_day_ends_at_midnight_in_utc_S45() -> None:
    midnight = datetime(2027, 2, 1, tzinfo=UTC)
    february = Period(start=midnight, end=midnight + 30 * DAY)
    two = [a_credential(expires_at=midnight - off * SECOND) for off in (1, 0)]
    whole = counted(*two, period=Period(start=START, end=february.end))
    expiries = {due.day for due in whole.counts if due.kind.name == "expiry"}
    assert expiries == {date(2027, 1, 31), date(2027, 2, 1)}
    assert totals(*two, period=february) == {"expiry": 1}


def test_the_busiest_organization_and_the_first_of_the_fullest_days_come_first_G2() -> None:
    spread = [
        a_credential(organization=name, expires_at=START + days * DAY, told_at=START)
        for name, days in (("bolt", 1), ("acme", 2), ("core", 2), ("core", 3), ("bolt", 3))
    ]
    found = counted(*spread, period=Period(start=START, end=START + 10 * DAY))
    assert list(found.by_organization()) == ["bolt", "core", "acme"]
    assert found.peak() == (START.date() + 2 * DAY, 2)
    assert list(found.by_organization()["core"]) == [START.date() + off * DAY for off in (2, 3)]
    assert len(found.by_day()) == 11
    assert counted().peak() is None


offsets = st.integers(-900 * 86_400, 900 * 86_400).map(lambda seconds: timedelta(seconds=seconds))


@st.composite
def credentials(draw: st.DrawFn) -> Credential:
    one = a_credential(
        expires_at=START + draw(offsets | st.integers(-500, 500).map(lambda days: days * DAY)),
        organization=draw(st.sampled_from(["acme", "bolt", "core"])),
        told_at=draw(st.none() | st.integers(0, 400).map(lambda days: START - days * DAY)),
    )
    if draw(st.booleans()):
        by = draw(st.sampled_from(Suspender))
        since = START - timedelta(seconds=draw(st.integers(0, 70 * 86_400)))
        one = replace(one, suspensions={by: since})
    return one


@st.composite
def periods(draw: st.DrawFn) -> Period:
    start = START + timedelta(seconds=draw(st.just(0) | st.integers(1, 400 * 86_400)))
    return Period(start=start, end=start + timedelta(seconds=draw(st.integers(1, 400 * 86_400))))


def expected(credential: Credential, period: Period) -> Counter[tuple[date, str]]:
    """The counts by the published rules, without the clock's code."""
    told = credential.told_at
    left = [
        one
        for one in milestones(credential, POLICY)
        if told is None or one.at > told or one.kind is MilestoneKind.REVOCATION
    ]
    overdue = [one for one in left if one.at <= START][-1:]
    ends = [one for one in overdue if one.kind is MilestoneKind.REVOCATION]
    coming = {one.at: one for one in left if one.at > START and not ends}
    done = [replace(one, at=START) for one in overdue] + list(coming.values())

    def name(one: Milestone) -> str:
        return one.kind if one.days is None else f"{one.kind}_{one.days}"

    return Counter(
        (one.at.date(), name(one)) for one in done if period.start <= one.at < period.end
    )


@steady
@given(credentials(), periods())
def test_each_credential_counts_as_the_rules_say_G2_S44(
    credential: Credential, period: Period
) -> None:
    found = counted(credential, period=period).counts
    assert Counter({(due.day, due.kind.name): n for due, n in found.items()}) == expected(
        credential, period
    )


@steady
@given(st.lists(credentials(), max_size=12), periods())
def test_days_organizations_and_kinds_all_sum_to_the_total_G2(
    some: list[Credential], period: Period
) -> None:
    found = counted(*some, period=period)
    assert sum(found.by_kind().values()) == found.total
    assert sum(found.by_day().values(), Counter()).total() == found.total
    orgs = [day for days in found.by_organization().values() for day in days.values()]
    assert sum(orgs, Counter()).total() == found.total
    assert list(found.by_kind()) == list(kinds(POLICY))
    assert list(found.by_day()) == period.days
    assert found.credentials <= len(some)
    assert (found.credentials == 0) is (found.total == 0)


@steady
@given(st.lists(credentials(), max_size=6), periods(), st.data())
def test_two_periods_that_follow_each_other_are_one_G2(
    some: list[Credential], period: Period, data: st.DataObject
) -> None:
    length = int((period.end - period.start).total_seconds())
    cut = period.start + timedelta(seconds=data.draw(st.integers(0, length)))
    first = counted(*some, period=Period(start=period.start, end=cut)).counts
    then = counted(*some, period=Period(start=cut, end=period.end)).counts
    assert Counter(first) + Counter(then) == Counter(counted(*some, period=period).counts)
