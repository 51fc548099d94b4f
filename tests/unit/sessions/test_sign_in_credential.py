"""Which credential a sign-in is about: what a remembered browser is compared with (E1, F3)."""

from __future__ import annotations

import pytest

from keyfob.audit.entry import Entry
from keyfob.credentials import store as credential_rows
from keyfob.credentials.credential import Credential
from keyfob.policy import Policy
from keyfob.sessions.password import PasswordCheck
from tests.support.builders import ACTOR, a_credential
from tests.support.house import PERMANENT, House


@pytest.fixture
def credential(house: House) -> Credential:
    """Ada's live one."""
    made = a_credential(account=house.ada.id)
    entry = Entry(
        action="credential.redeemed", actor=ACTOR, at=house.shop.clock(), subject=made.subject
    )
    house.transactions.commit(credential_rows.put(made, made.expires_at), audit=[entry])
    return made


def test_a_sign_in_names_the_live_credential_E1(house: House, credential: Credential) -> None:
    assert house.sign_in(PERMANENT).credential == credential.id


def test_without_a_credential_it_names_none_E1(house: House) -> None:
    assert house.sign_in(PERMANENT).credential is None


def test_an_expired_one_is_still_hers_E1(house: House, credential: Credential) -> None:
    house.shop.clock.now = credential.expires_at
    assert house.sign_in(PERMANENT).credential == credential.id


def test_one_whose_revocation_is_due_is_hers_no_more_F3(
    house: House, credential: Credential
) -> None:
    house.shop.clock.now = credential.revokes_at(Policy())
    assert house.sign_in(PERMANENT).credential is None


def test_a_challenge_names_none_before_the_new_password_A4(
    house: House, credential: Credential
) -> None:
    house.passwords.set_temporary(house.ada.id, "temporary-password")
    assert house.check("temporary-password") is PasswordCheck.MUST_CHANGE
    assert house.sign_in("temporary-password").credential is None
