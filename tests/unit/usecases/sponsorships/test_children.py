"""An offer to the account whose credential another one used (A8, A10, B6)."""

from __future__ import annotations

from typing import Any

from keyfob.domain.directory.account import Account
from keyfob.domain.directory.role import Role
from keyfob.domain.next_step.step import Name, NextStep
from keyfob.storage.rows import Update
from keyfob.storage.sessions.store import SessionsRow
from keyfob.wiring.next_step import finding_of
from tests.support.sponsorship_world import SponsorshipWorld


def child(world: SponsorshipWorld, **changes: Any) -> Account:
    """An account that uses Ada's credential."""
    made = world.person(first_name="Child", **changes)
    connected = Update(
        row=SessionsRow,
        key=(f"ACCOUNT#{made.id}", "-"),
        actions=[SessionsRow.parent.set(world.ada.id)],
        condition=SessionsRow.pk.exists(),
    )
    world.database.write(connected)
    return made


def step(world: SponsorshipWorld, account: Account) -> NextStep:
    return finding_of(world.base).of(account.id, (Role.HOLDER,), None)


def test_a_child_accepts_with_its_parents_account_what_is_offered_to_the_parent_A8_A10_B6(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world = sponsorship_world
    one = child(world)
    assert (step(world, one).name, step(world, one).account) == (Name.BUY, world.ada.user_id)
    campaign = world.make(world.ada, until=world.later(60))
    found = step(world, one)
    assert (found.name, found.date) == (Name.ACCEPT_SPONSORSHIP, campaign.until)
    assert (found.account, found.places) == (world.ada.user_id, {})


def test_an_offer_to_the_child_itself_is_none_that_it_can_accept_A8_B6(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world = sponsorship_world
    one = child(world)
    world.make(one)
    assert step(world, one).name is Name.BUY
