"""Two press a dispute's button at once, or an operator is faster (C2, S46)."""

from __future__ import annotations

import pytest

from keyfob.domain.credentials.credential import State
from keyfob.domain.credentials.suspension import PROOFING
from keyfob.domain.proofing.errors import UnknownDisputeLink
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.proofing import disputes as rows
from keyfob.usecases.proofing.disputing import Disputing, Stand
from keyfob.wiring.proofing import disputing_of
from tests.support.builders import CLIENT
from tests.support.faults import first
from tests.support.proofing_world import ProofingWorld

TOKEN = "t" * 43


def disputed(world: ProofingWorld) -> Disputing:
    """Ada's proofed credential, and a link that stops it."""
    world.credential = world.credentials.changed(state=State.ACTIVE, level=3)
    until = world.clock() + world.base.policy.dispute_link_lifetime
    link = rows.put_link(world.by.account, world.credential.id, TOKEN, until=until)
    world.base.transactions.commit(link, audit=[])
    return disputing_of(world.base)


def kinds(world: ProofingWorld) -> list[str]:
    return [str(one) for one in world.credentials.orders.kinds()]


def test_two_who_press_the_button_at_once_stop_it_once(proofing_world: ProofingWorld) -> None:
    """S46: the second reads again, and changes nothing."""
    disputing = disputed(proofing_world)
    proofing_world.client.next("transact_write_items", first(lambda: disputing.stop(TOKEN, CLIENT)))
    assert disputing.stop(TOKEN, CLIENT).stand is Stand.STOPPED
    live = proofing_world.credentials.live
    assert ({*live.suspensions}, live.trusted_level) == ({PROOFING}, 2)
    assert live.epoch == proofing_world.credential.epoch + 1
    assert kinds(proofing_world).count("credential_suspended") == 1


def test_one_that_was_revoked_meanwhile_is_not_touched(proofing_world: ProofingWorld) -> None:
    """F3, S46: the revocation wins, and the link is unknown."""
    world, disputing = proofing_world, disputed(proofing_world)
    revoke = world.credentials.management.revoke
    world.client.next(
        "transact_write_items",
        first(lambda: revoke(world.credential.id, world.proof, world.by, confirmed=True)),
    )
    with pytest.raises(UnknownDisputeLink):
        disputing.stop(TOKEN, CLIENT)
    assert "credential_suspended" not in kinds(world)


def test_a_second_cause_is_added_and_its_link_spent(proofing_world: ProofingWorld) -> None:
    """F5: the holder's own suspension stays beside it."""
    world, disputing = proofing_world, disputed(proofing_world)
    world.credentials.management.suspend(world.credential.id, world.proof, world.by)
    disputing.stop(TOKEN, CLIENT)
    assert {*world.credentials.live.suspensions} == {"holder", PROOFING}


def test_the_trail_says_that_a_link_did_it(proofing_world: ProofingWorld) -> None:
    """S60: by whom, from where, and for which cause."""
    disputed(proofing_world).stop(TOKEN, CLIENT)
    subject = proofing_world.credentials.live.subject
    rows_of = proofing_world.base.database.query(AuditRow, key=("pk", subject))
    entry = [AuditRow.from_raw_data(row) for row in rows_of][-1]
    assert (entry.action, entry.actor_kind, entry.actor_id) == (
        "credential.suspended",
        "link",
        "dispute",
    )
    assert entry.facts["suspensions"] == PROOFING
