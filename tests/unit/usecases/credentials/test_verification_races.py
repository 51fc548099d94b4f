"""Right codes under races and outages: all or nothing (S3, S22, S50)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from keyfob.domain.audit.entry import Entry
from keyfob.domain.credentials.credential import State
from keyfob.domain.credentials.errors import CodeAlreadyUsed, NoToken, Suspended, TokenLocked
from keyfob.domain.errors import Busy, KeysUnavailable, StorageUnavailable
from keyfob.domain.sessions.errors import NotAuthenticated, SignInAgain
from keyfob.domain.sessions.session import Token, recognize
from keyfob.storage.sessions import store as session_rows
from local.device import Device
from tests.support.credential_world import CredentialWorld, wrong
from tests.support.faults import (
    contended,
    first,
    lose_the_answer,
    recognize_the_token,
    silent,
)
from tests.support.token_acts import fail


@pytest.fixture
def device(credential_world: CredentialWorld) -> Device:
    """Ada's token."""
    return credential_world.holder()


@pytest.fixture
def session(credential_world: CredentialWorld) -> Token:
    """Signed in by password."""
    return credential_world.signed_in()


def strength(credential_world: CredentialWorld, session: Token) -> int:
    return recognize(
        credential_world.row, session, credential_world.clock(), credential_world.policy
    ).strength


def test_a_right_code_that_was_spent_meanwhile_is_decided_again_and_not_counted_S3(
    credential_world: CredentialWorld, device: Device, session: Token
) -> None:
    other = credential_world.signed_in()
    credential_world.client.next(
        "transact_write_items", first(lambda: credential_world.elevate(other, device.code()))
    )
    with pytest.raises(CodeAlreadyUsed):
        credential_world.elevate(session, device.code())
    assert strength(credential_world, session) == 1
    assert credential_world.token.failed == ()


def test_a_right_code_survives_a_change_of_something_else_S3(
    credential_world: CredentialWorld, device: Device, session: Token
) -> None:
    credential_world.client.next(
        "transact_write_items", first(lambda: credential_world.changed(country="CA"))
    )
    assert credential_world.elevate(session, device.code()).session.strength == 2
    assert credential_world.live.country == "CA"


def test_a_right_code_loses_against_the_wrong_one_that_locked_before_it_S3_S4(
    credential_world: CredentialWorld, device: Device, session: Token
) -> None:
    fail(credential_world, device, session, times=4)
    last = credential_world.token.last

    def locked() -> None:
        with pytest.raises(TokenLocked):
            credential_world.elevate(session, wrong(device.code()))

    credential_world.client.next("transact_write_items", first(locked))
    with pytest.raises(TokenLocked):
        credential_world.elevate(session, device.code())
    assert credential_world.token.last == last
    assert strength(credential_world, session) == 1


@pytest.mark.parametrize("counted", [1, 4])
def test_a_right_code_counts_after_the_wrong_ones_that_were_counted_meanwhile_S4(
    counted: int, credential_world: CredentialWorld, device: Device, session: Token
) -> None:
    """Otherwise the right guess among forty at once would win at any position."""
    credential_world.client.next(
        "transact_write_items",
        first(lambda: fail(credential_world, device, session, times=counted)),
    )
    reads = len(credential_world.client.requests("batch_get_item"))
    assert credential_world.elevate(session, device.code()).session.strength == 2
    reads_of_wrong_ones = counted
    assert (
        len(credential_world.client.requests("batch_get_item")) - reads == 2 + reads_of_wrong_ones
    )
    assert credential_world.token.failed == ()


def test_a_right_code_whose_answer_got_lost_is_recognized_S3(
    credential_world: CredentialWorld, device: Device, session: Token
) -> None:
    credential_world.client.next("transact_write_items", lose_the_answer, recognize_the_token)
    done = credential_world.elevate(session, device.code())
    assert (
        recognize(
            credential_world.row, done.token, credential_world.clock(), credential_world.policy
        )
        == done.session
    )
    tokens = {
        one["ClientRequestToken"]
        for one in credential_world.client.requests("transact_write_items")[-2:]
    }
    assert len(tokens) == 1


def suspended(credential_world: CredentialWorld) -> None:
    credential_world.management.suspend(
        credential_world.live.id, credential_world.proof, credential_world.by
    )


def revoked_token(credential_world: CredentialWorld) -> None:
    credential_world.management.revoke_token(
        credential_world.live.id, credential_world.proof, credential_world.by
    )


@pytest.mark.parametrize(
    ("happening", "refusal"), [(suspended, Suspended), (revoked_token, NoToken)]
)
def test_a_credential_that_its_holder_ended_meanwhile_signs_nobody_in_S8(
    happening: Callable[[CredentialWorld], None],
    refusal: type[Exception],
    credential_world: CredentialWorld,
    device: Device,
    session: Token,
) -> None:
    credential_world.client.next("transact_write_items", first(lambda: happening(credential_world)))
    with pytest.raises(refusal):
        credential_world.elevate(session, device.code())
    assert strength(credential_world, session) == 1


