"""Loading accounts subscribes their organizations (A6)."""

from __future__ import annotations

from keyfob.domain.access.subscription import SubscriptionState
from keyfob.domain.directory.role import Role
from tests.support.access_world import AccessWorld
from tests.support.builders import ORGANIZATION
from tests.support.faults import first
from tests.support.order_world import OPERATOR


def test_an_application_without_terms_is_active_at_once_A6(access_world: AccessWorld) -> None:
    portal, drawings = access_world.subscription("portal"), access_world.subscription("drawings")
    assert (portal.state, drawings.state) == (SubscriptionState.ACTIVE, SubscriptionState.TERMS)
    assert (portal.partner, portal.administrators) == ("northwind", (access_world.alan.id,))


def test_a_further_application_administrator_joins_once_A6(access_world: AccessWorld) -> None:
    roles = (Role.APPLICATION_ADMINISTRATOR,)
    grace = access_world.person(roles=roles, applications=("portal",))
    assert access_world.subscription("portal").administrators == (access_world.alan.id, grace.id)
    assert access_world.subscription("drawings").administrators == (access_world.alan.id,)
    access_world.orders.seed.accounts([], by=OPERATOR)
    assert len(access_world.trail("SUBSCRIPTION#acme#portal")) == 2


def test_an_application_that_nobody_offers_is_left_alone_A6(access_world: AccessWorld) -> None:
    access_world.person(applications=("unknown",))
    assert access_world.store.subscription(ORGANIZATION.id, "unknown") is None


def test_two_loads_at_once_make_one_subscription_A6(access_world: AccessWorld) -> None:
    world = access_world
    other = first(lambda: world.person(organization="bolt", applications=("portal",)))
    world.client.next("transact_write_items", lambda operation, request: operation(**request))
    world.client.next("transact_write_items", other)
    world.person(organization="bolt", applications=("portal",))
    assert world.trail("SUBSCRIPTION#bolt#portal") == [("subscription.added", "console")]
