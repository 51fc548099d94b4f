"""The clock on both sides of each boundary, to the second (S45)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob.domain.credentials.credential import Credential, State, Status
from keyfob.domain.credentials.dates import one_year_after
from keyfob.domain.credentials.milestones import MilestoneKind, due, milestones, next_due
from keyfob.domain.credentials.suspension import Suspender
from keyfob.domain.errors import IllegalTransition
from tests.support.builders import a_credential
from tests.support.examples import steady
from tests.support.otp import DAY, POLICY, SECOND, at
from tests.support.timeline import Timeline

REVOCATION, REMINDER = MilestoneKind.REVOCATION, MilestoneKind.REMINDER
PAID = datetime(2026, 11, 22, 7, 0, 0, tzinfo=UTC)
E = datetime(2027, 11, 22, 7, 0, 0, tzinfo=UTC)
R = datetime(2028, 11, 22, 7, 0, 0, tzinfo=UTC)
COUNTED = [Suspender.HOLDER, Suspender.ADMINISTRATOR]
JUST_BEFORE, AT, JUST_AFTER = -SECOND, timedelta(), SECOND


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def expired_for_a_year() -> tuple[Timeline, datetime]:
    return Timeline(paid_at=PAID, expires_at=E), R


def suspended_for_60_days() -> tuple[Timeline, datetime]:
    timeline = Timeline(paid_at=PAID, expires_at=E)
    timeline.suspend(PAID + DAY)
    return timeline, PAID + 61 * DAY


Story = Callable[[], tuple[Timeline, datetime]]
stories = pytest.mark.parametrize("story", [expired_for_a_year, suspended_for_60_days])


@stories
@pytest.mark.parametrize("when", [AT, JUST_AFTER])
def test_the_clock_revokes_from_R_on_F5_F6(story: Story, when: timedelta) -> None:
    timeline, ends = story()
    done = timeline.tick(ends + when)
    assert done
    assert (done.kind, done.at) == (REVOCATION, ends)
    assert timeline.credential.revoked_at == ends + when
    assert timeline.due is None, "nothing is due for it any more"


@stories
def test_a_second_before_R_the_clock_only_reminds_F7(story: Story) -> None:
    timeline, ends = story()
    done = timeline.tick(ends - SECOND)
    assert done
    assert (done.kind, done.days) == (REMINDER, 3)
    assert timeline.credential.revoked_at is None
    assert timeline.due == ends
    assert timeline.tick(ends - SECOND) is None, "and only once"


@stories
def test_it_shows_as_revoked_from_R_on_even_if_the_clock_is_late(story: Story) -> None:
    timeline, ends = story()
    status = timeline.credential.status
    assert status(ends - SECOND, POLICY) is not Status.REVOKED
    assert status(ends, POLICY) is Status.REVOKED


def test_a_renewal_a_second_before_R_averts_B7_F7() -> None:
    timeline, _ = expired_for_a_year()
    assert timeline.renew(R - SECOND).expires_at == R
    done = timeline.tick(R)
    assert done
    assert done.kind is MilestoneKind.EXPIRY, "it has expired again, a year later"
    assert timeline.credential.state is State.ACTIVE


def test_a_lift_a_second_before_R_averts_F5_F7() -> None:
    timeline, ends = suspended_for_60_days()
    timeline.lift(ends - SECOND)
    assert timeline.tick(ends) is None
    assert timeline.credential.state is State.ACTIVE
    assert timeline.due == E - 30 * DAY


@pytest.mark.parametrize("when", [AT, JUST_AFTER])
def test_from_R_on_nothing_averts_B7_F5_F7(when: timedelta) -> None:
    timeline, _ = expired_for_a_year()
    with pytest.raises(IllegalTransition):
        timeline.renew(R + when)
    timeline, ends = suspended_for_60_days()
    with pytest.raises(IllegalTransition):
        timeline.lift(ends + when)
    with pytest.raises(IllegalTransition):
        timeline.renew(ends + when)


@pytest.mark.parametrize("by", COUNTED)
@pytest.mark.parametrize(("days", "revoked"), [(59, False), (60, True), (61, True)])
def test_day_59_60_61_of_a_suspension_F5(by: Suspender, days: int, revoked: bool) -> None:
    timeline = Timeline(paid_at=PAID, expires_at=E)
    timeline.suspend(PAID, by)
    timeline.tick(PAID + days * DAY)
    assert (timeline.credential.revoked_at is not None) is revoked


@pytest.mark.parametrize("days", [59, 60, 61, 300])
def test_the_systems_suspension_counts_no_days_F5(days: int) -> None:
    timeline = Timeline(paid_at=PAID, expires_at=E)
    timeline.suspend(PAID, Suspender.SYSTEM)
    assert timeline.tick(PAID + days * DAY) is None
    assert timeline.credential.revokes_at(POLICY) == R


@pytest.mark.parametrize(("day", "left"), [(30, 30), (45, 15), (57, 3)])
def test_the_holder_of_a_suspended_one_is_reminded_on_day_30_45_and_57_F7(
    day: int, left: int
) -> None:
    timeline = Timeline(paid_at=PAID, expires_at=E)
    timeline.suspend(PAID)
    before = timeline.tick(PAID + day * DAY - SECOND)
    assert before is None or before.days != left
    reminded = timeline.tick(PAID + day * DAY)
    assert reminded
    assert (reminded.kind, reminded.days) == (REMINDER, left)


@pytest.mark.parametrize(
    ("expires_at", "days", "revoked"),
    [
        (utc(2026, 3, 1), 364, False),
        (utc(2026, 3, 1), 365, True),
        (utc(2026, 3, 1), 366, True),
        # 29 February 2028 lies between.
        (utc(2027, 3, 1), 364, False),
        (utc(2027, 3, 1), 365, False),
        (utc(2027, 3, 1), 366, True),
    ],
)
def test_day_364_365_366_after_the_expiry_F6(
    expires_at: datetime, days: int, revoked: bool
) -> None:
    timeline = Timeline(paid_at=expires_at - 365 * DAY, expires_at=expires_at)
    timeline.tick(expires_at + days * DAY)
    assert (timeline.credential.revoked_at is not None) is revoked


@pytest.mark.parametrize(("when", "expired"), [(JUST_BEFORE, False), (AT, True)])
def test_expired_in_the_very_second_F6(when: timedelta, expired: bool) -> None:
    timeline = Timeline(paid_at=PAID, expires_at=E)
    done = timeline.tick(E + when)
    assert done
    assert (done.kind is MilestoneKind.EXPIRY) is expired
    assert timeline.credential.is_usable(E + when) is not expired
    assert timeline.credential.epoch == 0
    assert timeline.renew(E + when).epoch == (1 if expired else 0)


@pytest.mark.parametrize(
    ("later", "done"),
    [
        (JUST_BEFORE, REVOCATION),
        (AT, REVOCATION),
        (JUST_AFTER, MilestoneKind.EXPIRY),
    ],
)
def test_a_credential_revoked_in_the_second_of_its_expiry_does_not_expire_first_F6_F7(
    later: timedelta, done: MilestoneKind
) -> None:
    timeline = Timeline(paid_at=PAID, expires_at=E)
    timeline.suspend(E - 60 * DAY + later)
    expires = [
        one for one in milestones(timeline.credential, POLICY) if one.kind is MilestoneKind.EXPIRY
    ]
    assert bool(expires) is (done is MilestoneKind.EXPIRY)
    milestone = timeline.tick(E)
    assert milestone
    assert milestone.kind is done


def test_a_credential_paid_on_29_february_ends_on_the_28th_from_then_on_B5_B7_S45() -> None:
    paid_at = utc(2028, 2, 29, 12, 30)
    timeline = Timeline(paid_at=paid_at, expires_at=one_year_after(paid_at))
    assert timeline.credential.expires_at == utc(2029, 2, 28, 12, 30)
    assert timeline.credential.revokes_at(POLICY) == utc(2030, 2, 28, 12, 30)
    for year in (2030, 2031, 2032, 2033):
        assert timeline.renew(utc(2029, 1, 1)).expires_at == utc(year, 2, 28, 12, 30)
    assert timeline.credential.revokes_at(POLICY) == utc(2034, 2, 28, 12, 30)


def test_60_days_after_a_29_february_S45() -> None:
    timeline = Timeline(paid_at=utc(2027, 12, 1), expires_at=utc(2028, 12, 1))
    timeline.suspend(utc(2028, 2, 29, 12))
    assert timeline.tick(utc(2028, 4, 29, 11, 59)) is not None
    assert timeline.credential.revoked_at is None
    timeline.tick(utc(2028, 4, 29, 12))
    assert timeline.credential.revoked_at == utc(2028, 4, 29, 12)


@pytest.mark.parametrize(
    "changes_clocks", [utc(2027, 3, 28, 1), utc(2027, 10, 31, 1), utc(2027, 3, 14, 7)]
)
def test_a_change_of_clocks_makes_no_day_longer_or_shorter_S45(changes_clocks: datetime) -> None:
    suspended_at = changes_clocks - 30 * DAY - 7 * SECOND
    timeline = Timeline(paid_at=utc(2027, 1, 1), expires_at=utc(2028, 1, 1))
    timeline.suspend(suspended_at)
    ends = suspended_at + timedelta(seconds=60 * 86_400)
    timeline.tick(ends - SECOND)
    assert timeline.credential.revoked_at is None
    timeline.tick(ends)
    assert timeline.credential.revoked_at == ends


INSTANTS = st.integers(1_830_000_000, 2_000_000_000)
SPANS = st.integers(-800 * 86_400, 800 * 86_400)


@st.composite
def credentials(draw: st.DrawFn) -> Credential:
    """Any credential: suspended or not, notified of something or not."""
    expires = draw(INSTANTS)
    credential = a_credential(expires_at=at(expires))
    if draw(st.booleans()):
        credential = replace(
            credential,
            suspensions={
                by: at(expires - draw(st.integers(1, 400 * 86_400)))
                for by in draw(st.sets(st.sampled_from(Suspender), min_size=1))
            },
        )
    told = draw(st.none() | SPANS)
    return credential if told is None else replace(credential, told_at=at(expires + told))


@steady
@given(credential=credentials(), span=SPANS)
def test_the_index_never_sleeps_over_a_milestone_nor_wakes_too_early_S44(
    credential: Credential, span: int
) -> None:
    now = credential.expires_at + span * SECOND
    woken = next_due(credential, now, POLICY)
    if due(credential, now, POLICY):
        assert woken == now
    else:
        assert woken > now
        assert due(credential, woken - SECOND, POLICY) is None
        assert due(credential, woken, POLICY) is not None


@steady
@given(credential=credentials(), span=SPANS)
def test_the_clock_does_the_most_urgent_and_leaves_nothing_overdue_S44(
    credential: Credential, span: int
) -> None:
    now = credential.expires_at + span * SECOND
    done = due(credential, now, POLICY)
    if done is None or done.kind is REVOCATION:
        return
    assert not [one for one in milestones(credential, POLICY) if done.at < one.at <= now]
    assert due(replace(credential, told_at=now), now, POLICY) is None


@steady
@given(credential=credentials())
def test_no_notification_comes_at_or_after_the_revocation_F7(
    credential: Credential,
) -> None:
    *told, last = milestones(credential, POLICY)
    assert (last.kind, last.at) == (REVOCATION, credential.revokes_at(POLICY))
    assert all(one.at < last.at for one in told)
    assert [one.at for one in told] == sorted(one.at for one in told)
