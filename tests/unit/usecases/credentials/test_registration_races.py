"""Registration and resynchronization under races and outages (S4, S46, S50)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from keyfob.domain.credentials.errors import ResetNeeded, Suspended, WrongCodes, WrongSerial
from keyfob.domain.errors import Busy, DomainError, KeysUnavailable, NotFound, StorageUnavailable
from keyfob.domain.messages.kinds import Kind
from keyfob.storage.idempotency import IdempotencyRecord
from keyfob.usecases.credentials.registration import Pair
from local.device import Device
from tests.support.builders import a_record
from tests.support.credential_world import CredentialWorld, wrong
from tests.support.faults import (
    contended,
    contended_row,
    first,
    land_twice,
    lose_the_answer,
    recognize_the_token,
    silent,
)


@dataclass
class Act:
    """Registers or resynchronizes a hardware token."""

    credential_world: CredentialWorld
    device: Device
    record: IdempotencyRecord | None

    def __call__(self, *, right: bool = True) -> None:
        first_code, second = self.device.code(0), self.device.code(1)
        pair = Pair(first=first_code, second=second if right else wrong(second))
        use, by = self.credential_world.registration, self.credential_world.by
        if self.record:
            use.register(
                self.credential_world.live.id,
                self.device.serial,
                pair,
                self.credential_world.binder,
                self.record,
            )
        else:
            use.resynchronize(self.credential_world.live.id, pair, by)

    def fails(self, times: int = 1) -> None:
        """Tries two wrong codes this many times."""
        for _ in range(times):
            with pytest.raises(WrongCodes):
                self(right=False)

    @property
    def action(self) -> str:
        """The audit action of a success."""
        return "token.registered" if self.record else "token.resynchronized"

    def successes(self) -> int:
        """The number of successes in the trail."""
        return self.credential_world.trail(self.credential_world.live.subject).count(self.action)


def registering(credential_world: CredentialWorld) -> Act:
    credential_world.credential()
    device = credential_world.delivered()
    return Act(
        credential_world=credential_world,
        device=device,
        record=a_record(credential_world.ada.id),
    )


def resynchronizing(credential_world: CredentialWorld) -> Act:
    return Act(credential_world=credential_world, device=credential_world.holder(), record=None)


@pytest.fixture(params=[registering, resynchronizing])
def act(credential_world: CredentialWorld, request: pytest.FixtureRequest) -> Act:
    """Each of the two acts."""
    made: Act = request.param(credential_world)
    return made


@pytest.mark.parametrize("counted", [1, 4])
def test_a_right_pair_counts_after_the_wrong_ones_that_were_counted_meanwhile_S4(
    counted: int, act: Act
) -> None:
    """Otherwise a right guess among many at once would win at any position."""
    client = act.credential_world.client
    before = len(client.requests("transact_write_items"))
    client.next("transact_write_items", first(lambda: act.fails(counted)))
    act()
    assert len(client.requests("transact_write_items")) - before == 2
    assert (act.successes(), act.credential_world.live.tries) == (1, ())


def test_a_failure_counts_once_when_the_client_sends_it_again_S4(
    credential_world: CredentialWorld, act: Act
) -> None:
    credential_world.client.next("update_item", land_twice)
    act.fails()
    assert len(credential_world.live.tries) == 1


def test_a_failure_that_could_not_be_counted_is_not_answered_S4_S50(
    credential_world: CredentialWorld, act: Act
) -> None:
    credential_world.client.next("update_item", silent)
    with pytest.raises(StorageUnavailable):
        act(right=False)
    credential_world.client.next("update_item", *[contended_row] * 5)
    with pytest.raises(Busy):
        act(right=False)
    assert credential_world.live.tries == ()
    credential_world.client.next("update_item", lose_the_answer)
    with pytest.raises(StorageUnavailable):
        act(right=False)
    assert len(credential_world.live.tries) == 1


def test_failures_at_once_are_each_counted_and_the_last_blocks_S4(
    credential_world: CredentialWorld, act: Act
) -> None:
    credential_world.client.next("update_item", first(lambda: act.fails(times=4)))
    with pytest.raises(ResetNeeded):
        act(right=False)
    assert len(credential_world.live.tries) == credential_world.policy.pair_failures
    assert credential_world.orders.kinds() == [Kind.TOKEN_BLOCKED]


@pytest.mark.parametrize("faults", [(lose_the_answer, recognize_the_token), (land_twice,)])
def test_a_block_whose_answer_got_lost_is_one_block_S4(
    faults: tuple[Any, ...], credential_world: CredentialWorld, act: Act
) -> None:
    act.fails(times=4)
    credential_world.client.next("transact_write_items", *faults)
    with pytest.raises(ResetNeeded):
        act(right=False)
    assert len(credential_world.live.tries) == credential_world.policy.pair_failures
    assert credential_world.trail(credential_world.live.subject).count("token.blocked") == 1


@pytest.mark.parametrize("faults", [(lose_the_answer, recognize_the_token), (land_twice,)])
def test_a_success_whose_answer_got_lost_is_one_success_S46(
    faults: tuple[Any, ...], credential_world: CredentialWorld
) -> None:
    act = registering(credential_world)
    credential_world.client.next("transact_write_items", *faults)
    act()
    assert act.successes() == 1
    assert credential_world.live.tries == ()


def test_a_resynchronization_whose_answer_got_lost_is_recognized_S46(
    credential_world: CredentialWorld,
) -> None:
    act = resynchronizing(credential_world)
    credential_world.client.next("transact_write_items", lose_the_answer, recognize_the_token)
    act()
    assert act.successes() == 1


def suspended(credential_world: CredentialWorld) -> None:
    credential_world.management.suspend(
        credential_world.live.id, credential_world.proof, credential_world.by
    )


def revoked(credential_world: CredentialWorld) -> None:
    credential_world.management.revoke(
        credential_world.live.id, credential_world.proof, credential_world.by, confirmed=True
    )


@pytest.mark.parametrize(("happening", "refusal"), [(suspended, Suspended), (revoked, NotFound)])
def test_a_credential_ended_meanwhile_is_neither_bound_nor_unlocked_S8(
    happening: Callable[[CredentialWorld], None],
    refusal: type[DomainError],
    credential_world: CredentialWorld,
    act: Act,
) -> None:
    credential_world.client.next("transact_write_items", first(lambda: happening(credential_world)))
    with pytest.raises(refusal):
        act()
    assert not any(
        credential_world.trail(one.subject).count(act.action)
        for one in credential_world.credentials.of_account(credential_world.ada.id)
    )


def test_one_of_two_holders_of_one_serial_gets_it_and_the_other_is_counted_D1_S29(
    credential_world: CredentialWorld,
) -> None:
    act = registering(credential_world)

    def faster() -> None:
        credential_world.assigned(act.device, "CREDENTIAL#acc_eve#crd_1")

    credential_world.client.next("transact_write_items", first(faster))
    with pytest.raises(WrongSerial):
        act()
    assert (credential_world.live.token, len(credential_world.live.tries)) == (None, 1)
    assert credential_world.stored(act.device).holder == "CREDENTIAL#acc_eve#crd_1"


def test_a_failure_counted_meanwhile_is_forgiven_by_a_success_and_loses_nothing_S4(
    credential_world: CredentialWorld, act: Act
) -> None:
    credential_world.client.next("transact_write_items", first(act.fails))
    act()
    assert act.successes() == 1
    assert credential_world.live.version == len(
        credential_world.trail(credential_world.live.subject)
    )


def test_a_silent_key_service_counts_and_changes_nothing_S50(
    credential_world: CredentialWorld, act: Act
) -> None:
    before = credential_world.live
    credential_world.seeds.forget()
    credential_world.parties.data_keys.silent = True
    for right in (True, False):
        with pytest.raises(KeysUnavailable):
            act(right=right)
    assert credential_world.live == before


@pytest.mark.parametrize(("fault", "refusal"), [(silent, StorageUnavailable), (contended, Busy)])
def test_a_table_in_the_way_is_a_typed_refusal_and_changes_nothing_S46_S50(
    fault: Any, refusal: type[DomainError], credential_world: CredentialWorld, act: Act
) -> None:
    before = credential_world.live
    credential_world.client.next("transact_write_items", *[fault] * 5)
    with pytest.raises(refusal):
        act()
    assert credential_world.live == before
    assert act.successes() == 0
