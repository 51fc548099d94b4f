"""The milestones of a credential and their dates (F5, F6, F7, S44)."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob.domain.credentials.credential import Credential, State
from keyfob.domain.credentials.dates import one_year_after
from keyfob.domain.credentials.lifecycle import perform
from keyfob.domain.credentials.milestones import (
    Milestone,
    MilestoneKind,
    clock_facts,
    due,
    milestones,
    next_due,
)
from keyfob.domain.credentials.suspension import Suspender
from keyfob.domain.policy import Policy
from tests.support.examples import steady
from tests.support.fakes import START
from tests.support.otp import (
    DAY,
    POLICY,
    SECOND,
    a_credential,
    a_hardware_token,
    a_pending_credential,
    a_suspended_credential,
)

NOTICE, EXPIRY = MilestoneKind.RENEWAL_NOTICE, MilestoneKind.EXPIRY
REMINDER, REVOCATION = MilestoneKind.REMINDER, MilestoneKind.REVOCATION
ENDS = START + 400 * DAY
GONE = one_year_after(ENDS)
LIVE = a_credential(expires_at=ENDS)


def suspended(at: datetime, by: Suspender = Suspender.HOLDER) -> Credential:
    return a_suspended_credential(by, since=at, expires_at=ENDS)


def one(at: datetime, kind: MilestoneKind, days: int | None = None) -> Milestone:
    return Milestone(at=at, kind=kind, days=days)


def kinds(credential: Credential, policy: Policy = POLICY) -> list[MilestoneKind]:
    return [each.kind for each in milestones(credential, policy)]


WHOLE_LIFE = [
    one(ENDS - 30 * DAY, NOTICE),
    one(ENDS, EXPIRY),
    one(GONE - 30 * DAY, REMINDER, 30),
    one(GONE - 15 * DAY, REMINDER, 15),
    one(GONE - 3 * DAY, REMINDER, 3),
    one(GONE, REVOCATION),
]


@pytest.mark.parametrize(
    "credential",
    [
        LIVE,
        a_pending_credential(expires_at=ENDS),
        a_pending_credential(expires_at=ENDS, state=State.PENDING_APPROVAL),
        suspended(START, Suspender.SYSTEM),
    ],
)
def test_every_live_credential_has_notice_expiry_three_reminders_and_revocation_F6_F7(
    credential: Credential,
) -> None:
    assert milestones(credential, POLICY) == WHOLE_LIFE


@pytest.mark.parametrize("by", [Suspender.HOLDER, Suspender.ADMINISTRATOR])
def test_a_suspension_has_reminders_and_an_end_of_its_own_F5_F7(by: Suspender) -> None:
    assert milestones(suspended(START, by), POLICY) == [
        one(START + 30 * DAY, REMINDER, 30),
        one(START + 45 * DAY, REMINDER, 15),
        one(START + 57 * DAY, REMINDER, 3),
        one(START + 60 * DAY, REVOCATION),
    ]


def test_milestones_before_the_end_of_a_suspension_keep_their_place_F6_F7() -> None:
    credential = suspended(ENDS - 40 * DAY)
    assert milestones(credential, POLICY) == [
        one(ENDS - 30 * DAY, NOTICE),
        one(ENDS - 10 * DAY, REMINDER, 30),
        one(ENDS, EXPIRY),
        one(ENDS + 5 * DAY, REMINDER, 15),
        one(ENDS + 17 * DAY, REMINDER, 3),
        one(ENDS + 20 * DAY, REVOCATION),
    ]


@pytest.mark.parametrize(("before", "kind"), [(30 * DAY, NOTICE), (0 * DAY, EXPIRY)])
def test_a_milestone_at_or_after_the_revocation_never_comes_S44(
    before: timedelta, kind: MilestoneKind
) -> None:
    at_once = suspended(ENDS - before - 60 * DAY)
    assert at_once.revokes_at(POLICY) == ENDS - before
    assert kind not in kinds(at_once)
    assert kind not in kinds(replace(at_once, suspensions={Suspender.HOLDER: START}))
    assert kind in kinds(
        replace(at_once, suspensions={Suspender.HOLDER: ENDS - before - 60 * DAY + SECOND})
    )


def test_the_policy_says_how_many_reminders_there_are_and_when_F7() -> None:
    policy = Policy(
        revocation_reminders=(3 * DAY, 300 * DAY, 90 * DAY),
        renewal_notice=10 * DAY,
        suspension_limit=100 * DAY,
    )
    assert milestones(LIVE, policy)[0] == one(ENDS - 10 * DAY, NOTICE)
    assert [(each.at, each.days) for each in milestones(LIVE, policy)[2:-1]] == [
        (GONE - 300 * DAY, 300),
        (GONE - 90 * DAY, 90),
        (GONE - 3 * DAY, 3),
    ]
    assert [(each.at - START, each.days) for each in milestones(suspended(START), policy)] == [
        # A reminder 300 days before stood before the suspension: it is overdue from the beginning.
        (-200 * DAY, 300),
        (10 * DAY, 90),
        (97 * DAY, 3),
        (100 * DAY, None),
    ]


def test_a_day_is_24_hours_also_when_the_clocks_are_changed_F7() -> None:
    spring = suspended(datetime.fromisoformat("2027-03-01T12:00:00+00:00"))
    assert milestones(spring, POLICY)[0].at.isoformat() == "2027-03-31T12:00:00+00:00"


# Due milestones


@pytest.mark.parametrize("each", WHOLE_LIFE)
def test_each_is_due_in_its_second_and_not_one_earlier_F6_F7(each: Milestone) -> None:
    before = replace(LIVE, told_at=each.at - SECOND)
    assert due(before, each.at, POLICY) == each
    assert due(before, each.at - SECOND, POLICY) is None


@pytest.mark.parametrize("each", WHOLE_LIFE)
def test_only_the_most_urgent_of_several_overdue_is_due_S44(each: Milestone) -> None:
    assert due(LIVE, each.at, POLICY) == each
    assert due(LIVE, each.at + SECOND, POLICY) == each


@pytest.mark.parametrize("each", WHOLE_LIFE[:-1])
def test_a_done_milestone_and_less_urgent_ones_are_not_due_again_S42_S44(
    each: Milestone,
) -> None:
    told = replace(LIVE, told_at=each.at)
    assert due(told, each.at, POLICY) is None
    following = WHOLE_LIFE[WHOLE_LIFE.index(each) + 1]
    assert next_due(told, each.at, POLICY) == following.at
    assert due(told, following.at, POLICY) == following


def test_a_revocation_is_due_after_any_notification_F6() -> None:
    # A shorter limit of suspensions may lie before a milestone notified under the longer one.
    late = replace(suspended(START), told_at=START + 90 * DAY)
    assert due(late, START + 91 * DAY, POLICY) == one(START + 60 * DAY, REVOCATION)
    assert next_due(late, START + 91 * DAY, POLICY) == START + 91 * DAY


def test_at_the_same_instant_a_reminder_is_more_urgent_than_the_expiry_S44() -> None:
    tied = suspended(ENDS - 30 * DAY)
    assert kinds(tied) == [NOTICE, EXPIRY, REMINDER, REMINDER, REMINDER, REVOCATION]
    assert due(tied, ENDS, POLICY) == one(ENDS, REMINDER, 30)
    assert due(replace(tied, told_at=ENDS), ENDS, POLICY) is None


def test_at_the_same_instant_a_reminder_is_more_urgent_than_the_notice_S44() -> None:
    tied = suspended(ENDS - 60 * DAY + SECOND)
    policy = Policy(renewal_notice=30 * DAY - SECOND)
    assert due(tied, ENDS - 30 * DAY + SECOND, policy) == one(
        ENDS - 30 * DAY + SECOND, REMINDER, 30
    )


# The next look


def test_the_clock_looks_again_at_the_first_milestone_F6() -> None:
    assert next_due(LIVE, START, POLICY) == ENDS - 30 * DAY
    assert next_due(suspended(START), START, POLICY) == START + 30 * DAY


def test_an_overdue_credential_is_looked_at_now_and_not_in_the_past_S44() -> None:
    for each in WHOLE_LIFE:
        assert next_due(LIVE, each.at + SECOND, POLICY) == each.at + SECOND


def test_suspending_after_an_expiry_was_noticed_begins_with_its_own_reminders_F7() -> None:
    noticed = replace(LIVE, told_at=ENDS - 30 * DAY)
    halted = replace(
        noticed,
        suspensions={Suspender.HOLDER: ENDS - 29 * DAY},
    )
    assert next_due(halted, ENDS - 29 * DAY, POLICY) == ENDS
    assert due(halted, ENDS + DAY, POLICY) == one(ENDS + DAY, REMINDER, 30)


CHANGED: dict[str, Any] = {
    "expires_at": ENDS + DAY,
    "suspensions": {Suspender.ADMINISTRATOR: START},
    "told_at": START,
}
UNMOVED: dict[str, Any] = {
    "state": State.PENDING_ACTIVATION,
    "epoch": 9,
    "activated_at": None,
    "token": a_hardware_token(last=1),
    "tries": ("t1",),
    "version": 77,
    "head": "f" * 64,
    "replacing": True,
    "level": 3,
}


@pytest.mark.parametrize("name", CHANGED)
def test_a_change_of_a_date_plans_anew_S45(name: str) -> None:
    assert clock_facts(replace(LIVE, **{name: CHANGED[name]})) != clock_facts(LIVE)


@pytest.mark.parametrize("name", UNMOVED)
def test_daily_use_plans_nothing_anew_S45(name: str) -> None:
    assert name in {field.name for field in fields(Credential)}
    assert clock_facts(replace(LIVE, **{name: UNMOVED[name]})) == clock_facts(LIVE)


# Any life


@st.composite
def lives(draw: st.DrawFn) -> Credential:
    """Any life: suspended by anybody or not, notified of anything or not."""
    by = draw(st.sampled_from([None, *Suspender]))
    since = START + draw(st.integers(-60, 399)) * DAY
    told = draw(st.none() | st.integers(-10, 800).map(lambda days: START + days * DAY))
    credential = a_credential(expires_at=ENDS, told_at=told)
    if by is None:
        return credential
    return replace(credential, suspensions={by: since})


@steady
@given(credential=lives())
def test_milestones_are_always_in_order_with_the_revocation_last_F7(
    credential: Credential,
) -> None:
    found = milestones(credential, POLICY)
    assert [each.at for each in found] == sorted(each.at for each in found)
    assert [each.kind for each in found].count(REVOCATION) == 1
    assert found[-1] == one(credential.revokes_at(POLICY), REVOCATION)
    assert all(each.at < found[-1].at for each in found[:-1])


@steady
@given(credential=lives(), now=st.integers(0, 900 * 24).map(lambda hours: START + hours * DAY / 24))
def test_a_done_milestone_stays_done_and_the_next_one_lies_ahead_S42_S44(
    credential: Credential, now: datetime
) -> None:
    found = due(credential, now, POLICY)
    if found is None:
        assert next_due(credential, now, POLICY) > now
        return
    assert found.at <= now
    assert next_due(credential, now, POLICY) == now
    done = perform(found, credential, now).credential
    if found.kind is not REVOCATION:
        assert due(done, now, POLICY) is None
        assert next_due(done, now, POLICY) > now


def test_milestones_have_these_names_in_logs_and_forecasts_G2() -> None:
    assert list(MilestoneKind) == ["renewal_notice", "expiry", "reminder", "revocation"]
