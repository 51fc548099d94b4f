"""Registration and resynchronization while others are faster, or nobody answers (S4, S46, S50)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from keyfob.credentials.registration import Pair
from keyfob.errors import (
    Busy,
    DomainError,
    KeysUnavailable,
    NotFound,
    ResetNeeded,
    StorageUnavailable,
    Suspended,
    WrongCodes,
    WrongSerial,
)
from keyfob.messages.outbox import Kind
from keyfob.receipts import Receipt
from local.device import Device
from tests.support.builders import a_receipt, a_session
from tests.support.bureau import Bureau, wrong
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
    """Registering a token, or resynchronizing one."""

    bureau: Bureau
    device: Device
    receipt: Receipt | None

    def __call__(self, *, right: bool = True) -> None:
        first_code, second = self.device.code(0), self.device.code(1)
        pair = Pair(first=first_code, second=second if right else wrong(second))
        use, by = self.bureau.registration, self.bureau.by
        if self.receipt:
            use.register(
                self.bureau.live.id, self.device.serial, pair, self.receipt, by, session=a_session()
            )
        else:
            use.resynchronize(self.bureau.live.id, pair, by)

    def fails(self, times: int = 1) -> None:
        """Two wrong codes, so many times."""
        for _ in range(times):
            with pytest.raises(WrongCodes):
                self(right=False)

    @property
    def action(self) -> str:
        """What the trail says of a success."""
        return "token.registered" if self.receipt else "token.resynchronized"

    def successes(self) -> int:
        """How often the trail says so."""
        return self.bureau.trail(self.bureau.live.subject).count(self.action)


def registering(bureau: Bureau) -> Act:
    bureau.credential()
    device = bureau.delivered()
    return Act(bureau=bureau, device=device, receipt=a_receipt(bureau.ada.id))


def resynchronizing(bureau: Bureau) -> Act:
    return Act(bureau=bureau, device=bureau.holder(), receipt=None)


@pytest.fixture(params=[registering, resynchronizing])
def act(bureau: Bureau, request: pytest.FixtureRequest) -> Act:
    """Either of the two."""
    made: Act = request.param(bureau)
    return made


@pytest.mark.parametrize("counted", [1, 4])
def test_a_right_pair_counts_after_the_wrong_ones_that_were_counted_meanwhile_S4(
    counted: int, act: Act
) -> None:
    """Otherwise a right guess among many at once would win, whichever number it had."""
    client = act.bureau.client
    before = len(client.requests("transact_write_items"))
    client.next("transact_write_items", first(lambda: act.fails(counted)))
    act()
    assert len(client.requests("transact_write_items")) - before == 2
    assert (act.successes(), act.bureau.live.tries) == (1, ())


def test_a_failure_counts_once_when_the_client_sends_it_again_S4(bureau: Bureau, act: Act) -> None:
    bureau.client.next("update_item", land_twice)
    act.fails()
    assert len(bureau.live.tries) == 1


def test_a_failure_that_could_not_be_counted_is_not_answered_S4_S50(
    bureau: Bureau, act: Act
) -> None:
    bureau.client.next("update_item", silent)
    with pytest.raises(StorageUnavailable):
        act(right=False)
    bureau.client.next("update_item", *[contended_row] * 5)
    with pytest.raises(Busy):
        act(right=False)
    assert bureau.live.tries == ()
    bureau.client.next("update_item", lose_the_answer)
    with pytest.raises(StorageUnavailable):
        act(right=False)
    assert len(bureau.live.tries) == 1


def test_failures_at_once_are_each_counted_and_the_last_blocks_S4(bureau: Bureau, act: Act) -> None:
    bureau.client.next("update_item", first(lambda: act.fails(times=4)))
    with pytest.raises(ResetNeeded):
        act(right=False)
    assert len(bureau.live.tries) == bureau.policy.pair_failures
    assert bureau.shop.kinds() == [Kind.TOKEN_BLOCKED]


@pytest.mark.parametrize("faults", [(lose_the_answer, recognize_the_token), (land_twice,)])
def test_a_block_whose_answer_got_lost_is_one_block_S4(
    faults: tuple[Any, ...], bureau: Bureau, act: Act
) -> None:
    act.fails(times=4)
    bureau.client.next("transact_write_items", *faults)
    with pytest.raises(ResetNeeded):
        act(right=False)
    assert len(bureau.live.tries) == bureau.policy.pair_failures
    assert bureau.trail(bureau.live.subject).count("token.blocked") == 1


@pytest.mark.parametrize("faults", [(lose_the_answer, recognize_the_token), (land_twice,)])
def test_a_success_whose_answer_got_lost_is_one_success_S46(
    faults: tuple[Any, ...], bureau: Bureau
) -> None:
    act = registering(bureau)
    bureau.client.next("transact_write_items", *faults)
    act()
    assert act.successes() == 1
    assert bureau.live.tries == ()


def test_a_resynchronization_that_landed_unheard_is_recognized_S46(bureau: Bureau) -> None:
    act = resynchronizing(bureau)
    bureau.client.next("transact_write_items", lose_the_answer, recognize_the_token)
    act()
    assert act.successes() == 1


def suspended(bureau: Bureau) -> None:
    bureau.management.suspend(bureau.live.id, bureau.by)


def revoked(bureau: Bureau) -> None:
    bureau.management.revoke(bureau.live.id, bureau.by, confirmed=True)


@pytest.mark.parametrize(("happening", "refusal"), [(suspended, Suspended), (revoked, NotFound)])
def test_what_ended_meanwhile_is_neither_bound_nor_unlocked_S8(
    happening: Callable[[Bureau], None],
    refusal: type[DomainError],
    bureau: Bureau,
    act: Act,
) -> None:
    bureau.client.next("transact_write_items", first(lambda: happening(bureau)))
    with pytest.raises(refusal):
        act()
    assert not any(
        bureau.trail(one.subject).count(act.action)
        for one in bureau.credentials.of_account(bureau.ada.id)
    )


def test_of_two_holders_of_one_serial_one_gets_it_and_the_other_is_counted_D1_S29(
    bureau: Bureau,
) -> None:
    act = registering(bureau)

    def faster() -> None:
        bureau.assigned(act.device, "CREDENTIAL#acc_eve#crd_1")

    bureau.client.next("transact_write_items", first(faster))
    with pytest.raises(WrongSerial):
        act()
    assert (bureau.live.token, len(bureau.live.tries)) == (None, 1)
    assert bureau.stored(act.device).holder == "CREDENTIAL#acc_eve#crd_1"


def test_a_failure_counted_meanwhile_is_forgiven_by_a_success_and_loses_nothing_S4(
    bureau: Bureau, act: Act
) -> None:
    bureau.client.next("transact_write_items", first(act.fails))
    act()
    assert act.successes() == 1
    assert bureau.live.version == len(bureau.trail(bureau.live.subject))


def test_a_silent_key_service_counts_and_changes_nothing_S50(bureau: Bureau, act: Act) -> None:
    before = bureau.live
    bureau.seeds.forget()
    bureau.parties.data_keys.silent = True
    for right in (True, False):
        with pytest.raises(KeysUnavailable):
            act(right=right)
    assert bureau.live == before


@pytest.mark.parametrize(("fault", "refusal"), [(silent, StorageUnavailable), (contended, Busy)])
def test_a_table_in_the_way_is_a_typed_refusal_and_changes_nothing_S46_S50(
    fault: Any, refusal: type[DomainError], bureau: Bureau, act: Act
) -> None:
    before = bureau.live
    bureau.client.next("transact_write_items", *[fault] * 5)
    with pytest.raises(refusal):
        act()
    assert bureau.live == before
    assert act.successes() == 0
