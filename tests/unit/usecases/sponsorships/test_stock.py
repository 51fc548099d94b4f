"""A sponsored token comes from the stock as a bought one does, and its holder is told (B5, B6)."""

from __future__ import annotations

from keyfob.domain.inventory.model import DEFAULT_MODEL
from keyfob.domain.messages.kinds import Kind
from keyfob.storage.orders.order_row import OrderRow
from keyfob.wiring.orders import supplying_of
from tests.support.order_world import SYSTEM
from tests.support.sponsorship_world import SponsorshipWorld
from tests.support.tokens import stock


def states(world: SponsorshipWorld, number: str) -> list[str]:
    return [one.state for one in world.order(number).supplies]


def accepted(world: SponsorshipWorld) -> str:
    return world.accept(world.make(world.ada)).order


def test_an_accepted_token_is_due_and_reserved_by_the_clock_B5_B6(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world = sponsorship_world
    stock(world.base.transactions, "FT-0001", now=world.clock.now)
    number = accepted(world)
    row = world.database.get(OrderRow, f"ORDER#{number}", "-")
    assert row
    assert row.g1sk, "the clock has to look for its token"
    supplying_of(world.base).supply(number, by=SYSTEM)
    assert states(world, number) == ["reserved"]
    row = world.database.get(OrderRow, f"ORDER#{number}", "-")
    assert row
    due = row.g1sk
    assert due is None


def test_the_holder_is_told_of_the_queue_and_of_its_end_B5_B6(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world = sponsorship_world
    number, supplying = accepted(world), supplying_of(world.base)
    supplying.supply(number, by=SYSTEM)
    assert states(world, number) == ["back_ordered"]
    assert world.access.told(Kind.ORDER_BACK_ORDERED) == [world.ada.id]
    assert any("no hardware token is free" in one for one in world.mails())
    stock(world.base.transactions, "FT-0001", now=world.clock.now)
    supplying.serve(DEFAULT_MODEL, by=SYSTEM)
    assert states(world, number) == ["reserved"]
    assert world.access.told(Kind.ORDER_TOKENS_RESERVED) == [world.ada.id]


def test_nothing_is_reserved_for_a_sponsored_phone_B6(sponsorship_world: SponsorshipWorld) -> None:
    world = sponsorship_world
    number = world.accept(world.make(world.ada, product="phone")).order
    supplying_of(world.base).supply(number, by=SYSTEM)
    assert states(world, number) == []
