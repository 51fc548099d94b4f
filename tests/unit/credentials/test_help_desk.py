"""What an operator does for a holder (D2, F1, F2, G2)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keyfob.audit.store import AuditRow
from keyfob.credentials.credential import State
from keyfob.errors import IllegalTransition, NotFound
from keyfob.messages.outbox import Kind
from tests.support.bureau import Bureau
from tests.support.shop import OPERATOR

FIVE = ("1", "2", "3", "4", "5")


def test_a_reset_reopens_and_says_who_did_it_D2_F2(bureau: Bureau) -> None:
    bureau.holder(credential={"tries": FIVE})
    locked = bureau.changed(token=replace(bureau.token, failed=FIVE))
    done = bureau.help_desk.reset_token(f" {bureau.ada.user_id.upper()} ", OPERATOR)
    assert (done.tries, bureau.live.tries) == ((), ())
    assert (bureau.token.reset, bureau.token.failed) == (True, FIVE), "the lock is the holder's"
    assert bureau.live.epoch == locked.epoch
    assert bureau.shop.kinds() == [Kind.TOKEN_RESET]
    row = bureau.database.get(AuditRow, locked.subject, f"{bureau.live.version:012d}")
    assert row
    assert (row.action, row.actor_kind, row.actor_id) == ("token.reset", "operator", "console")


def test_a_reset_again_changes_nothing_and_mails_nobody_D2(bureau: Bureau) -> None:
    bureau.holder(credential={"tries": FIVE})
    bureau.help_desk.reset_token(bureau.ada.user_id, OPERATOR)
    before = bureau.live
    assert bureau.help_desk.reset_token(bureau.ada.user_id, OPERATOR) == before
    assert bureau.shop.kinds() == [Kind.TOKEN_RESET]


def test_an_approval_lets_the_holder_go_on_F1(bureau: Bureau) -> None:
    bureau.credential(state=State.PENDING_APPROVAL, activated_at=None)
    bureau.help_desk.approve(bureau.ada.user_id, OPERATOR)
    assert bureau.live.state is State.PENDING_ACTIVATION
    assert bureau.shop.kinds() == [Kind.CREDENTIAL_APPROVED]
    with pytest.raises(IllegalTransition):
        bureau.help_desk.approve(bureau.ada.user_id, OPERATOR)


@pytest.mark.parametrize("user_id", ["nobody-at-all", "not a user id", ""])
def test_an_unknown_user_id_is_said_to_be_unknown_G2(user_id: str, bureau: Bureau) -> None:
    with pytest.raises(NotFound) as refused:
        bureau.help_desk.reset_token(user_id, OPERATOR)
    assert "no account with this user id" in str(refused.value)


def test_an_account_without_a_live_credential_has_nothing_to_reset_G2(bureau: Bureau) -> None:
    with pytest.raises(NotFound):
        bureau.help_desk.reset_token(bureau.ada.user_id, OPERATOR)
    done = bureau.credential()
    bureau.management.revoke(done.id, bureau.by, confirmed=True)
    with pytest.raises(NotFound):
        bureau.help_desk.reset_token(bureau.ada.user_id, OPERATOR)
