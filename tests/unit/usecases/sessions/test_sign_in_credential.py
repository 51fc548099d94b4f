"""The credential named by a sign-in, for comparison with a remembered browser (E1, F3)."""

from __future__ import annotations

import pytest

from keyfob.domain.audit.entry import Entry
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.password import PasswordCheck
from keyfob.storage.credentials import store as credential_rows
from tests.support.account_world import PERMANENT, AccountWorld
from tests.support.builders import ACTOR, a_credential


@pytest.fixture
def credential(account_world: AccountWorld) -> Credential:
    """Ada's live one."""
    made = a_credential(account=account_world.ada.id)
    entry = Entry(
        action="credential.redeemed",
        actor=ACTOR,
        at=account_world.orders.clock(),
        subject=made.subject,
    )
    account_world.transactions.commit(credential_rows.put(made, made.expires_at), audit=[entry])
    return made


def test_a_sign_in_names_the_live_credential_E1(
    account_world: AccountWorld, credential: Credential
) -> None:
    assert account_world.sign_in(PERMANENT).credential == credential.id


def test_without_a_credential_it_names_none_E1(account_world: AccountWorld) -> None:
    assert account_world.sign_in(PERMANENT).credential is None


def test_an_expired_one_is_still_hers_E1(
    account_world: AccountWorld, credential: Credential
) -> None:
    account_world.orders.clock.now = credential.expires_at
    assert account_world.sign_in(PERMANENT).credential == credential.id


def test_a_credential_whose_revocation_is_due_is_hers_no_more_F3(
    account_world: AccountWorld, credential: Credential
) -> None:
    account_world.orders.clock.now = credential.revokes_at(Policy())
    assert account_world.sign_in(PERMANENT).credential is None


def test_a_challenge_names_none_before_the_new_password_A4(
    account_world: AccountWorld, credential: Credential
) -> None:
    account_world.passwords.set_temporary(account_world.ada.id, "temporary-password")
    assert account_world.check("temporary-password") is PasswordCheck.MUST_CHANGE
    assert account_world.sign_in("temporary-password").credential is None
