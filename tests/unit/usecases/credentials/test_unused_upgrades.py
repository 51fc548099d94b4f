"""An upgrade that wasn't begun when its credential ended (C6, F3, F6)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from keyfob.domain.audit.entry import Actor
from keyfob.domain.messages.kinds import Kind
from keyfob.storage.audit.store import AuditRow
from tests.support.credential_world import CredentialWorld
from tests.support.fakes import START
from tests.support.order_world import OPERATOR

CLOCK = Actor(kind="system", id="clock", correlation="message-1")


@pytest.fixture
def world(credential_world: CredentialWorld) -> CredentialWorld:
    return credential_world


def by_holder(world: CredentialWorld) -> None:
    world.management.revoke(world.live.id, world.proof, world.by, confirmed=True)


def by_operator(world: CredentialWorld) -> None:
    world.help_desk.revoke(world.ada.user_id, OPERATOR)


def by_clock(world: CredentialWorld) -> None:
    world.clock.advance(days=800)
    world.lifecycle_jobs.perform(world.ada.id, by=CLOCK)


def by_clock_after_a_suspension(world: CredentialWorld) -> None:
    world.changed(suspensions={"holder": START})
    world.clock.advance(days=61)
    world.lifecycle_jobs.perform(world.ada.id, by=CLOCK)


ENDS: dict[Callable[[CredentialWorld], None], str] = {
    by_holder: "account",
    by_operator: "operator",
    by_clock: "system",
    by_clock_after_a_suspension: "system",
}


def entries(world: CredentialWorld) -> list[AuditRow]:
    rows = [AuditRow.from_raw_data(item) for item in world.database.scan(AuditRow)]
    return [row for row in rows if row.action == "upgrade.unused"]


@pytest.mark.parametrize("end", ENDS)
def test_its_holder_and_the_operators_learn_of_it_in_the_revocations_transaction_C6_S46(
    end: Callable[[CredentialWorld], None], world: CredentialWorld
) -> None:
    seen = world.credential(token=None, upgrade=True)
    end(world)
    assert Kind.UPGRADE_UNUSED in world.orders.kinds()
    [entry] = entries(world)
    assert entry.actor_kind == ENDS[end]
    facts = {"account": world.ada.id, "credential": seen.id, "order": seen.order}
    assert facts.items() <= dict(entry.facts).items()
    past = world.credentials.get(world.ada.id, seen.id)
    assert past
    assert not past.upgrade, "there is nothing to begin any more"
    last = world.client.requests("transact_write_items")[-1]["TransactItems"]
    kinds = [item["Put"]["Item"].get("kind", {}).get("S") for item in last if "Put" in item]
    actions = [item["Put"]["Item"].get("action", {}).get("S") for item in last if "Put" in item]
    assert "upgrade_unused" in kinds
    assert {"upgrade.unused", world.trail(seen.subject)[-1]} <= set(actions)


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("begun", [True, False])
def test_without_an_unused_upgrade_nobody_is_told_of_one_C6(
    end: Callable[[CredentialWorld], None], begun: bool, world: CredentialWorld
) -> None:
    world.credential(token=None, proofing=begun)
    end(world)
    assert world.credentials.live(world.ada.id) is None
    assert Kind.UPGRADE_UNUSED not in world.orders.kinds()
    assert entries(world) == []


def test_a_suspension_loses_no_upgrade_C6_F5(world: CredentialWorld) -> None:
    world.credential(token=None, upgrade=True)
    world.management.suspend(world.live.id, world.proof, world.by)
    assert world.live.upgrade
    assert world.orders.kinds() == [Kind.CREDENTIAL_SUSPENDED]
    assert entries(world) == []
