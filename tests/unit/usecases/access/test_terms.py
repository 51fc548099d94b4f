"""Terms: shown, accepted once by anybody who administers, and what waits for them (A4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from keyfob.domain.access.errors import NotSubscribed, TermsChanged, TermsOutstanding
from keyfob.domain.access.subscription import SubscriptionState
from keyfob.domain.directory.role import Role
from keyfob.domain.errors import NotFound
from keyfob.domain.sessions.errors import RecentPasswordRequired
from keyfob.domain.sessions.permission import SEES_TERMS
from keyfob.storage.access import store as rows
from keyfob.storage.audit.subjects import Subjects
from tests.support.access_world import RULED, TERMS, AccessWorld
from tests.support.faults import first

SECOND = replace(RULED, terms=replace(TERMS, version="2", reacceptance=True))


def accept(world: AccessWorld, version: str = "1", application: str = "drawings") -> None:
    world.terms.accept(application, version, world.administrator(world.olga))


def test_outstanding_terms_come_first_and_accepted_ones_say_by_whom_and_when_A4(
    access_world: AccessWorld,
) -> None:
    olga = access_world.administrator(access_world.olga, SEES_TERMS)
    [shown] = access_world.terms.of_organization(olga)
    assert (shown.application, shown.outstanding, shown.accepted_by) == (RULED, True, None)
    accept(access_world)
    [shown] = access_world.terms.of_organization(olga)
    assert (shown.outstanding, shown.accepted_by) == (False, "Olga Byron")
    acceptance = shown.subscription.accepted
    assert acceptance
    assert (acceptance.version, acceptance.by) == ("1", access_world.olga.id)
    assert acceptance.at == access_world.clock().replace(microsecond=0)


def test_an_acceptance_is_an_entry_of_the_subscription_and_the_second_one_is_none_A4(
    access_world: AccessWorld,
) -> None:
    accept(access_world)
    access_world.clock.advance(days=1)
    world = access_world
    world.terms.accept("drawings", "1", world.administrator(world.alan))
    subscription = world.subscription()
    assert subscription.state is SubscriptionState.ACTIVE
    assert subscription.accepted
    assert subscription.accepted.by == world.olga.id
    assert world.trail(subscription.subject) == [
        ("subscription.added", "console"),
        ("terms.accepted", world.olga.id),
    ]
    found = dict(Subjects(world.orders.database).all())[subscription.subject]
    assert Subjects(world.orders.database).position(subscription.subject) == found


def test_only_the_current_version_can_be_accepted_A4(access_world: AccessWorld) -> None:
    access_world.offers(SECOND)
    with pytest.raises(TermsChanged):
        accept(access_world, "1")
    with pytest.raises(TermsChanged):
        accept(access_world, "1", application="portal")
    assert access_world.subscription().accepted is None
    accept(access_world, "2")


def test_a_new_version_is_outstanding_only_if_it_asks_for_that_A4(
    access_world: AccessWorld,
) -> None:
    accept(access_world)
    access_world.offers(replace(SECOND, terms=replace(TERMS, version="2")))
    access_world.terms.require_accepted("acme", "drawings")
    access_world.offers(SECOND)
    with pytest.raises(TermsOutstanding):
        access_world.terms.require_accepted("acme", "drawings")
    accept(access_world, "2")
    access_world.terms.require_accepted("acme", "drawings")


def test_others_are_told_whom_to_ask_A4(access_world: AccessWorld) -> None:
    access_world.person(
        roles=(Role.ORGANIZATION_ADMINISTRATOR,), first_name="Emmy", active=False, applications=()
    )
    with pytest.raises(TermsOutstanding) as refused:
        access_world.terms.require_accepted("acme", "drawings")
    assert str(refused.value) == (
        "The terms of Drawings must be accepted first. Ask Alan Byron, Olga Byron."
    )


def test_nothing_is_outstanding_where_nothing_is_subscribed_to_A4(
    access_world: AccessWorld,
) -> None:
    for organization, application in (("bolt", "drawings"), ("acme", "unknown")):
        with pytest.raises(NotSubscribed):
            access_world.terms.require_accepted(organization, application)
    access_world.terms.require_accepted("acme", "portal")


def test_a_foreign_or_ended_subscription_looks_like_none_and_is_recorded_S23(
    access_world: AccessWorld,
) -> None:
    stranger = replace(access_world.administrator(access_world.olga), organization="bolt")
    ended = replace(access_world.subscription(), state=SubscriptionState.ENDED)
    with pytest.raises(NotFound):
        access_world.terms.accept("drawings", "1", stranger)
    found = access_world.store.subscription("acme", "drawings")
    assert found
    access_world.commit(rows.change_subscription(found[0], ended, found[1]))
    with pytest.raises(NotFound):
        accept(access_world)
    assert (
        access_world.trail(f"ACTOR#{access_world.olga.id}")
        == [("subscription.refused", access_world.olga.id)] * 2
    )


def test_of_two_administrators_at_once_the_first_one_has_accepted_A4(
    access_world: AccessWorld,
) -> None:
    world = access_world
    alan = world.administrator(world.alan)
    faster = first(lambda: world.terms.accept("drawings", "1", alan))
    world.client.next("transact_write_items", faster)
    accept(world)
    accepted = world.subscription().accepted
    assert accepted
    assert accepted.by == world.alan.id


def test_terms_are_accepted_with_a_recent_proof_S58(access_world: AccessWorld) -> None:
    olga = access_world.administrator(access_world.olga)
    access_world.clock.advance(minutes=10)
    with pytest.raises(RecentPasswordRequired):
        access_world.terms.accept("drawings", "1", olga)
    assert access_world.clock() - olga.proof.session.created == timedelta(minutes=10)
