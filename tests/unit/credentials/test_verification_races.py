"""Right codes while others are faster, or nobody answers: all of it or nothing (S3, S22, S50)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from keyfob.audit.entry import Entry
from keyfob.credentials.credential import State
from keyfob.errors import (
    Busy,
    CodeAlreadyUsed,
    KeysUnavailable,
    NotAuthenticated,
    NoToken,
    StorageUnavailable,
    Suspended,
    TokenLocked,
)
from keyfob.sessions import store as session_rows
from keyfob.sessions.session import Token, recognize
from local.device import Device
from tests.support.bureau import Bureau, wrong
from tests.support.faults import (
    contended,
    first,
    lose_the_answer,
    recognize_the_token,
    silent,
)
from tests.support.holding import fail


@pytest.fixture
def device(bureau: Bureau) -> Device:
    """Ada's token."""
    return bureau.holder()


@pytest.fixture
def session(bureau: Bureau) -> Token:
    """Signed in by password."""
    return bureau.signed_in()


def strength(bureau: Bureau, session: Token) -> int:
    return recognize(bureau.row, session, bureau.clock(), bureau.policy).strength


def test_a_right_code_that_was_spent_meanwhile_is_decided_again_and_not_counted_S3(
    bureau: Bureau, device: Device, session: Token
) -> None:
    other = bureau.signed_in()
    bureau.client.next("transact_write_items", first(lambda: bureau.elevate(other, device.code())))
    with pytest.raises(CodeAlreadyUsed):
        bureau.elevate(session, device.code())
    assert strength(bureau, session) == 1
    assert bureau.token.failed == ()


def test_a_right_code_survives_a_change_of_something_else_S3(
    bureau: Bureau, device: Device, session: Token
) -> None:
    bureau.client.next("transact_write_items", first(lambda: bureau.changed(country="CA")))
    assert bureau.elevate(session, device.code()).session.strength == 2
    assert bureau.live.country == "CA"


def test_a_right_code_loses_against_the_wrong_one_that_locked_before_it_S3_S4(
    bureau: Bureau, device: Device, session: Token
) -> None:
    fail(bureau, device, session, times=4)
    last = bureau.token.last

    def locked() -> None:
        with pytest.raises(TokenLocked):
            bureau.elevate(session, wrong(device.code()))

    bureau.client.next("transact_write_items", first(locked))
    with pytest.raises(TokenLocked):
        bureau.elevate(session, device.code())
    assert bureau.token.last == last
    assert strength(bureau, session) == 1


@pytest.mark.parametrize("counted", [1, 4])
def test_a_right_code_counts_after_the_wrong_ones_that_were_counted_meanwhile_S4(
    counted: int, bureau: Bureau, device: Device, session: Token
) -> None:
    """Otherwise the right guess among forty at once would win, whichever number it had."""
    bureau.client.next(
        "transact_write_items", first(lambda: fail(bureau, device, session, times=counted))
    )
    reads = len(bureau.client.requests("batch_get_item"))
    assert bureau.elevate(session, device.code()).session.strength == 2
    reads_of_wrong_ones = counted
    assert len(bureau.client.requests("batch_get_item")) - reads == 2 + reads_of_wrong_ones
    assert bureau.token.failed == ()


def test_a_right_code_whose_answer_got_lost_is_recognized_S3(
    bureau: Bureau, device: Device, session: Token
) -> None:
    bureau.client.next("transact_write_items", lose_the_answer, recognize_the_token)
    done = bureau.elevate(session, device.code())
    assert recognize(bureau.row, done.token, bureau.clock(), bureau.policy) == done.session
    tokens = {
        one["ClientRequestToken"] for one in bureau.client.requests("transact_write_items")[-2:]
    }
    assert len(tokens) == 1


def suspended(bureau: Bureau) -> None:
    bureau.management.suspend(bureau.live.id, bureau.by)


def revoked_token(bureau: Bureau) -> None:
    bureau.management.revoke_token(bureau.live.id, bureau.by)


