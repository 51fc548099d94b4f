"""The result or refusal of every act in every state (C1, E3, F1, F3, F5, S8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from keyfob.domain.credentials import lifecycle, tokens
from keyfob.domain.credentials.approval import approve
from keyfob.domain.credentials.credential import LEVEL_OTP, Change, Credential, State, Transition
from keyfob.domain.credentials.errors import (
    Expired,
    NotActivated,
    NotApproved,
    NoToken,
    ProofingRequired,
    ResetNeeded,
    Suspended,
    SuspendedByOthers,
    TokenLocked,
    TokenRegistered,
)
from keyfob.domain.credentials.suspension import PROOFING, Suspender
from keyfob.domain.errors import DomainError, IllegalTransition
from tests.support.fakes import START
from tests.support.otp import (
    POLICY,
    SECRET,
    STEP,
    a_credential,
    a_hardware_token,
    a_pending_credential,
    a_revoked_credential,
    a_suspended_credential,
    an_expired_credential,
    code_of,
    locked,
    pair_of,
    tried,
)

Outcome = Change | type[DomainError] | None
ONLY = frozenset({"strict"})
HELD = a_hardware_token()
CODES = HELD.opened(SECRET)


def register(credential: Credential) -> Transition:
    tokens.require_registrable(credential, START)
    tokens.require_tries(credential, POLICY)
    return tokens.register(credential, HELD)


def resynchronize(credential: Credential) -> Transition:
    pair = pair_of(HELD, STEP, STEP + 1)
    return tokens.resynchronize(credential, CODES, pair, START, POLICY)


ACTS: dict[str, Callable[[Credential], Transition]] = {
    "approve": lambda one: approve(one, "strict", approvers=ONLY, given=frozenset()),
    "activate": lambda one: lifecycle.activate(one, START),
    "suspend": lambda one: lifecycle.suspend(one, Suspender.HOLDER, START, POLICY),
    "lift": lambda one: lifecycle.lift(one, Suspender.HOLDER, START, POLICY),
    "sign in": lambda one: tokens.accept(one, CODES, code_of(HELD, STEP), START, POLICY),
    "register": register,
    "resynchronize": resynchronize,
    "revoke token": tokens.revoke_token,
    "reset": tokens.reset,
    "revoke": lambda one: lifecycle.revoke(one, START),
}
APPROVAL = a_pending_credential(state=State.PENDING_APPROVAL)
CREDENTIALS = {
    "pending approval": APPROVAL,
    "pending approval, expired": replace(APPROVAL, expires_at=START),
    "pending activation": a_pending_credential(),
    "pending proofing": a_pending_credential(proofing=True),
    "pending, expired": a_pending_credential(expires_at=START),
    "pending proofing, expired": a_pending_credential(proofing=True, expires_at=START),
    "active": a_credential(),
    "active, no token": a_credential(token=None),
    "locked": locked(a_credential()),
    "blocked": tried(a_credential()),
    "blocked, no token": tried(a_credential(token=None)),
    "reset, no token": a_credential(token=None, reset=True),
    "expired": an_expired_credential(),
    "expired, locked": locked(an_expired_credential()),
    "suspended": a_suspended_credential(),
    "suspended, locked": locked(a_suspended_credential()),
    "suspended, expired": a_suspended_credential(expires_at=START),
    "suspended, no token": a_suspended_credential(token=None),
    "suspended by others, too": a_credential(
        suspensions={Suspender.HOLDER: START, "dispute:du_1": START}
    ),
    "pending, suspended": a_pending_credential(suspensions={PROOFING: START}),
    "suspended by others": a_suspended_credential(Suspender.ADMINISTRATOR),
    "revoked": a_revoked_credential(),
    "revoked, expired": a_revoked_credential(expires_at=START),
}

ILLEGAL = IllegalTransition
# It may be asked for later, and changes nothing but the trail.
NOTED = Change.PARTNER_APPROVED
DONE = None
UNAPPROVED: list[Outcome] = [NotApproved] * 6
INACTIVE: list[Outcome] = [NotActivated] * 5
TOKEN: list[Outcome] = [Change.TOKEN_REVOKED, Change.TOKEN_RESET]
BARE: list[Outcome] = [NoToken, Change.TOKEN_RESET]
OUT: list[Outcome] = [Suspended] * 3
LIFTED: list[Outcome] = [NOTED, Suspended, DONE, Change.REENABLED]
USE: list[Outcome] = [NOTED, DONE, Change.SUSPENDED, DONE]
PAST: list[Outcome] = [NOTED, DONE, Change.SUSPENDED, DONE, Expired, Expired, Expired]
END: list[Outcome] = [ILLEGAL] * 7
# In the order of ACTS, but for the last: revoking is possible from anywhere but the end.
TABLE: dict[str, list[Outcome]] = {
    "pending approval": [Change.APPROVED, *UNAPPROVED, *BARE],
    "pending approval, expired": [Change.APPROVED, *UNAPPROVED, *BARE],
    "pending activation": [NOTED, Change.ACTIVATED, *INACTIVE, *BARE],
    "pending proofing": [NOTED, ProofingRequired, *INACTIVE, *BARE],
    "pending, expired": [NOTED, Expired, *INACTIVE, *BARE],
    "pending proofing, expired": [NOTED, Expired, *INACTIVE, *BARE],
    "active": [*USE, Change.TOKEN_ACCEPTED, TokenRegistered, Change.TOKEN_RESYNCHRONIZED, *TOKEN],
    "active, no token": [*USE, NoToken, Change.TOKEN_REGISTERED, NoToken, *BARE],
    "locked": [*USE, TokenLocked, TokenRegistered, Change.TOKEN_RESYNCHRONIZED, *TOKEN],
    "blocked": [*USE, Change.TOKEN_ACCEPTED, TokenRegistered, ResetNeeded, *TOKEN],
    "blocked, no token": [*USE, NoToken, ResetNeeded, NoToken, *BARE],
    "reset, no token": [*USE, NoToken, Change.TOKEN_REGISTERED, NoToken, NoToken, DONE],
    "expired": [*PAST, *TOKEN],
    "expired, locked": [*PAST, *TOKEN],
    "suspended": [*LIFTED, *OUT, *TOKEN],
    "suspended, locked": [*LIFTED, *OUT, *TOKEN],
    "suspended, expired": [*LIFTED, *OUT, *TOKEN],
    "suspended, no token": [*LIFTED, *OUT, *BARE],
    "suspended by others": [NOTED, Suspended, Change.SUSPENDED, SuspendedByOthers, *OUT, *TOKEN],
    "suspended by others, too": [NOTED, Suspended, DONE, Change.CAUSE_LIFTED, *OUT, *TOKEN],
    "pending, suspended": [NOTED, Suspended, *INACTIVE, *BARE],
    "revoked": [*END, *BARE],
    "revoked, expired": [*END, *BARE],
}


def outcome(act: str, credential: Credential) -> Outcome:
    try:
        return ACTS[act](credential).change
    except DomainError as refusal:
        return type(refusal)


@pytest.mark.parametrize("state", CREDENTIALS)
def test_each_act_does_or_is_refused_as_the_table_says_F1_S8(state: str) -> None:
    revoked: Outcome = ILLEGAL if state.startswith("revoked") else Change.REVOKED
    expected = dict(zip(ACTS, [*TABLE[state], revoked], strict=True))
    assert {act: outcome(act, CREDENTIALS[state]) for act in ACTS} == expected


@pytest.mark.parametrize("state", CREDENTIALS)
def test_an_act_that_changes_nothing_gives_the_credential_back_as_it_is(state: str) -> None:
    credential = CREDENTIALS[state]
    for act, do in ACTS.items():
        if outcome(act, credential) is None:
            assert do(credential).credential is credential


def test_an_activated_one_is_level_2_from_now_on_C1() -> None:
    pending = a_pending_credential()
    activated = lifecycle.activate(pending, START).credential
    assert activated == replace(pending, state=State.ACTIVE, activated_at=START)
    assert activated.level == LEVEL_OTP


def test_activating_again_keeps_the_first_instant_C1() -> None:
    active = lifecycle.activate(a_pending_credential(), START).credential
    assert lifecycle.activate(active, active.expires_at).credential is active


@pytest.mark.parametrize("by", Suspender)
def test_a_suspension_is_stamped_and_ends_elevated_sessions_F5_S22(by: Suspender) -> None:
    active = a_credential()
    assert lifecycle.suspend(active, by, START, POLICY).credential == replace(
        active, suspensions={by: START}, epoch=8
    )


@pytest.mark.parametrize("by", Suspender)
def test_suspending_again_runs_the_60_days_from_the_first_time_F5(by: Suspender) -> None:
    suspended = a_suspended_credential(by)
    assert lifecycle.suspend(suspended, by, START, POLICY).credential is suspended


@pytest.mark.parametrize("by", Suspender)
@pytest.mark.parametrize("lifting", Suspender)
def test_each_suspension_is_lifted_by_its_own_kind_alone_F5(
    by: Suspender, lifting: Suspender
) -> None:
    suspended = a_suspended_credential(by)
    if by is not lifting:
        with pytest.raises(SuspendedByOthers):
            lifecycle.lift(suspended, lifting, START, POLICY)
        return
    # Sessions that fell back stay so: the epoch isn't restored.
    assert lifecycle.lift(suspended, lifting, START, POLICY).credential == replace(
        suspended, suspensions={}
    )


def test_a_lifted_one_has_the_status_that_time_and_wrong_codes_give_it_F5() -> None:
    suspended = locked(a_suspended_credential())
    lifted = lifecycle.lift(suspended, Suspender.HOLDER, START, POLICY).credential
    assert lifted.status(START, POLICY) == "locked"
    assert lifted.status(lifted.expires_at, POLICY) == "expired"


@pytest.mark.parametrize("state", [one for one in CREDENTIALS if not one.startswith("revoked")])
def test_a_revoked_one_has_no_token_and_its_sessions_fall_back_F3_S22(state: str) -> None:
    credential = CREDENTIALS[state]
    assert lifecycle.revoke(credential, START).credential == replace(
        credential,
        state=State.REVOKED,
        revoked_at=START,
        token=None,
        epoch=credential.epoch + 1,
    )


RAISED = {Change.SUSPENDED, Change.TOKEN_REVOKED, Change.REVOKED, Change.TOKEN_LOCKED}


@pytest.mark.parametrize("state", CREDENTIALS)
def test_the_epoch_rises_where_sessions_must_fall_back_and_nowhere_else_S20(state: str) -> None:
    credential = CREDENTIALS[state]
    for act, do in ACTS.items():
        change = outcome(act, credential)
        if isinstance(change, Change):
            raised = do(credential).credential.epoch - credential.epoch
            assert raised == (1 if change in RAISED else 0), act


@pytest.mark.parametrize("state", CREDENTIALS)
def test_only_codes_move_the_last_spent_step_or_the_drift_S5(state: str) -> None:
    credential = CREDENTIALS[state]
    codes = {Change.TOKEN_ACCEPTED, Change.TOKEN_RESYNCHRONIZED, Change.TOKEN_REGISTERED}
    for act, do in ACTS.items():
        change = outcome(act, credential)
        if isinstance(change, Change) and change not in codes:
            was, is_now = credential.token, do(credential).credential.token
            if was and is_now:
                assert is_now == replace(was, reset=is_now.reset), act
