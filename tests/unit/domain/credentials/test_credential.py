"""The visible status of a credential, and its ends (F1, F5, F6, F7)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keyfob.domain.credentials.credential import (
    LEVEL_OTP,
    LEVEL_PROOFED,
    Change,
    Credential,
    State,
    Status,
    Transition,
    changed,
)
from keyfob.domain.credentials.dates import one_year_after
from keyfob.domain.credentials.suspension import Suspender
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.session import PASSWORD
from tests.support.fakes import START
from tests.support.otp import (
    DAY,
    POLICY,
    SECOND,
    a_credential,
    a_hardware_token,
    a_pending_credential,
    a_revoked_credential,
    a_suspended_credential,
    an_expired_credential,
    locked,
    tried,
)

APPROVAL = {"state": State.PENDING_APPROVAL}
SEEN: list[tuple[Credential, Status]] = [
    (a_pending_credential(**APPROVAL), Status.PENDING_APPROVAL),
    (a_pending_credential(**APPROVAL, expires_at=START), Status.EXPIRED),
    (a_pending_credential(), Status.PENDING_ACTIVATION),
    (a_pending_credential(expires_at=START), Status.EXPIRED),
    (a_credential(), Status.ACTIVE),
    (a_credential(token=None), Status.ACTIVE),
    (tried(a_credential()), Status.ACTIVE),
    (a_credential(token=a_hardware_token(failed=("t1", "t2", "t3", "t4"))), Status.ACTIVE),
    (locked(a_credential()), Status.LOCKED),
    (an_expired_credential(), Status.EXPIRED),
    (an_expired_credential(token=None), Status.EXPIRED),
    (locked(an_expired_credential()), Status.EXPIRED),
    (a_suspended_credential(), Status.SUSPENDED),
    (locked(a_suspended_credential()), Status.SUSPENDED),
    (a_suspended_credential(expires_at=START), Status.SUSPENDED),
    (a_revoked_credential(), Status.REVOKED),
    (a_revoked_credential(expires_at=START), Status.REVOKED),
]


@pytest.mark.parametrize(("credential", "status"), SEEN)
def test_a_status_follows_from_state_time_and_wrong_codes_F1(
    credential: Credential, status: Status
) -> None:
    assert credential.status(START, POLICY) is status


@pytest.mark.parametrize(("credential", "status"), SEEN)
def test_only_an_active_one_is_usable_and_a_locked_one_by_its_other_authenticators_E3(
    credential: Credential, status: Status
) -> None:
    assert credential.is_usable(START) is (status in {Status.ACTIVE, Status.LOCKED})


def test_it_expires_in_the_very_second_and_is_as_it_was_before_F6() -> None:
    credential = a_credential()
    last = credential.expires_at - SECOND
    assert credential.status(last, POLICY) is Status.ACTIVE
    assert credential.status(credential.expires_at, POLICY) is Status.EXPIRED
    assert [credential.is_expired(last), credential.is_expired(last + SECOND)] == [False, True]
    assert [credential.is_usable(last), credential.is_usable(last + SECOND)] == [True, False]


def test_the_policy_says_how_many_wrong_codes_lock_E3() -> None:
    credential = a_credential(token=a_hardware_token(failed=("t1", "t2")))
    assert credential.status(START, Policy(otp_failures=2)) is Status.LOCKED
    assert credential.status(START, Policy(otp_failures=3)) is Status.ACTIVE


def test_every_state_is_a_status_of_the_same_name_F1() -> None:
    derived = {"suspended", "locked", "expired"}
    assert {str(one) for one in State} | derived == {str(one) for one in Status}


@pytest.mark.parametrize("by", [Suspender.HOLDER, Suspender.ADMINISTRATOR])
def test_a_suspension_by_people_ends_it_after_60_days_F5(by: Suspender) -> None:
    credential = a_suspended_credential(by)
    assert credential.revokes_at(POLICY) == START + 59 * DAY


def test_a_suspension_by_the_system_does_not_count_F5() -> None:
    credential = a_suspended_credential(Suspender.SYSTEM)
    assert credential.revokes_at(POLICY) == one_year_after(credential.expires_at)


def test_a_suspension_shortly_before_the_end_puts_nothing_off_F7() -> None:
    credential = a_suspended_credential()
    year_after = one_year_after(credential.expires_at)
    late = replace(credential, suspensions={Suspender.HOLDER: year_after - 59 * DAY})
    assert late.revokes_at(POLICY) == year_after


@pytest.mark.parametrize(
    "credential",
    [
        a_credential(),
        an_expired_credential(),
        a_pending_credential(),
        a_pending_credential(**APPROVAL),
    ],
)
def test_a_live_one_ends_a_year_after_its_expiry_used_or_not_F6(credential: Credential) -> None:
    assert credential.revokes_at(POLICY) == one_year_after(credential.expires_at)


def test_a_credentials_level_is_above_that_of_a_password_S20() -> None:
    assert (PASSWORD, LEVEL_OTP, LEVEL_PROOFED) == (1, 2, 3)


def test_its_name_in_the_audit_trail_leads_to_its_account_G4() -> None:
    assert a_credential().subject == "CREDENTIAL#acc_ada#crd_1"


def test_a_transition_states_its_change_or_that_there_is_none() -> None:
    credential = a_credential()
    assert changed(Change.ACTIVATED, credential).change is Change.ACTIVATED
    assert Transition(credential=credential).change is None