@pytest.mark.parametrize(
    ("happening", "refusal"), [(suspended, Suspended), (revoked_token, NoToken)]
)
def test_what_the_holder_ended_meanwhile_is_not_signed_in_with_S8(
    happening: Callable[[Bureau], None],
    refusal: type[Exception],
    bureau: Bureau,
    device: Device,
    session: Token,
) -> None:
    bureau.client.next("transact_write_items", first(lambda: happening(bureau)))
    with pytest.raises(refusal):
        bureau.elevate(session, device.code())
    assert strength(bureau, session) == 1


def sign_out(bureau: Bureau, session: Token) -> None:
    write = session_rows.remove(session.account, bureau.row.live[session.session])
    entry = Entry(action="session.ended", actor=bureau.by, at=bureau.clock())
    bureau.transactions.commit(write, audit=[entry])


def test_signing_out_ends_a_session_that_was_elevated_in_the_same_moment_S22(
    bureau: Bureau, device: Device, session: Token
) -> None:
    seen = bureau.row.live[session.session]
    bureau.elevate(session, device.code())
    write = session_rows.remove(session.account, seen)
    entry = Entry(action="session.ended", actor=bureau.by, at=bureau.clock())
    bureau.transactions.commit(write, audit=[entry])
    assert session.session not in bureau.row.live


def sign_out_everywhere(bureau: Bureau, _session: Token) -> None:
    entry = Entry(action="session.ended", actor=bureau.by, at=bureau.clock())
    bureau.transactions.commit(session_rows.restart(bureau.row), audit=[entry])


def begin_anew(bureau: Bureau, session: Token) -> None:
    """Everything ends, and a new session has the old one's id and secret."""
    kept = bureau.row.live[session.session]
    entry = Entry(action="session.ended", actor=bureau.by, at=bureau.clock())
    bureau.transactions.commit(session_rows.restart(bureau.row, kept), audit=[entry])


@pytest.mark.parametrize("how", [sign_out, sign_out_everywhere])
def test_a_session_that_was_signed_out_meanwhile_is_not_elevated_nor_the_code_spent_S22(
    how: Callable[[Bureau, Token], None],
    bureau: Bureau,
    device: Device,
    session: Token,
) -> None:
    before = bureau.live
    bureau.client.next("transact_write_items", first(lambda: how(bureau, session)))
    with pytest.raises(NotAuthenticated):
        bureau.elevate(session, device.code())
    assert bureau.live == before


def test_elevation_names_the_epoch_of_the_sessions_it_saw_S22(
    bureau: Bureau, device: Device, session: Token
) -> None:
    bureau.client.next("transact_write_items", first(lambda: begin_anew(bureau, session)))
    bureau.elevate(session, device.code())
    assert len(bureau.client.requests("transact_write_items")) >= 2
    assert bureau.trail(bureau.live.subject).count("token.accepted") == 1
    assert len(bureau.seeds.opened) == 2, "it was decided again"


def test_a_silent_key_service_decides_nothing_S50(
    bureau: Bureau, device: Device, session: Token
) -> None:
    before = bureau.live
    bureau.seeds.forget()
    bureau.parties.data_keys.silent = True
    for code in (device.code(), wrong(device.code())):
        with pytest.raises(KeysUnavailable):
            bureau.elevate(session, code)
    assert bureau.live == before
    assert strength(bureau, session) == 1
    bureau.parties.data_keys.silent = False
    assert bureau.elevate(session, device.code()).session.strength == 2


@pytest.mark.parametrize(("fault", "refusal"), [(silent, StorageUnavailable), (contended, Busy)])
def test_a_table_in_the_way_of_a_right_code_is_a_typed_refusal_S46_S50(
    fault: Any,
    refusal: type[Exception],
    bureau: Bureau,
    device: Device,
    session: Token,
) -> None:
    before = bureau.live
    bureau.client.next("transact_write_items", *[fault] * 5)
    with pytest.raises(refusal):
        bureau.elevate(session, device.code())
    assert bureau.live == before
    assert bureau.live.state is State.ACTIVE
    assert strength(bureau, session) == 1


def test_a_table_that_does_not_read_is_a_typed_refusal_S50(
    bureau: Bureau, device: Device, session: Token
) -> None:
    bureau.client.next("batch_get_item", silent)
    with pytest.raises(StorageUnavailable):
        bureau.elevate(session, device.code())
