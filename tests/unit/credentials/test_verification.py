"""Signing in with a code: what is accepted, counted, refused, and what that leaves (E1, E3)."""

from __future__ import annotations

from typing import Any

import pytest

from keyfob.credentials.credential import TOKEN, State, Suspender
from keyfob.errors import (
    CodeAlreadyUsed,
    DomainError,
    Expired,
    InvalidInput,
    NotActivated,
    NotApproved,
    NotAuthenticated,
    NoToken,
    Suspended,
    TokenLocked,
    WrongCode,
)
from keyfob.messages.outbox import Kind
from keyfob.sessions.session import Authenticator, Token, recognize
from local.device import Device
from tests.support.bureau import Bureau, Typed, wrong
from tests.support.fakes import START


@pytest.fixture
def device(bureau: Bureau) -> Device:
    """Ada's token."""
    return bureau.holder()


def test_a_right_code_elevates_the_session_to_the_credentials_level_E1_E2(
    bureau: Bureau, device: Device
) -> None:
    session = bureau.signed_in()
    done = bureau.elevate(session, device.code())
    kept = recognize(bureau.row, done.token, bureau.clock(), bureau.policy)
    assert kept == done.session
    assert (kept.strength, kept.authenticator) == (2, Authenticator.TOKEN)
    assert kept.epoch == bureau.live.epoch
    assert kept.elevated_until == START + bureau.policy.elevation_lifetime
    assert kept.expires == START + bureau.policy.session_lifetime


def test_a_proofed_holder_gets_level_3_E1(bureau: Bureau) -> None:
    device = bureau.holder(credential={"level": 3, "proofing": True})
    assert bureau.elevate(bureau.signed_in(), device.code()).session.strength == 3


def test_elevation_rotates_the_token_and_leaves_other_sessions_alone_S21(
    bureau: Bureau, device: Device
) -> None:
    session, other = bureau.signed_in(), bureau.signed_in()
    done = bureau.elevate(session, device.code())
    assert done.token.session == session.session
    with pytest.raises(NotAuthenticated):
        recognize(bureau.row, session, bureau.clock(), bureau.policy)
    assert recognize(bureau.row, other, bureau.clock(), bureau.policy).strength == 1


def test_an_elevated_session_is_elevated_again_by_the_next_code_E2(
    bureau: Bureau, device: Device
) -> None:
    again = bureau.elevate(bureau.signed_in(), device.code()).token
    bureau.clock.advance(minutes=10)
    done = bureau.elevate(again, device.code())
    assert done.session.elevated_until == done.session.expires  # never past the session's own end


def test_code_entry_and_session_are_one_transaction_and_nobody_is_mailed_S46(
    bureau: Bureau, device: Device
) -> None:
    session = bureau.signed_in()
    before = len(bureau.client.calls)
    bureau.elevate(session, device.code())
    assert [name for name, _ in bureau.client.calls[before:]] == [
        "batch_get_item",
        "transact_write_items",
    ]
    assert bureau.trail(bureau.live.subject)[-1] == "token.accepted"
    assert bureau.live.version == len(bureau.trail(bureau.live.subject))
    assert bureau.shop.kinds() == []


def test_a_code_is_accepted_once_and_its_copies_are_not_counted_S2(
    bureau: Bureau, device: Device
) -> None:
    session, code = bureau.signed_in(), device.code()
    bureau.elevate(bureau.signed_in(), code)
    for _ in range(bureau.policy.otp_failures + 1):
        with pytest.raises(CodeAlreadyUsed):
            bureau.elevate(session, code)
    assert bureau.token.failed == ()
    assert recognize(bureau.row, session, bureau.clock(), bureau.policy).strength == 1


def test_a_wrong_code_is_counted_once_and_a_right_one_forgives_it_S4(
    bureau: Bureau, device: Device
) -> None:
    session = bureau.signed_in()
    for count in (1, 2):
        with pytest.raises(WrongCode):
            bureau.elevate(session, wrong(device.code()))
        assert len(bureau.token.failed) == count
    bureau.elevate(session, device.code())
    assert bureau.token.failed == ()


def test_counting_is_one_conditional_write_without_an_entry_S4(
    bureau: Bureau, device: Device
) -> None:
    session, version = bureau.signed_in(), bureau.live.version
    before = len(bureau.client.calls)
    with pytest.raises(WrongCode):
        bureau.elevate(session, wrong(device.code()))
    assert [name for name, _ in bureau.client.calls[before:]] == ["batch_get_item", "update_item"]
    assert bureau.live.version == version


def lock(bureau: Bureau, device: Device, session: Token) -> None:
    """Use up the tries."""
    for _ in range(bureau.policy.otp_failures - 1):
        with pytest.raises(WrongCode):
            bureau.elevate(session, wrong(device.code()))
    with pytest.raises(TokenLocked):
        bureau.elevate(session, wrong(device.code()))


