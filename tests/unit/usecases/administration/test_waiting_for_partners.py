"""What a partner sees of a credential that waits for its approval (F1, A6)."""

from __future__ import annotations

from dataclasses import replace

from keyfob.domain.audit.entry import Actor
from keyfob.domain.credentials.credential import State
from keyfob.domain.sessions.administrator import Administrator
from keyfob.domain.sessions.permission import ADMINISTERS
from keyfob.storage.credentials import store as credential_rows
from keyfob.storage.credentials.approvals import ask
from keyfob.wiring.approvals import partner_approvals_of
from tests.support.access_world import AccessWorld
from tests.support.builders import a_credential


def shown(world: AccessWorld, who: Administrator) -> list[tuple[str, ...]]:
    """The applications of each credential that waits."""
    page = partner_approvals_of(world.base).waiting(who, limit=10, after=None)
    return [tuple(app.id for app in one.applications) for one in page.waiting]


def test_a_partner_is_shown_no_application_whose_subscription_has_ended_A6_F1(
    access_world: AccessWorld,
) -> None:
    """The account keeps it in its row, where it counts no more."""
    world, now = access_world, access_world.clock()
    credential = a_credential(account=world.ada.id, state=State.PENDING_APPROVAL)
    world.commit(credential_rows.put(credential, now))
    world.commit(ask(credential, "northwind", now))
    partner = Actor(kind="account", id=world.olga.id)
    who = replace(world.decider(world.olga, ADMINISTERS, partner="northwind"), by=partner)
    assert shown(world, who) == [("drawings", "portal")]
    world.ends("portal")
    assert shown(world, who) == [("drawings",)]