def sign_out(credential_world: CredentialWorld, session: Token) -> None:
    write = session_rows.remove(session.account, credential_world.row.live[session.session])
    entry = Entry(action="session.ended", actor=credential_world.by, at=credential_world.clock())
    credential_world.transactions.commit(write, audit=[entry])


def test_signing_out_ends_a_session_that_was_elevated_in_the_same_moment_S22(
    credential_world: CredentialWorld, device: Device, session: Token
) -> None:
    seen = credential_world.row.live[session.session]
    credential_world.elevate(session, device.code())
    write = session_rows.remove(session.account, seen)
    entry = Entry(action="session.ended", actor=credential_world.by, at=credential_world.clock())
    credential_world.transactions.commit(write, audit=[entry])
    assert session.session not in credential_world.row.live


def sign_out_everywhere(credential_world: CredentialWorld, _session: Token) -> None:
    entry = Entry(action="session.ended", actor=credential_world.by, at=credential_world.clock())
    credential_world.transactions.commit(session_rows.restart(credential_world.row), audit=[entry])


def begin_anew(credential_world: CredentialWorld, session: Token) -> None:
    """Everything ends, and a new session has the old one's id and secret."""
    kept = credential_world.row.live[session.session]
    entry = Entry(action="session.ended", actor=credential_world.by, at=credential_world.clock())
    credential_world.transactions.commit(
        session_rows.restart(credential_world.row, kept), audit=[entry]
    )


@pytest.mark.parametrize("how", [sign_out, sign_out_everywhere])
def test_a_session_that_was_signed_out_meanwhile_is_not_elevated_nor_the_code_spent_S22(
    how: Callable[[CredentialWorld, Token], None],
    credential_world: CredentialWorld,
    device: Device,
    session: Token,
) -> None:
    before = credential_world.live
    credential_world.client.next(
        "transact_write_items", first(lambda: how(credential_world, session))
    )
    with pytest.raises(NotAuthenticated):
        credential_world.elevate(session, device.code())
    assert credential_world.live == before


def test_elevation_names_the_epoch_of_the_sessions_it_saw_S22(
    credential_world: CredentialWorld, device: Device, session: Token
) -> None:
    credential_world.client.next(
        "transact_write_items", first(lambda: begin_anew(credential_world, session))
    )
    credential_world.elevate(session, device.code())
    assert len(credential_world.client.requests("transact_write_items")) >= 2
    assert credential_world.trail(credential_world.live.subject).count("token.accepted") == 1
    assert len(credential_world.seeds.opened) == 2, "it was decided again"


def test_a_silent_key_service_decides_nothing_S50(
    credential_world: CredentialWorld, device: Device, session: Token
) -> None:
    before = credential_world.live
    credential_world.seeds.forget()
    credential_world.parties.data_keys.silent = True
    for code in (device.code(), wrong(device.code())):
        with pytest.raises(KeysUnavailable):
            credential_world.elevate(session, code)
    assert credential_world.live == before
    assert strength(credential_world, session) == 1
    credential_world.parties.data_keys.silent = False
    assert credential_world.elevate(session, device.code()).session.strength == 2


@pytest.mark.parametrize(("fault", "refusal"), [(silent, SignInAgain), (contended, Busy)])
def test_a_table_in_the_way_of_a_right_code_is_a_typed_refusal_S46_S50(
    fault: Any,
    refusal: type[Exception],
    credential_world: CredentialWorld,
    device: Device,
    session: Token,
) -> None:
    before = credential_world.live
    credential_world.client.next("transact_write_items", *[fault] * 5)
    with pytest.raises(refusal):
        credential_world.elevate(session, device.code())
    assert credential_world.live == before
    assert credential_world.live.state is State.ACTIVE
    assert strength(credential_world, session) == 1


@pytest.mark.parametrize("later", [silent, contended])
def test_a_lost_answer_tells_the_owner_of_a_session_that_was_re_keyed_to_sign_in_again_S46(
    later: Any, credential_world: CredentialWorld, device: Device, session: Token
) -> None:
    credential_world.client.next("transact_write_items", lose_the_answer, *[later] * 4)
    with pytest.raises(SignInAgain):
        credential_world.elevate(session, device.code())
    assert credential_world.trail(credential_world.live.subject).count("token.accepted") == 1
    with pytest.raises(NotAuthenticated):
        strength(credential_world, session)


def test_a_table_that_does_not_read_is_a_typed_refusal_S50(
    credential_world: CredentialWorld, device: Device, session: Token
) -> None:
    credential_world.client.next("batch_get_item", silent)
    with pytest.raises(StorageUnavailable):
        credential_world.elevate(session, device.code())
