"""Signing in with a code: acceptance, counting, refusal, and their writes (E1, E3)."""

from __future__ import annotations

from typing import Any

import pytest

from keyfob.domain.credentials.credential import TOKEN, State
from keyfob.domain.credentials.errors import (
    CodeAlreadyUsed,
    Expired,
    NotActivated,
    NotApproved,
    NoToken,
    Suspended,
    TokenLocked,
    WrongCode,
)
from keyfob.domain.credentials.suspension import Suspender
from keyfob.domain.errors import DomainError, InvalidInput
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.sessions.errors import NotAuthenticated
from keyfob.domain.sessions.session import Authenticator, Token, recognize
from local.device import Device
from tests.support.credential_world import CredentialWorld, Typed, wrong
from tests.support.fakes import START


@pytest.fixture
def device(credential_world: CredentialWorld) -> Device:
    """Ada's token."""
    return credential_world.holder()


def test_a_right_code_elevates_the_session_to_the_credentials_level_E1_E2(
    credential_world: CredentialWorld, device: Device
) -> None:
    session = credential_world.signed_in()
    done = credential_world.elevate(session, device.code())
    kept = recognize(
        credential_world.row, done.token, credential_world.clock(), credential_world.policy
    )
    assert kept == done.session
    assert (kept.strength, kept.authenticator) == (2, Authenticator.TOKEN)
    assert kept.epoch == credential_world.live.epoch
    assert kept.coded == START
    policy = credential_world.policy
    assert kept.elevated_until(policy) == START + policy.elevation_lifetime
    assert kept.expires == START + credential_world.policy.session_lifetime


def test_a_proofed_holder_gets_level_3_E1(credential_world: CredentialWorld) -> None:
    device = credential_world.holder(credential={"level": 3, "proofing": True})
    assert (
        credential_world.elevate(credential_world.signed_in(), device.code()).session.strength == 3
    )


def test_elevation_rotates_the_session_token_and_leaves_other_sessions_alone_S21(
    credential_world: CredentialWorld, device: Device
) -> None:
    session, other = credential_world.signed_in(), credential_world.signed_in()
    done = credential_world.elevate(session, device.code())
    assert done.token.session == session.session
    with pytest.raises(NotAuthenticated):
        recognize(credential_world.row, session, credential_world.clock(), credential_world.policy)
    assert (
        recognize(
            credential_world.row, other, credential_world.clock(), credential_world.policy
        ).strength
        == 1
    )


def test_an_elevated_session_is_elevated_again_by_the_next_code_E2(
    credential_world: CredentialWorld, device: Device
) -> None:
    again = credential_world.elevate(credential_world.signed_in(), device.code()).token
    credential_world.clock.advance(minutes=10)
    done = credential_world.elevate(again, device.code())
    until = done.session.elevated_until(credential_world.policy)
    assert until == done.session.expires  # never past the session's own end


def test_code_entry_and_session_are_one_transaction_and_nobody_is_mailed_S46(
    credential_world: CredentialWorld, device: Device
) -> None:
    session = credential_world.signed_in()
    before = len(credential_world.client.calls)
    credential_world.elevate(session, device.code())
    assert [name for name, _ in credential_world.client.calls[before:]] == [
        "batch_get_item",
        "transact_write_items",
    ]
    assert credential_world.trail(credential_world.live.subject)[-1] == "token.accepted"
    assert credential_world.live.version == len(
        credential_world.trail(credential_world.live.subject)
    )
    assert credential_world.orders.kinds() == []


def test_a_code_is_accepted_once_and_its_copies_are_not_counted_S2(
    credential_world: CredentialWorld, device: Device
) -> None:
    session, code = credential_world.signed_in(), device.code()
    credential_world.elevate(credential_world.signed_in(), code)
    for _ in range(credential_world.policy.otp_failures + 1):
        with pytest.raises(CodeAlreadyUsed):
            credential_world.elevate(session, code)
    assert credential_world.token.failed == ()
    assert (
        recognize(
            credential_world.row, session, credential_world.clock(), credential_world.policy
        ).strength
        == 1
    )


def test_a_wrong_code_is_counted_once_and_a_right_one_forgives_it_S4(
    credential_world: CredentialWorld, device: Device
) -> None:
    session = credential_world.signed_in()
    for count in (1, 2):
        with pytest.raises(WrongCode):
            credential_world.elevate(session, wrong(device.code()))
        assert len(credential_world.token.failed) == count
    credential_world.elevate(session, device.code())
    assert credential_world.token.failed == ()


def test_counting_is_one_conditional_write_without_an_entry_S4(
    credential_world: CredentialWorld, device: Device
) -> None:
    session, version = credential_world.signed_in(), credential_world.live.version
    before = len(credential_world.client.calls)
    with pytest.raises(WrongCode):
        credential_world.elevate(session, wrong(device.code()))
    assert [name for name, _ in credential_world.client.calls[before:]] == [
        "batch_get_item",
        "update_item",
    ]
    assert credential_world.live.version == version


def lock(credential_world: CredentialWorld, device: Device, session: Token) -> None:
    """Use up the tries."""
    for _ in range(credential_world.policy.otp_failures - 1):
        with pytest.raises(WrongCode):
            credential_world.elevate(session, wrong(device.code()))
    with pytest.raises(TokenLocked):
        credential_world.elevate(session, wrong(device.code()))