def test_the_fifth_wrong_code_locks_tells_the_holder_and_drops_elevations_E3(
    bureau: Bureau, device: Device
) -> None:
    epoch = bureau.live.epoch
    lock(bureau, device, bureau.signed_in())
    assert bureau.token.is_locked(bureau.policy)
    assert bureau.live.epoch_of(TOKEN) == epoch + 1
    assert bureau.trail(bureau.live.subject)[-1] == "token.locked"
    assert bureau.live.version == len(bureau.trail(bureau.live.subject))
    assert bureau.shop.kinds() == [Kind.TOKEN_LOCKED]


def test_a_locked_tokens_seed_is_not_opened_nor_anything_compared_or_counted_E3(
    bureau: Bureau, device: Device
) -> None:
    session = bureau.signed_in()
    lock(bureau, device, session)
    before, opened = bureau.live, len(bureau.seeds.opened)
    for code in (device.code(), wrong(device.code())):
        with pytest.raises(TokenLocked):
            bureau.elevate(session, code)
    assert len(bureau.seeds.opened) == opened
    assert bureau.live == before


UNUSABLE: list[tuple[dict[str, Any], type[DomainError]]] = [
    ({"state": State.PENDING_APPROVAL}, NotApproved),
    ({"state": State.PENDING_ACTIVATION}, NotActivated),
    (
        {"state": State.SUSPENDED, "suspended_at": START, "suspended_by": Suspender.HOLDER},
        Suspended,
    ),
    ({"expires_at": START}, Expired),
    ({"token": None}, NoToken),
]


@pytest.mark.parametrize(("changes", "refusal"), UNUSABLE)
def test_what_cannot_be_used_is_told_apart_and_the_right_code_spends_nothing_S8(
    changes: dict[str, Any], refusal: type[DomainError], bureau: Bureau, device: Device
) -> None:
    session = bureau.signed_in()
    before = bureau.changed(**changes)
    with pytest.raises(refusal):
        bureau.elevate(session, device.code())
    assert bureau.live == before
    assert bureau.seeds.opened == []
    assert recognize(bureau.row, session, bureau.clock(), bureau.policy).strength == 1


def test_an_account_without_a_credential_has_no_token_E3(bureau: Bureau) -> None:
    with pytest.raises(NoToken):
        bureau.elevate(bureau.signed_in(), "00000000")


FULL_WIDTH = "".join(chr(0xFF11 + digit) for digit in range(8))


@pytest.mark.parametrize(
    "typed",
    ["", "1234567", "123456789", "123456", "1234 5678", FULL_WIDTH, "1234567x", "-1234567"],
)
def test_what_can_be_no_code_of_this_token_costs_nothing_S9(
    typed: str, bureau: Bureau, device: Device
) -> None:
    session = bureau.signed_in()
    with pytest.raises(InvalidInput) as refused:
        bureau.elevate(session, typed)
    assert refused.value.fields == {"code": "a code has 8 digits, nothing else"}
    assert bureau.token.failed == ()
    assert bureau.seeds.opened == []


def strangers(bureau: Bureau) -> dict[str, Token]:
    """Tokens that open nothing."""
    session = bureau.signed_in()
    other = Token(account=session.account, session=session.session, secret="another")
    unknown = Token(account="acc_nobody", session=session.session, secret=session.secret)
    ended = Token(account=session.account, session="gone", secret=session.secret)
    return {
        "another secret": other,
        "unknown account": unknown,
        "no session": ended,
        "challenge": bureau.signed_in(strength=0),
    }


@pytest.mark.parametrize("who", ["another secret", "unknown account", "no session", "challenge"])
def test_without_a_session_the_code_is_not_even_read_S9(
    who: str, bureau: Bureau, device: Device
) -> None:
    typed = Typed(device.code())
    with pytest.raises(NotAuthenticated):
        bureau.elevate(strangers(bureau)[who], typed)
    assert typed.asked == 0
    assert bureau.seeds.opened == []
    assert bureau.token.failed == ()


def test_an_idle_session_is_not_elevated_S9(bureau: Bureau, device: Device) -> None:
    session = bureau.signed_in()
    bureau.clock.advance(seconds=bureau.policy.session_idle.total_seconds())
    with pytest.raises(NotAuthenticated):
        bureau.elevate(session, device.code())


@pytest.mark.parametrize(
    "shape",
    [
        {"algorithm": "sha256", "digits": 6, "period": 60},
        {"algorithm": "sha512"},
        {"period": None, "counter": 40},
    ],
)
def test_every_kind_of_token_signs_in_D1(shape: dict[str, Any], bureau: Bureau) -> None:
    device = bureau.holder(**shape)
    code = device.press() if device.period is None else device.code()
    assert bureau.elevate(bureau.signed_in(), code).session.strength == 2
    spent = 40 if device.period is None else device.step
    assert bureau.token.last == spent
