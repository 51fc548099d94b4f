"""Free times and the choice of the agent (C3, S33)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from keyfob.domain.policy import Policy
from keyfob.domain.proofing.agent import QUARTER, Agent, Period, Shift
from keyfob.domain.proofing.calendar import (
    LENGTH,
    bookable,
    candidates,
    claimed,
    free,
    nearest,
    starts,
)

MONDAY = datetime(2027, 1, 4, tzinfo=UTC)
DAY = Period(begins=MONDAY, ends=MONDAY + timedelta(days=1))


def agent(account: str = "acc_1", *, languages: tuple[str, ...] = ("en",)) -> Agent:
    morning = Shift(weekday=0, begins=time(9), ends=time(11))
    return Agent(account=account, zone="UTC", languages=languages, shifts=(morning,))


def at(text: str) -> datetime:
    return datetime.combine(MONDAY.date(), time.fromisoformat(text), UTC)


def test_an_appointment_claims_its_half_hour_and_a_quarter_after_it_S33() -> None:
    assert claimed(at("09:00")) == [at("09:00"), at("09:15"), at("09:30")]


def test_starts_lie_half_an_hour_apart_and_end_within_the_shift_C3() -> None:
    assert starts(agent(), DAY) == [at("09:00"), at("09:30"), at("10:00"), at("10:30")]


def test_starts_of_a_part_of_the_day_are_those_of_the_whole_C3() -> None:
    part = Period(begins=at("09:10"), ends=at("10:30"))
    assert starts(agent(), part) == [at("09:30"), at("10:00")]


def test_an_agent_who_is_not_active_has_no_starts_C3() -> None:
    assert starts(replace(agent(), active=False), DAY) == []


def test_the_quarter_after_an_appointment_is_not_free_S33() -> None:
    busy = {"acc_1": set(claimed(at("09:30")))}
    assert free([agent()], busy, DAY) == [at("10:30")]


def test_a_start_is_free_if_one_agent_is_and_comes_once_C3() -> None:
    busy = {"acc_1": set(claimed(at("09:00")))}
    agents = [agent("acc_1"), agent("acc_2")]
    assert free(agents, busy, DAY) == [at("09:00"), at("09:30"), at("10:00"), at("10:30")]


def test_who_speaks_the_language_comes_first_then_who_has_fewest_that_day_C3() -> None:
    english, german = agent("acc_1"), agent("acc_2", languages=("de",))
    idle = agent("acc_3")
    busy = {"acc_1": set(claimed(at("09:00")))}
    found = candidates([german, english, idle], busy, at("10:00"), language="en", case="prf_1")
    assert [one.account for one in found] == ["acc_3", "acc_1", "acc_2"]


def test_load_of_another_day_does_not_count_C3() -> None:
    busy = {"acc_1": set(claimed(at("09:00") + timedelta(days=1)))}
    with_load = candidates(
        [agent("acc_1"), agent("acc_2")], busy, at("10:00"), language="en", case="prf_1"
    )
    without = candidates(
        [agent("acc_1"), agent("acc_2")], {}, at("10:00"), language="en", case="prf_1"
    )
    assert with_load == without


def test_equal_agents_are_chosen_differently_for_different_cases_C3() -> None:
    agents = [agent("acc_1"), agent("acc_2"), agent("acc_3")]
    first = {
        candidates(agents, {}, at("10:00"), language="en", case=f"prf_{n}")[0].account
        for n in range(20)
    }
    assert len(first) == 3


def test_nobody_is_a_candidate_at_a_time_that_is_no_start_or_taken_S33() -> None:
    assert candidates([agent()], {}, at("09:15"), language="en", case="c") == []
    busy = {"acc_1": {at("09:30")}}
    assert candidates([agent()], busy, at("09:00"), language="en", case="c") == []


def test_the_three_nearest_come_in_order_of_time_S33() -> None:
    found = [at("08:00"), at("09:00"), at("10:30"), at("11:00")]
    assert nearest(found, at("10:00")) == [at("09:00"), at("10:30"), at("11:00")]


def test_an_appointment_begins_after_the_notice_and_within_the_horizon_C3() -> None:
    policy = Policy()
    assert bookable(MONDAY, policy) == Period(
        begins=MONDAY + timedelta(hours=2), ends=MONDAY + timedelta(days=30)
    )


@given(
    begins=st.integers(0, 95),
    length=st.integers(1, 60),
    zone=st.sampled_from(
        ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu"]
    ),
    day=st.sampled_from([date(2027, 3, 14), date(2027, 4, 4), date(2027, 10, 31)]),
)
def test_no_two_free_starts_of_one_shift_begin_nearer_than_an_appointment_S33(
    begins: int, length: int, zone: str, day: date
) -> None:
    opens = (MONDAY + begins * QUARTER).time()
    closes = (MONDAY + min(begins + length, 95) * QUARTER).time()
    shift = Shift(weekday=day.weekday(), begins=opens, ends=closes)
    one = Agent(account="acc_1", zone=zone, languages=(), shifts=(shift,))
    found = starts(one, one.local_day(day))
    assert all(later - earlier >= LENGTH for earlier, later in pairwise(found))
    working = list(one.working(one.local_day(day)))
    assert all(
        any(hours.begins <= start and start + LENGTH <= hours.ends for hours in working)
        for start in found
    )