def test_the_fifth_wrong_code_locks_notifies_the_holder_and_drops_elevations_E3(
    credential_world: CredentialWorld, device: Device
) -> None:
    epoch = credential_world.live.epoch
    lock(credential_world, device, credential_world.signed_in())
    assert credential_world.token.is_locked(credential_world.policy)
    assert credential_world.live.epoch_of(TOKEN) == epoch + 1
    assert credential_world.trail(credential_world.live.subject)[-1] == "token.locked"
    assert credential_world.live.version == len(
        credential_world.trail(credential_world.live.subject)
    )
    assert credential_world.orders.kinds() == [Kind.TOKEN_LOCKED]


def test_a_locked_tokens_seed_is_not_opened_nor_anything_compared_or_counted_E3(
    credential_world: CredentialWorld, device: Device
) -> None:
    session = credential_world.signed_in()
    lock(credential_world, device, session)
    before, opened = credential_world.live, len(credential_world.seeds.opened)
    for code in (device.code(), wrong(device.code())):
        with pytest.raises(TokenLocked):
            credential_world.elevate(session, code)
    assert len(credential_world.seeds.opened) == opened
    assert credential_world.live == before


UNUSABLE: list[tuple[dict[str, Any], type[DomainError]]] = [
    ({"state": State.PENDING_APPROVAL}, NotApproved),
    ({"state": State.PENDING_ACTIVATION}, NotActivated),
    (
        {"suspensions": {Suspender.HOLDER: START}},
        Suspended,
    ),
    ({"expires_at": START}, Expired),
    ({"token": None}, NoToken),
]


@pytest.mark.parametrize(("changes", "refusal"), UNUSABLE)
def test_an_unusable_credential_is_refused_and_the_right_code_spends_nothing_S8(
    changes: dict[str, Any],
    refusal: type[DomainError],
    credential_world: CredentialWorld,
    device: Device,
) -> None:
    session = credential_world.signed_in()
    before = credential_world.changed(**changes)
    with pytest.raises(refusal):
        credential_world.elevate(session, device.code())
    assert credential_world.live == before
    assert credential_world.seeds.opened == []
    assert (
        recognize(
            credential_world.row, session, credential_world.clock(), credential_world.policy
        ).strength
        == 1
    )


def test_an_account_without_a_credential_has_no_token_E3(credential_world: CredentialWorld) -> None:
    with pytest.raises(NoToken):
        credential_world.elevate(credential_world.signed_in(), "00000000")


FULL_WIDTH = "".join(chr(0xFF11 + digit) for digit in range(8))


@pytest.mark.parametrize(
    "typed",
    ["", "1234567", "123456789", "123456", "1234-5678", FULL_WIDTH, "1234567x", "-1234567"],
)
def test_an_invalid_code_of_this_token_costs_nothing_S9(
    typed: str, credential_world: CredentialWorld, device: Device
) -> None:
    session = credential_world.signed_in()
    with pytest.raises(InvalidInput) as refused:
        credential_world.elevate(session, typed)
    assert refused.value.fields == {"code": "a code has 8 digits, nothing else"}
    assert credential_world.token.failed == ()
    assert credential_world.seeds.opened == []


def strangers(credential_world: CredentialWorld) -> dict[str, Token]:
    """Session tokens that open nothing."""
    session = credential_world.signed_in()
    other = Token(account=session.account, session=session.session, secret="another")
    unknown = Token(account="acc_nobody", session=session.session, secret=session.secret)
    ended = Token(account=session.account, session="gone", secret=session.secret)
    return {
        "another secret": other,
        "unknown account": unknown,
        "no session": ended,
        "challenge": credential_world.signed_in(strength=0),
    }


@pytest.mark.parametrize("who", ["another secret", "unknown account", "no session", "challenge"])
def test_without_a_session_the_code_is_not_even_read_S9(
    who: str, credential_world: CredentialWorld, device: Device
) -> None:
    typed = Typed(device.code())
    with pytest.raises(NotAuthenticated):
        credential_world.elevate(strangers(credential_world)[who], typed)
    assert typed.asked == 0
    assert credential_world.seeds.opened == []
    assert credential_world.token.failed == ()


def test_an_idle_session_is_not_elevated_S9(
    credential_world: CredentialWorld, device: Device
) -> None:
    session = credential_world.signed_in()
    credential_world.clock.advance(seconds=credential_world.policy.session_idle.total_seconds())
    with pytest.raises(NotAuthenticated):
        credential_world.elevate(session, device.code())


@pytest.mark.parametrize(
    "shape",
    [
        {"algorithm": "sha256", "digits": 6, "period": 60},
        {"algorithm": "sha512"},
        {"period": None, "counter": 40},
    ],
)
def test_every_kind_of_token_signs_in_D1(
    shape: dict[str, Any], credential_world: CredentialWorld
) -> None:
    device = credential_world.holder(**shape)
    code = device.press() if device.period is None else device.code()
    assert credential_world.elevate(credential_world.signed_in(), code).session.strength == 2
    spent = 40 if device.period is None else device.step
    assert credential_world.token.last == spent
