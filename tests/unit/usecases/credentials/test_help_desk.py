"""An operator's acts for a holder (D2, F2, G2)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keyfob.domain.errors import NotFound
from keyfob.domain.messages.kinds import Kind
from keyfob.storage.audit.store import AuditRow
from tests.support.credential_world import CredentialWorld
from tests.support.order_world import OPERATOR

FIVE = ("1", "2", "3", "4", "5")


def test_a_reset_reopens_and_says_who_did_it_D2_F2(credential_world: CredentialWorld) -> None:
    credential_world.holder(credential={"tries": FIVE})
    locked = credential_world.changed(token=replace(credential_world.token, failed=FIVE))
    done = credential_world.help_desk.reset_token(
        f" {credential_world.ada.user_id.upper()} ", OPERATOR
    )
    assert (done.tries, credential_world.live.tries) == ((), ())
    assert (credential_world.token.reset, credential_world.token.failed) == (True, FIVE), (
        "the lock is the holder's"
    )
    assert credential_world.live.epoch == locked.epoch
    assert credential_world.orders.kinds() == [Kind.TOKEN_RESET]
    row = credential_world.database.get(
        AuditRow, locked.subject, f"{credential_world.live.version:012d}"
    )
    assert row
    assert (row.action, row.actor_kind, row.actor_id) == ("token.reset", "operator", "console")


def test_a_reset_again_changes_nothing_and_mails_nobody_D2(
    credential_world: CredentialWorld,
) -> None:
    credential_world.holder(credential={"tries": FIVE})
    credential_world.help_desk.reset_token(credential_world.ada.user_id, OPERATOR)
    before = credential_world.live
    assert credential_world.help_desk.reset_token(credential_world.ada.user_id, OPERATOR) == before
    assert credential_world.orders.kinds() == [Kind.TOKEN_RESET]


@pytest.mark.parametrize("user_id", ["nobody-at-all", "not a user id", ""])
def test_an_unknown_user_id_is_reported_as_unknown_G2(
    user_id: str, credential_world: CredentialWorld
) -> None:
    with pytest.raises(NotFound) as refused:
        credential_world.help_desk.reset_token(user_id, OPERATOR)
    assert "no account with this user id" in str(refused.value)


def test_an_account_without_a_live_credential_has_nothing_to_reset_G2(
    credential_world: CredentialWorld,
) -> None:
    with pytest.raises(NotFound):
        credential_world.help_desk.reset_token(credential_world.ada.user_id, OPERATOR)
    done = credential_world.credential()
    credential_world.management.revoke(
        done.id, credential_world.proof, credential_world.by, confirmed=True
    )
    with pytest.raises(NotFound):
        credential_world.help_desk.reset_token(credential_world.ada.user_id, OPERATOR)
