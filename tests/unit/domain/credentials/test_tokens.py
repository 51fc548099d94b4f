"""A credential's hardware token: used, counted, locked, found again, given up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keyfob.domain.credentials import tokens
from keyfob.domain.credentials.credential import LEVEL_OTP, LEVEL_PROOFED, Change, Credential, State
from keyfob.domain.credentials.errors import (
    CodeAlreadyUsed,
    ElevationRequired,
    Expired,
    NotActivated,
    NotApproved,
    NoToken,
    ResetNeeded,
    Suspended,
    TokenLocked,
    TokenRegistered,
    WrongCode,
    WrongCodes,
)
from keyfob.domain.credentials.hardware_token import HardwareToken
from keyfob.domain.errors import DomainError, IllegalTransition
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.session import Authenticator
from keyfob.domain.sessions.sign_in_options import SignInOption, sign_in_options
from tests.support.fakes import START
from tests.support.otp import (
    POLICY,
    SECRET,
    STEP,
    NeverLookedAt,
    a_credential,
    a_hardware_token,
    a_pending_credential,
    a_revoked_credential,
    a_suspended_credential,
    an_event_based_token,
    an_expired_credential,
    code_of,
    locked,
    pair_of,
    tried,
)

HELD = a_hardware_token(failed=("t1", "t2"), drift=-1, drift_base=3)
CODES = HELD.opened(SECRET)
UNUSABLE: list[tuple[Credential, type[DomainError]]] = [
    (a_pending_credential(state=State.PENDING_APPROVAL, token=HELD), NotApproved),
    (a_pending_credential(token=HELD), NotActivated),
    (a_suspended_credential(), Suspended),
    (an_expired_credential(), Expired),
    (locked(an_expired_credential()), Expired),
    (a_revoked_credential(token=HELD), IllegalTransition),
    (a_credential(token=None), NoToken),
]


@pytest.mark.parametrize(("credential", "refusal"), UNUSABLE)
def test_no_code_is_compared_while_the_credential_is_not_usable_S8(
    credential: Credential, refusal: type[DomainError]
) -> None:
    codes, pair = NeverLookedAt(), pair_of(HELD, STEP, STEP + 1)
    with pytest.raises(refusal):
        tokens.accept(credential, codes, code_of(HELD, STEP), START, POLICY)
    with pytest.raises(refusal):
        tokens.resynchronize(credential, codes, pair, START, POLICY)


def test_a_locked_token_is_not_compared_with_anything_at_sign_in_E3() -> None:
    with pytest.raises(TokenLocked):
        tokens.accept(locked(a_credential()), NeverLookedAt(), code_of(HELD, STEP), START, POLICY)


def test_after_too_many_tries_nothing_is_compared_when_resynchronizing_F2() -> None:
    with pytest.raises(ResetNeeded):
        tokens.resynchronize(
            tried(a_credential()), NeverLookedAt(), pair_of(HELD, STEP, STEP + 1), START, POLICY
        )


def test_a_right_code_changes_the_token_and_nothing_else_S5() -> None:
    credential = tried(a_credential(token=HELD), 2)
    done = tokens.accept(credential, CODES, code_of(HELD, STEP), START, POLICY)
    assert done.change is Change.TOKEN_ACCEPTED
    assert done.credential == replace(
        credential, token=replace(HELD, last=STEP, drift=0, failed=())
    )


def test_a_wrong_and_a_used_code_are_distinguished_S2() -> None:
    credential = a_credential(token=replace(HELD, last=STEP))
    with pytest.raises(CodeAlreadyUsed):
        tokens.accept(credential, CODES, code_of(HELD, STEP), START, POLICY)
    with pytest.raises(WrongCode):
        tokens.accept(credential, CODES, code_of(HELD, STEP + 50), START, POLICY)


def test_a_wrong_code_is_counted_and_nothing_else_S5() -> None:
    credential = a_credential(token=HELD)
    done = tokens.count_failure(credential, "t3", POLICY)
    assert done.change is None
    assert done.credential == replace(credential, token=replace(HELD, failed=("t1", "t2", "t3")))


def test_the_fifth_wrong_code_locks_and_ends_elevated_sessions_E3_S20() -> None:
    seen = a_credential(token=a_hardware_token())
    for trial in ("t1", "t2", "t3", "t4"):
        done = tokens.count_failure(seen, trial, POLICY)
        assert (done.change, done.credential.epoch) == (None, 7)
        tokens.require_unlocked(done.credential, START, POLICY)
        seen = done.credential
    done = tokens.count_failure(seen, "t5", POLICY)
    assert done.change is Change.TOKEN_LOCKED
    failed = ("t1", "t2", "t3", "t4", "t5")
    assert done.credential == replace(seen, token=a_hardware_token(failed=failed, epoch=1))
    with pytest.raises(TokenLocked):
        tokens.require_unlocked(done.credential, START, POLICY)


def test_the_policy_says_how_many_wrong_codes_lock_E3() -> None:
    few, many = Policy(otp_failures=3), Policy(otp_failures=4)
    credential = a_credential(token=HELD)
    assert tokens.count_failure(credential, "t3", few).change is Change.TOKEN_LOCKED
    assert tokens.count_failure(credential, "t3", many).change is None


def test_without_a_token_no_code_is_counted() -> None:
    with pytest.raises(NoToken):
        tokens.count_failure(a_credential(token=None), "t1", POLICY)


def test_a_right_code_before_the_fifth_wrong_one_starts_the_count_anew_E3() -> None:
    credential = a_credential(token=replace(HELD, failed=("t1", "t2", "t3", "t4")))
    credential = tokens.accept(credential, CODES, code_of(HELD, STEP), START, POLICY).credential
    assert tokens.count_failure(credential, "t6", POLICY).change is None


@pytest.mark.parametrize("token", [HELD, None])
def test_the_fifth_wrong_pair_leaves_only_an_operators_reset_D2(
    token: HardwareToken | None,
) -> None:
    seen = a_credential(token=token)
    for trial in ("t1", "t2", "t3", "t4"):
        done = tokens.count_try(seen, trial, POLICY)
        assert done.change is None
        tokens.require_tries(done.credential, POLICY)
        seen = done.credential
    done = tokens.count_try(seen, "t5", POLICY)
    assert done.change is Change.TOKEN_BLOCKED
    assert done.credential == replace(seen, tries=("t1", "t2", "t3", "t4", "t5"))
    with pytest.raises(ResetNeeded):
        tokens.require_tries(done.credential, POLICY)


def test_the_policy_says_how_many_wrong_pairs_block_D2() -> None:
    few = Policy(pair_failures=2)
    credential = tried(a_credential(), 1)
    assert tokens.count_try(credential, "t2", few).change is Change.TOKEN_BLOCKED
    with pytest.raises(ResetNeeded):
        tokens.require_tries(tried(credential, 2), few)
    tokens.require_tries(credential, few)


def test_a_token_can_be_registered_where_there_is_none_D1() -> None:
    tokens.require_registrable(a_credential(token=None), START)
    with pytest.raises(TokenRegistered):
        tokens.require_registrable(a_credential(), START)


def test_a_fresh_credential_for_phones_gets_a_phone_before_a_token_D4_S14() -> None:
    with pytest.raises(ElevationRequired):
        tokens.require_token_first(a_credential(token=None, kind="phone"))
    tokens.require_token_first(a_credential(token=None, kind="phone", replacing=True))
    tokens.require_token_first(a_credential(token=None))


def test_a_locked_token_that_was_tried_too_often_needs_a_reset_first_E3_F2() -> None:
    stuck = tried(locked(a_credential()))
    with pytest.raises(ResetNeeded):
        tokens.require_unlocked(stuck, START, POLICY)
    assert [way.obstacle for way in sign_in_options(stuck, [], START, POLICY)] == ["reset_needed"]


@pytest.mark.parametrize(("credential", "refusal"), UNUSABLE[:-1])
def test_no_token_is_registered_with_an_unusable_credential_D1(
    credential: Credential, refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal):
        tokens.require_registrable(replace(credential, token=None), START)


def test_registering_binds_the_token_and_forgets_the_tries_D1() -> None:
    credential = tried(a_credential(token=None, replacing=True, reset=True), 4)
    done = tokens.register(credential, HELD)
    assert done.change is Change.TOKEN_REGISTERED
    assert done.credential == replace(credential, token=HELD, tries=(), reset=False)


def test_two_codes_unlock_a_token_and_forget_the_tries_F2() -> None:
    credential = locked(tried(a_credential(), 4))
    pair = pair_of(HELD, STEP + 19, STEP + 20)
    done = tokens.resynchronize(credential, CODES, pair, START, POLICY)
    assert done.change is Change.TOKEN_RESYNCHRONIZED
    found = a_hardware_token(last=STEP + 20, drift=20, drift_base=20)
    assert done.credential == replace(credential, token=found, tries=())
    tokens.require_unlocked(done.credential, START, POLICY)


def test_two_wrong_codes_are_refused_and_count_as_a_try_F2() -> None:
    with pytest.raises(WrongCodes):
        tokens.resynchronize(a_credential(), CODES, pair_of(HELD, 5, 6), START, POLICY)


def test_a_reset_opens_the_wider_window_and_forgets_the_tries_F2() -> None:
    credential = tried(a_credential(token=HELD))
    done = tokens.reset(credential)
    assert done.change is Change.TOKEN_RESET
    assert done.credential == replace(credential, token=replace(HELD, reset=True), tries=())
    tokens.require_tries(done.credential, POLICY)


def test_a_reset_leaves_a_locked_token_locked_F2() -> None:
    done = tokens.reset(locked(tried(a_credential())))
    assert done.change is Change.TOKEN_RESET
    with pytest.raises(TokenLocked):
        tokens.require_unlocked(done.credential, START, POLICY)
    pair = pair_of(HELD, STEP + 20_000, STEP + 20_001)
    found = tokens.resynchronize(done.credential, CODES, pair, START, POLICY).credential
    tokens.require_unlocked(found, START, POLICY)


def test_a_reset_without_a_token_reopens_registration_with_a_wider_window_D2_S64() -> None:
    credential = tried(a_credential(token=None))
    done = tokens.reset(credential)
    assert done.change is Change.TOKEN_RESET
    assert done.credential == replace(credential, tries=(), reset=True)


def test_the_reset_of_a_token_is_gone_with_it_D4() -> None:
    done = tokens.revoke_token(a_credential(token=replace(HELD, reset=True)))
    assert done.credential.reset is False


@pytest.mark.parametrize(
    "credential",
    [a_credential(token=None, reset=True), a_credential(token=replace(HELD, reset=True))],
)
def test_a_second_reset_changes_nothing_F2(credential: Credential) -> None:
    assert tokens.reset(credential).change is None
    assert tokens.reset(tried(credential, 1)).change is Change.TOKEN_RESET


@pytest.mark.parametrize("level", [LEVEL_OTP, LEVEL_PROOFED])
@pytest.mark.parametrize("credential", [a_credential(), a_suspended_credential()])
def test_a_lost_token_leaves_a_level_2_credential_that_waits_for_its_own_next_D4(
    credential: Credential, level: int
) -> None:
    credential = replace(credential, level=level)
    done = tokens.revoke_token(credential)
    assert done.change is Change.TOKEN_REVOKED
    assert done.credential == replace(
        credential, token=None, replacing=True, level=LEVEL_OTP, epoch=8
    )


def test_only_a_used_credential_has_a_token_to_lose_D4() -> None:
    for credential in (a_credential(token=None), a_pending_credential(), a_revoked_credential()):
        with pytest.raises(NoToken):
            tokens.revoke_token(credential)


WAYS: list[tuple[Credential, str | None]] = [
    (a_credential(), None),
    (tried(a_credential()), None),
    (locked(a_credential()), "token_locked"),
    (an_expired_credential(), "credential_expired"),
    (locked(an_expired_credential()), "credential_expired"),
    (a_suspended_credential(), "credential_suspended"),
]


@pytest.mark.parametrize(("credential", "obstacle"), WAYS)
def test_a_holder_sees_how_to_sign_in_and_why_not_now_E1_E3(
    credential: Credential, obstacle: str | None
) -> None:
    way = SignInOption(method=Authenticator.TOKEN, label="…0042", obstacle=obstacle)
    assert sign_in_options(credential, [], START, POLICY) == [way]


@pytest.mark.parametrize("credential", [None, a_credential(token=None), a_pending_credential()])
def test_a_credential_without_token_offers_no_sign_in_E1(credential: Credential | None) -> None:
    assert sign_in_options(credential, [], START, POLICY) == []


def test_an_event_based_token_is_used_like_any_S2() -> None:
    held = an_event_based_token()
    done = tokens.accept(
        a_credential(token=held), held.opened(SECRET), code_of(held, 103), START, POLICY
    )
    assert done.credential.token == replace(held, last=103)
