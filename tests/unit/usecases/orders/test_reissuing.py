"""A license key is reissued: one live key at most, whatever happens at once (B5)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

import pytest

from keyfob.domain.credentials.errors import UnknownLicenseKey
from keyfob.domain.directory.account import Account
from keyfob.domain.errors import DomainError, NotFound
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.orders.errors import LicenseKeyNotReissuable
from keyfob.domain.orders.license_key import KeyState, generate
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.credentials.store import LIVE, CredentialRow
from keyfob.storage.messages.store import OutboxRow
from keyfob.storage.orders.license_keys import LicenseKeyRow
from keyfob.usecases.credentials.redemption import Claim
from keyfob.usecases.orders.minting import Minting
from keyfob.usecases.orders.reissuing import Reissuing
from keyfob.wiring.orders import holders_of
from tests.support.builders import a_record
from tests.support.credential_world import Bought, CredentialWorld
from tests.support.effort import effort
from tests.support.fakes import fake_mac, fake_seal
from tests.support.faults import first
from tests.support.order_world import OPERATOR, actor

SEEDS = range(effort(4, 60))
CROWD = 25


class Bench:
    """A paid order for phones, and every key that was made for its first unit."""

    def __init__(self, world: CredentialWorld) -> None:
        self.world = world
        self.bought: Bought = world.bought(kind="phone")
        self.keys = [self.bought.keys[0]]
        self.reissuing = Reissuing(
            orders=world.orders.orders,
            holders=holders_of(world.base),
            minting=Minting(
                mac=fake_mac,
                seal=fake_seal,
                clock=world.clock,
                policy=world.orders.base.policy,
                generate=self._generate,
            ),
            transactions=world.transactions,
            clock=world.clock,
        )

    def reissue(self, unit: int = 0) -> None:
        """An operator reissues the key of this unit."""
        self.reissuing.reissue(self.bought.order, unit, OPERATOR)

    def redeem(self, who: Account | None = None, key: str = "") -> None:
        """Somebody redeems a key, by default the newest that was mailed."""
        account = who or self.world.ada
        claim = Claim(
            license_key=key or self.keys[-1],
            legal_name="Ada King Byron",
            country="GB",
            organization="acme",
        )
        self.world.redemption.redeem(claim, a_record(account.id), actor(account))

    @property
    def states(self) -> list[str]:
        """The states of all keys of the first unit."""
        rows = map(LicenseKeyRow.from_raw_data, self._items(LicenseKeyRow, "KEY#"))
        return sorted(
            row.state for row in rows if row.order == self.bought.order and int(row.unit) == 0
        )

    def credentials(self) -> int:
        """How many live credentials this order has led to."""
        rows = self._items(CredentialRow, "ACCOUNT#")
        live = [row for row in rows if row["sk"]["S"] == LIVE]
        return sum(row["order"]["S"] == self.bought.order for row in live)

    def mailed(self) -> int:
        """How many mails bring a key that was reissued."""
        rows = self._items(OutboxRow, "msg_")
        return sum('"reissued"' in row["facts"]["S"] for row in rows)

    def _items(self, row: type[Any], prefix: str) -> list[dict[str, Any]]:
        return [
            item for item in self.world.database.scan(row) if item["pk"]["S"].startswith(prefix)
        ]

    def _generate(self) -> str:
        self.keys.append(generate())
        return self.keys[-1]


@pytest.fixture
def bench(credential_world: CredentialWorld) -> Bench:
    return Bench(credential_world)


def test_the_old_key_is_dead_and_the_new_one_is_mailed_B5(bench: Bench) -> None:
    """The entries name order and unit, and neither key."""
    bench.reissue()
    old, new = bench.keys
    assert bench.states == [KeyState.ISSUED, KeyState.REISSUED]
    with pytest.raises(UnknownLicenseKey):
        bench.redeem(key=old)
    assert bench.world.orders.kinds() == [Kind.LICENSE_KEY]
    subjects = [f"KEY#{fake_mac('license-key', key)}" for key in (old, new)]
    assert bench.world.trail(subjects[0])[-1] == "license_key.reissued"
    assert bench.world.trail(subjects[1]) == ["license_key.minted"]
    row = bench.world.database.get(AuditRow, subjects[0], f"{2:012d}")
    assert row
    assert row.facts == {"order": bench.bought.order, "unit": 1}
    bench.redeem()
    assert bench.states == [KeyState.REDEEMED, KeyState.REISSUED]


def test_a_key_is_reissued_again_though_the_index_still_has_the_first_B5(bench: Bench) -> None:
    """The index is eventually consistent: successors are followed from a dead key."""
    order = bench.world.orders.orders.get(bench.bought.order)
    assert order
    seen = bench.world.orders.orders.keys.of_unit(order, 0)
    assert seen
    bench.reissue()
    stale = {"Items": [{"pk": {"S": seen.subject}, "sk": {"S": "-"}}]}
    bench.world.client.next("query", lambda _operation, _request: stale)
    bench.reissue()
    assert bench.states == [KeyState.ISSUED, KeyState.REISSUED, KeyState.REISSUED]
    bench.redeem()


def test_a_redeemed_key_is_not_reissued_B5(bench: Bench) -> None:
    bench.redeem()
    with pytest.raises(LicenseKeyNotReissuable):
        bench.reissue()
    assert bench.states == [KeyState.REDEEMED]
    assert bench.mailed() == 0


def test_a_unit_without_key_is_not_found_B5(bench: Bench) -> None:
    for unit in (-1, 2, 1_000):
        with pytest.raises(NotFound):
            bench.reissue(unit)
    with pytest.raises(NotFound):
        bench.reissuing.reissue("SO-1", 0, OPERATOR)
    unpaid = bench.world.orders.order(bench.world.ada)
    with pytest.raises(NotFound):
        bench.reissuing.reissue(unpaid.number, 0, OPERATOR)


def test_a_redemption_at_the_moment_of_a_reissue_wins_or_loses_whole_B5(bench: Bench) -> None:
    bench.world.client.next("transact_write_items", first(partial(bench.redeem, key=bench.keys[0])))
    with pytest.raises(LicenseKeyNotReissuable):
        bench.reissue()
    assert (bench.states, bench.credentials(), bench.mailed()) == ([KeyState.REDEEMED], 1, 0)


def test_two_reissues_at_once_mail_one_key_B5(bench: Bench) -> None:
    bench.world.client.next("transact_write_items", first(bench.reissue))
    bench.reissue()
    assert bench.states == [KeyState.ISSUED, KeyState.REISSUED]
    assert bench.mailed() == 1


@pytest.mark.parametrize("seed", SEEDS)
def test_fifty_at_once_leave_one_key_and_at_most_one_credential_B5(seed: int, bench: Bench) -> None:
    """Reissues and redemptions, each of which may come between another's reading and writing."""
    chance = Random(seed)

    def redeem(who: Account) -> None:
        bench.redeem(who, key=chance.choice(bench.keys[-3:]))

    people = [bench.world.orders.person() for _ in range(CROWD)]
    acts: list[Callable[[], None]] = [bench.reissue] * CROWD
    acts += [partial(redeem, one) for one in people]
    chance.shuffle(acts)
    depth = 0

    def between(operation: Callable[..., Any], request: dict[str, Any]) -> Any:
        nonlocal depth
        depth += 1
        for _ in range(chance.randrange(4) if depth < 6 else 0):
            run()
        depth -= 1
        return operation(**request)

    def run() -> None:
        if not acts:
            return
        bench.world.client.next("transact_write_items", between)
        try:
            acts.pop()()
        except DomainError:
            return

    while acts:
        run()
        good = [one for one in bench.states if one != KeyState.REISSUED]
        assert len(good) == 1, good
    assert bench.credentials() <= 1
    assert bench.credentials() == (good == [KeyState.REDEEMED])
    assert bench.mailed() == bench.states.count(KeyState.REISSUED) == len(bench.states) - 1
