"""Renewals and upgrades whose money went back. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keyfob.domain.credentials import lifecycle, milestones
from keyfob.domain.credentials.credential import Change, Credential, Status
from keyfob.domain.credentials.dates import one_year_after, one_year_before
from keyfob.domain.credentials.taking_back import take_back_renewal, take_back_upgrade
from keyfob.domain.policy import Policy
from tests.support.builders import a_credential
from tests.support.fakes import START

POLICY = Policy()
NOTICE = POLICY.taken_back_notice
DAY = timedelta(days=1)


def renewed(seen: Credential, *purchases: str, now: datetime = START) -> Credential:
    for purchase in purchases:
        seen = lifecycle.renew(seen, now, POLICY, purchase=purchase).credential
    return seen


def test_the_original_expiry_and_the_renewals_left_count_B7() -> None:
    seen = a_credential()
    two = renewed(seen, "SO-1/1", "SO-2/1")
    for first, second in (("SO-1/1", "SO-2/1"), ("SO-2/1", "SO-1/1")):
        one = take_back_renewal(two, first, START, POLICY).credential
        assert (one.expires_at, one.bought) == (one_year_after(seen.expires_at), (second,))
        none = take_back_renewal(one, second, START, POLICY).credential
        assert (none.expires_at, none.bought) == (seen.expires_at, ())


def test_a_renewal_is_taken_back_once_B7() -> None:
    once = take_back_renewal(renewed(a_credential(), "SO-1/1"), "SO-1/1", START, POLICY)
    assert once.change is Change.RENEWAL_TAKEN_BACK
    again = take_back_renewal(once.credential, "SO-1/1", START, POLICY)
    assert (again.change, again.credential) == (None, once.credential)


def test_one_that_has_expired_by_that_loses_its_elevations_and_is_told_again_F6() -> None:
    seen = renewed(a_credential(expires_at=START - DAY, told_at=START), "SO-1/1")
    done = take_back_renewal(seen, "SO-1/1", START, POLICY).credential
    assert done.status(START, POLICY) is Status.EXPIRED
    assert (done.expires_at, done.epoch) == (START - DAY, seen.epoch + 1)
    assert done.told_at is None
    due = milestones.due(done, START, POLICY)
    assert due
    assert due.kind is milestones.MilestoneKind.EXPIRY


def test_one_that_stays_valid_keeps_its_elevations_B7() -> None:
    seen = renewed(a_credential(), "SO-1/1")
    assert take_back_renewal(seen, "SO-1/1", START, POLICY).credential.epoch == seen.epoch


def test_the_revocation_is_never_nearer_than_the_notice_B7() -> None:
    late = one_year_before(START + DAY)
    seen = renewed(a_credential(expires_at=late), "SO-1/1")
    done = take_back_renewal(seen, "SO-1/1", START, POLICY).credential
    assert done.revokes_at(POLICY) == START + NOTICE
    due = milestones.due(done, START, POLICY)
    assert due
    assert (due.kind, due.days) == (milestones.MilestoneKind.REMINDER, 30)


def test_nothing_is_taken_from_one_that_is_due_to_be_revoked_B7() -> None:
    seen = replace(renewed(a_credential(), "SO-1/1"), suspensions={"holder": START - 60 * DAY})
    assert take_back_renewal(seen, "SO-1/1", START, POLICY).change is None


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    paid=st.datetimes(datetime(2023, 1, 1), datetime(2033, 1, 1)),  # noqa: DTZ001
    orders=st.lists(st.integers(1, 9), min_size=1, max_size=6, unique=True),
    kept=st.integers(0, 6),
    after=st.integers(0, 3_000),
)
def test_any_order_of_taking_back_ends_the_same_and_never_later_than_before_B7(
    paid: datetime, orders: list[int], kept: int, after: int
) -> None:
    begins = paid.replace(tzinfo=UTC, microsecond=0)
    seen = a_credential(paid_at=begins, expires_at=one_year_after(begins))
    purchases = [f"SO-{one}/1" for one in orders]
    seen = renewed(seen, *purchases, now=begins)
    now = begins + timedelta(days=after)
    if seen.is_over(now, POLICY):
        return
    ends = []
    for order in (purchases, purchases[::-1]):
        to = seen
        for one in [one for one in order if one not in purchases[:kept]]:
            to = take_back_renewal(to, one, now, POLICY).credential
        assert to.expires_at <= seen.expires_at
        assert to.revokes_at(POLICY) >= min(seen.revokes_at(POLICY), now + NOTICE)
        ends.append((to.expires_at, sorted(to.bought)))
    assert ends[0] == ends[1]


@pytest.mark.parametrize("day", [datetime(2028, 2, 29, tzinfo=UTC), START])
def test_a_year_before_and_after_again_is_never_earlier(day: datetime) -> None:
    assert one_year_after(one_year_before(day)) >= day


def test_an_upgrade_that_was_not_begun_goes_C6() -> None:
    bought = lifecycle.buy_upgrade(a_credential(), "SO-1/1").credential
    done = take_back_upgrade(bought, "SO-1/1", START, POLICY)
    assert done.change is Change.UPGRADE_TAKEN_BACK
    assert (done.credential.upgrade, done.credential.bought) == (False, ())
    assert take_back_upgrade(done.credential, "SO-1/1", START, POLICY).change is None


def test_an_upgrade_that_was_begun_or_came_from_elsewhere_stays_C6() -> None:
    bought = lifecycle.buy_upgrade(a_credential(), "SO-1/1").credential
    begun = lifecycle.begin_upgrade(bought, "Ada", "US", START).credential
    assert take_back_upgrade(begun, "SO-1/1", START, POLICY).change is None
    assert take_back_upgrade(bought, "SO-2/1", START, POLICY).change is None
