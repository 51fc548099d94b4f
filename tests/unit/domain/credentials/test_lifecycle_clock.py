"""Renewing, averting, and the clock's changes to a credential (B7, F5, F6, F7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from keyfob.domain.credentials import lifecycle
from keyfob.domain.credentials.credential import Change, Credential, State, Status
from keyfob.domain.credentials.dates import one_year_after
from keyfob.domain.credentials.errors import NotActivated, NotApproved, SuspendedByOthers
from keyfob.domain.credentials.milestones import Milestone, MilestoneKind
from keyfob.domain.credentials.suspension import Suspender
from keyfob.domain.errors import IllegalTransition
from keyfob.domain.policy import Policy
from tests.support.fakes import START
from tests.support.otp import (
    DAY,
    POLICY,
    SECOND,
    a_credential,
    a_pending_credential,
    a_revoked_credential,
    a_suspended_credential,
    an_expired_credential,
    locked,
    tried,
)

APPROVAL = a_pending_credential(state=State.PENDING_APPROVAL)
LIVE = {
    "pending approval": APPROVAL,
    "pending activation": a_pending_credential(),
    "active": a_credential(),
    "active, no token": a_credential(token=None),
    "locked": locked(a_credential()),
    "blocked": tried(a_credential()),
    "suspended": a_suspended_credential(),
    "suspended by an administrator": a_suspended_credential(Suspender.ADMINISTRATOR),
    "suspended by the system": a_suspended_credential(Suspender.SYSTEM),
    "expired": an_expired_credential(),
    "pending, expired": a_pending_credential(expires_at=START),
    "suspended, expired": a_suspended_credential(expires_at=START),
}


def ended(credential: Credential) -> datetime:
    return credential.revokes_at(POLICY)


# Renewing


@pytest.mark.parametrize("state", LIVE)
def test_a_renewal_adds_a_year_to_the_expiry_and_begins_a_new_era_B7(state: str) -> None:
    seen = replace(LIVE[state], told_at=START)
    done = lifecycle.renew(seen, START, POLICY)
    assert done.change is Change.RENEWED
    assert done.credential == replace(
        seen,
        expires_at=one_year_after(seen.expires_at),
        told_at=None,
        epoch=seen.epoch + (1 if "expired" in state else 0),
    )


@pytest.mark.parametrize("days", [-364, -31, -1, 0, 1, 180, 364])
def test_the_year_counts_from_the_original_expiry_early_late_or_expired_B7(days: int) -> None:
    seen = a_credential(expires_at=START)
    done = lifecycle.renew(seen, START + days * DAY, POLICY).credential
    assert done.expires_at == START.replace(year=START.year + 1)


def test_two_renewals_are_two_years_and_a_leap_day_stays_the_28th_B7() -> None:
    leap = a_credential(expires_at=datetime(2028, 2, 29, 12, tzinfo=UTC))
    first = lifecycle.renew(leap, START, POLICY).credential
    second = lifecycle.renew(first, START, POLICY).credential
    assert first.expires_at == datetime(2029, 2, 28, 12, tzinfo=UTC)
    assert second.expires_at == datetime(2030, 2, 28, 12, tzinfo=UTC)


def test_renewing_an_expired_one_brings_back_no_elevation_S20_B7() -> None:
    seen = a_credential()
    before = lifecycle.renew(seen, seen.expires_at - SECOND, POLICY).credential
    after = lifecycle.renew(seen, seen.expires_at, POLICY).credential
    assert (before.epoch, after.epoch) == (seen.epoch, seen.epoch + 1)
    assert after.status(seen.expires_at, POLICY) is Status.ACTIVE


@pytest.mark.parametrize("state", LIVE)
def test_it_can_be_renewed_until_the_second_before_its_revocation_and_not_in_it_B7_F7(
    state: str,
) -> None:
    seen = LIVE[state]
    assert lifecycle.renew(seen, ended(seen) - SECOND, POLICY).change is Change.RENEWED
    for late in (ended(seen), ended(seen) + SECOND):
        with pytest.raises(IllegalTransition, match="is revoked"):
            lifecycle.renew(seen, late, POLICY)


def test_a_revoked_credential_is_not_renewed_B7() -> None:
    with pytest.raises(IllegalTransition):
        lifecycle.renew(a_revoked_credential(), START, POLICY)


@pytest.mark.parametrize("by", [Suspender.HOLDER, Suspender.ADMINISTRATOR])
def test_renewing_a_suspended_one_does_not_put_off_its_revocation_F5_B7(by: Suspender) -> None:
    seen = a_suspended_credential(by)
    assert ended(lifecycle.renew(seen, START, POLICY).credential) == ended(seen)


# Re-enabling


@pytest.mark.parametrize("by", Suspender)
def test_it_is_reenabled_until_the_second_before_its_revocation_and_not_in_it_F5_F7(
    by: Suspender,
) -> None:
    seen = a_suspended_credential(by, told_at=START)
    lifted = lifecycle.lift(seen, by, ended(seen) - SECOND, POLICY).credential
    assert (lifted.state, lifted.told_at) == (State.ACTIVE, START)
    for late in (ended(seen), ended(seen) + SECOND):
        with pytest.raises(IllegalTransition, match="is revoked"):
            lifecycle.lift(seen, by, late, POLICY)


def test_a_reenabled_one_ends_a_year_after_its_expiry_again_F7() -> None:
    seen = a_suspended_credential()
    lifted = lifecycle.lift(seen, Suspender.HOLDER, START, POLICY).credential
    assert ended(seen) == START + 59 * DAY
    assert ended(lifted) == one_year_after(seen.expires_at)


def test_reenabling_an_active_one_changes_nothing_as_long_as_it_lives_F5() -> None:
    seen = a_credential()
    assert lifecycle.lift(seen, Suspender.HOLDER, ended(seen) - SECOND, POLICY).change is None
    with pytest.raises(IllegalTransition):
        lifecycle.lift(seen, Suspender.HOLDER, ended(seen), POLICY)


def test_the_suspender_matters_only_while_the_suspension_can_be_lifted_F5() -> None:
    seen = a_suspended_credential(Suspender.ADMINISTRATOR)
    with pytest.raises(SuspendedByOthers):
        lifecycle.lift(seen, Suspender.HOLDER, ended(seen) - SECOND, POLICY)
    with pytest.raises(IllegalTransition):
        lifecycle.lift(seen, Suspender.HOLDER, ended(seen), POLICY)


@pytest.mark.parametrize(
    ("seen", "refusal"), [(APPROVAL, NotApproved), (a_pending_credential(), NotActivated)]
)
def test_a_never_used_credential_cannot_be_reenabled_F5(
    seen: Credential, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        lifecycle.lift(seen, Suspender.HOLDER, START, POLICY)


# Over


@pytest.mark.parametrize("state", LIVE)
def test_from_the_second_of_its_revocation_on_it_is_shown_as_revoked_F6_F7(state: str) -> None:
    seen = LIVE[state]
    last = ended(seen) - SECOND
    assert not seen.is_over(last, POLICY)
    assert seen.status(last, POLICY) is not Status.REVOKED
    lifecycle.require_averting(seen, last, POLICY)
    for late in (ended(seen), ended(seen) + 9 * DAY):
        assert seen.is_over(late, POLICY)
        assert seen.status(late, POLICY) is Status.REVOKED
        with pytest.raises(IllegalTransition):
            lifecycle.require_averting(seen, late, POLICY)


def test_a_revoked_credential_is_over_at_any_time_F3() -> None:
    assert a_revoked_credential().is_over(START - 999 * DAY, POLICY)


@pytest.mark.parametrize(("days", "over"), [(59, False), (60, True), (61, True)])
def test_a_suspension_may_last_60_days_F5(days: int, over: bool) -> None:
    seen = a_suspended_credential(since=START)
    assert seen.is_over(START + days * DAY, POLICY) is over


def test_the_policy_says_how_long_a_suspension_may_last_F5() -> None:
    seen = a_suspended_credential(since=START)
    assert seen.is_over(START + 10 * DAY, Policy(suspension_limit=10 * DAY))


# The clock


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        (MilestoneKind.RENEWAL_NOTICE, Change.RENEWAL_NOTICED),
        (MilestoneKind.EXPIRY, Change.EXPIRED),
        (MilestoneKind.REMINDER, Change.REMINDED),
    ],
)
@pytest.mark.parametrize("state", LIVE)
def test_a_notification_by_the_clock_changes_only_told_at_F6_F7(
    state: str, kind: MilestoneKind, change: Change
) -> None:
    seen = LIVE[state]
    late = START + 5 * DAY
    done = lifecycle.perform(Milestone(at=START, kind=kind), seen, late)
    assert done.change is change
    assert done.credential == replace(seen, told_at=late)


@pytest.mark.parametrize("state", LIVE)
def test_a_revocation_by_the_clock_takes_token_and_elevations_like_any_other_F6_S22(
    state: str,
) -> None:
    seen = replace(LIVE[state], told_at=START)
    done = lifecycle.perform(Milestone(at=START, kind=MilestoneKind.REVOCATION), seen, START + DAY)
    assert done.change is Change.LAPSED
    assert done.credential == replace(
        seen,
        state=State.REVOKED,
        revoked_at=START + DAY,
        token=None,
        epoch=seen.epoch + 1,
    )
