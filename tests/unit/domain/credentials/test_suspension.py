"""Causes of a suspension, and the 60 days that rest (F5)."""

from __future__ import annotations

from datetime import datetime

import pytest

from keyfob.domain.credentials import lifecycle
from keyfob.domain.credentials.credential import Change, Credential, Status
from keyfob.domain.credentials.suspension import PROOFING, Suspender, foremost, suspender_of
from keyfob.domain.errors import IllegalTransition
from tests.support.fakes import START
from tests.support.otp import (
    DAY,
    POLICY,
    SECOND,
    a_credential,
    a_pending_credential,
    a_revoked_credential,
    an_expired_credential,
)

DISPUTE, OTHER = "dispute:du_1", "dispute:du_2"
Step = tuple[str, str, int]


def lived(*steps: Step) -> Credential:
    """A credential after these steps: suspend or lift, the cause, the day."""
    credential = a_credential(expires_at=START + 300 * DAY)
    for what, cause, day in steps:
        at = START + day * DAY
        act = lifecycle.suspend if what == "suspend" else lifecycle.lift
        credential = act(credential, cause, at, POLICY).credential
    return credential


def ends(*steps: Step) -> datetime:
    """When it is revoked automatically."""
    return lived(*steps).revokes_at(POLICY)


@pytest.mark.parametrize(
    ("cause", "author"),
    [
        ("holder", Suspender.HOLDER),
        ("administrator", Suspender.ADMINISTRATOR),
        (PROOFING, Suspender.SYSTEM),
        (DISPUTE, Suspender.SYSTEM),
    ],
)
def test_every_cause_has_an_author(cause: str, author: Suspender) -> None:
    """F5: what people don't do themselves is the system's."""
    assert suspender_of(cause) is author
    assert foremost({cause: START}) is author


def test_the_systems_cause_decides_before_an_administrators_before_the_holders() -> None:
    """F5: what the holder is told to do is what helps."""
    assert foremost({}) is None
    assert foremost({"holder": START, "administrator": START}) is Suspender.ADMINISTRATOR
    assert foremost({"administrator": START, DISPUTE: START}) is Suspender.SYSTEM


def test_it_is_usable_once_no_cause_is_left() -> None:
    """F5: each cause is lifted alone."""
    three = [("suspend", cause, 0) for cause in ("holder", DISPUTE, OTHER)]
    assert lived(*three, ("lift", DISPUTE, 1)).status(START, POLICY) is Status.SUSPENDED
    two = lived(*three, ("lift", DISPUTE, 1), ("lift", "holder", 2))
    assert two.status(START, POLICY) is Status.SUSPENDED
    last = lifecycle.lift(two, OTHER, START + 3 * DAY, POLICY)
    assert last.change is Change.REENABLED
    assert last.credential.is_usable(START + 3 * DAY)


def test_an_expired_one_takes_a_cause_that_outlives_its_renewal() -> None:
    """F5, B7: expiry lifts nothing."""
    expired = an_expired_credential()
    suspended = lifecycle.suspend(expired, DISPUTE, START, POLICY).credential
    renewed = lifecycle.renew(suspended, START, POLICY).credential
    assert not renewed.is_usable(START)
    assert renewed.status(START, POLICY) is Status.SUSPENDED


def test_the_60_days_run_while_people_have_suspended_it_and_rest_for_the_system() -> None:
    """F5: a cause of the system stops them, its end lets them go on."""
    assert ends(("suspend", "holder", 10)) == START + 70 * DAY
    after_expiry = lived().revokes_at(POLICY)
    assert ends(("suspend", "holder", 10), ("suspend", DISPUTE, 20)) == after_expiry
    gone = (("suspend", "holder", 10), ("suspend", DISPUTE, 20), ("lift", DISPUTE, 120))
    assert ends(*gone) == START + 170 * DAY


def test_they_begin_at_the_end_of_a_dispute_that_was_there_first() -> None:
    """F5: the holder's suspension counts from when nothing of the system's stands."""
    steps = (("suspend", DISPUTE, 5), ("suspend", "holder", 10), ("lift", DISPUTE, 40))
    assert ends(*steps) == START + 100 * DAY


def test_disputes_that_overlap_rest_once() -> None:
    """F5: from the first one's beginning to the last one's end."""
    steps = (
        ("suspend", "administrator", 0),
        ("suspend", DISPUTE, 10),
        ("suspend", OTHER, 20),
        ("lift", DISPUTE, 30),
        ("lift", OTHER, 50),
    )
    assert ends(*steps) == START + 100 * DAY


def test_each_persons_own_time_counts() -> None:
    """F5: without the holder's older cause the administrator's days are left."""
    both = (("suspend", "holder", 0), ("suspend", "administrator", 30))
    assert ends(*both) == START + 60 * DAY
    assert ends(*both, ("lift", "holder", 40)) == START + 90 * DAY


def test_one_that_is_due_for_revocation_takes_no_cause_and_loses_none() -> None:
    """F7: from that second on nothing averts it."""
    suspended = lived(("suspend", "holder", 0))
    over = START + 60 * DAY
    assert lifecycle.suspend(suspended, DISPUTE, over - SECOND, POLICY).change
    for act in (lifecycle.suspend, lifecycle.lift):
        with pytest.raises(IllegalTransition):
            act(suspended, DISPUTE, over, POLICY)
        with pytest.raises(IllegalTransition):
            act(a_revoked_credential(), DISPUTE, START, POLICY)


def test_a_disputed_proofing_takes_the_level_for_as_long_as_it_stands() -> None:
    """C2, F5: level 2 until an operator decides, also before the activation."""
    proofed = a_credential(level=3)
    disputed = lifecycle.suspend(proofed, PROOFING, START, POLICY).credential
    assert (proofed.trusted_level, disputed.trusted_level) == (3, 2)
    assert disputed.epoch == proofed.epoch + 1, "elevated sessions end"
    lifted = lifecycle.lift(disputed, PROOFING, START, POLICY).credential
    assert lifted.trusted_level == 3
    pending = lifecycle.suspend(a_pending_credential(), PROOFING, START, POLICY).credential
    assert pending.status(START, POLICY) is Status.SUSPENDED
