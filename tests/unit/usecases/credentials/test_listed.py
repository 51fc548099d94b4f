"""Lists of accounts follow every change of a credential's existence, expiry or lock (A5)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from keyfob.domain.credentials.credential import Credential
from keyfob.domain.credentials.dates import one_year_after
from keyfob.domain.credentials.errors import TokenLocked, WrongCode
from keyfob.domain.credentials.standing import shard_of
from keyfob.domain.due_index import instant
from keyfob.storage.directory.members import MemberRow
from keyfob.usecases.credentials.redemption import Claim
from keyfob.usecases.credentials.registration import Pair
from tests.support.builders import a_record
from tests.support.credential_world import CredentialWorld, wrong
from tests.support.order_world import SYSTEM
from tests.support.renewals import Renewals


class Listed:
    """Ada, as the lists show her."""

    def __init__(self, world: CredentialWorld) -> None:
        self.world = world

    @property
    def row(self) -> MemberRow:
        found = self.world.database.get(MemberRow, f"ACCOUNT#{self.world.ada.id}", "-")
        assert found
        return found

    @property
    def stands(self) -> tuple[str, Any]:
        home, shard, stands = self.row.standing.split("#")
        assert (home, shard) == ("acme", str(shard_of(self.world.ada.id)))
        at, _, account = self.row.standing_at.partition("#")
        assert account == self.world.ada.id
        return stands, at

    def since(self) -> str | None:
        return self.row.locked_at.partition("#")[0] if self.row.locked else None

    def lock(self, code: str) -> None:
        token = self.world.signed_in()
        for _ in range(self.world.policy.otp_failures):
            with pytest.raises((WrongCode, TokenLocked)):
                self.world.elevate(token, wrong(code))


@pytest.fixture
def listed(credential_world: CredentialWorld) -> Listed:
    return Listed(credential_world)


def until(credential: Credential) -> tuple[str, str]:
    return "until", instant(credential.expires_at)


def test_a_new_account_is_without_credential_since_it_was_made_A5(listed: Listed) -> None:
    assert listed.stands == ("none", instant(listed.world.clock()))
    assert listed.row.home == listed.world.ada.organization


def test_a_redemption_lists_the_expiry_A5_C1(listed: Listed) -> None:
    world = listed.world
    bought = world.bought(kind="phone")
    claim = Claim(
        license_key=bought.keys[0], legal_name="Ada Byron", country="US", organization="acme"
    )
    made = world.redemption.redeem(claim, a_record(world.ada.id), world.by)
    assert listed.stands == until(made)


def test_a_renewal_lists_the_new_expiry_A5_B7(listed: Listed) -> None:
    renewals = Renewals(listed.world)
    renewals.credential()
    order = renewals.order()
    listed.world.orders.pay(order)
    assert listed.stands == until(listed.world.live)


def test_who_revokes_is_without_credential_since_then_A5_F3(listed: Listed) -> None:
    device = listed.world.holder()
    listed.lock(device.code())
    listed.world.clock.advance(hours=1)
    listed.world.management.revoke(
        listed.world.live.id, listed.world.proof, listed.world.by, confirmed=True
    )
    assert listed.stands == ("none", instant(listed.world.clock()))
    assert listed.since() is None


def test_whose_credential_the_clock_revokes_is_without_it_A5_F6(listed: Listed) -> None:
    world = listed.world
    world.credential()
    world.clock.now = one_year_after(world.live.expires_at) + timedelta(seconds=1)
    world.lifecycle_jobs.perform(world.ada.id, by=SYSTEM)
    assert listed.stands == ("none", instant(world.clock()))


def test_a_locked_token_is_listed_until_two_codes_unlock_it_A5_F2(listed: Listed) -> None:
    device = listed.world.holder()
    assert listed.since() is None
    locked_at = instant(listed.world.clock())
    listed.lock(device.code())
    assert listed.since() == locked_at
    assert listed.row.locked == f"acme#{shard_of(listed.world.ada.id)}"
    world = listed.world
    world.clock.advance(seconds=60)
    pair = device.pair()
    world.registration.resynchronize(
        world.live.id, Pair(first=pair["first_code"], second=pair["second_code"]), world.by
    )
    assert listed.since() is None


def test_a_locked_token_that_is_given_up_is_listed_no_longer_A5_D4(listed: Listed) -> None:
    device = listed.world.holder()
    listed.lock(device.code())
    assert listed.since()
    listed.world.management.revoke_token(listed.world.live.id, listed.world.proof, listed.world.by)
    assert listed.since() is None


def test_a_token_is_locked_whatever_the_lists_say_S4(listed: Listed) -> None:
    """Without its row in the lists, too: they must not keep wrong codes from locking it."""
    world = listed.world
    device = world.holder()
    world.database._client.delete_item(
        TableName=world.database._table(MemberRow),
        Key={"pk": {"S": f"ACCOUNT#{world.ada.id}"}, "sk": {"S": "-"}},
    )
    listed.lock(device.code())
    assert world.token.is_locked(world.policy)
