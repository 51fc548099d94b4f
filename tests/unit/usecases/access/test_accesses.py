"""Access: asked for, decided by the application's administrators, removed (A6, S23, S24)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from keyfob.domain.access.access import AccessState
from keyfob.domain.access.errors import NotSubscribed, TermsOutstanding
from keyfob.domain.access.subscription import ended
from keyfob.domain.credentials.errors import ElevationRequired
from keyfob.domain.directory.account import Account
from keyfob.domain.directory.errors import NotOnOneself
from keyfob.domain.directory.role import Role
from keyfob.domain.errors import DomainError, IllegalTransition, NotFound, TooManyTries
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.sessions.administrator import Administrator
from keyfob.domain.sessions.errors import RoleRequired
from keyfob.domain.sessions.permission import (
    ADMINISTERS_APPLICATION,
    PARTNER_ACTS,
    TO_ADMINISTER_APPLICATION,
)
from keyfob.storage.access import store as rows
from keyfob.storage.directory.store import AccountRow
from keyfob.storage.rows import Update
from keyfob.wiring.access import subscriptions_of
from tests.support.access_world import FREE, TERMS, AccessWorld
from tests.support.faults import first
from tests.support.order_world import actor


@pytest.fixture
def newcomer(access_world: AccessWorld) -> Account:
    """Grace, who may use nothing yet."""
    return access_world.person(applications=(), first_name="Grace")


def ask(world: AccessWorld, who: Account, application: str = "portal") -> AccessState:
    return world.accesses.request(application, "I order castings.", actor(who)).state


def alan(world: AccessWorld, who: Account | None = None) -> Administrator:
    """Alan, who gave a code just now."""
    return world.decider(who or world.alan, TO_ADMINISTER_APPLICATION)


def decide(world: AccessWorld, who: Account, *, approve: bool = True) -> AccessState:
    return world.accesses.decide("portal", who.id, alan(world), approve=approve).state


def applications(world: AccessWorld, who: Account) -> tuple[str, ...]:
    account = world.directory.account(who.id)
    assert account
    return account.applications


def test_a_request_is_mailed_to_the_applications_administrators_and_listed_A6(
    access_world: AccessWorld, newcomer: Account
) -> None:
    assert ask(access_world, newcomer) is AccessState.REQUESTED
    [told] = access_world.told(Kind.ACCESS_REQUESTED)
    assert told == access_world.alan.id
    reader = access_world.administrator(access_world.alan, ADMINISTERS_APPLICATION)
    [waiting], _ = access_world.accesses.waiting("portal", reader)
    assert (waiting.account.id, waiting.access.reason) == (newcomer.id, "I order castings.")
    assert applications(access_world, newcomer) == ()


def test_where_an_application_has_no_administrator_the_organizations_are_told_A6(
    access_world: AccessWorld, newcomer: Account
) -> None:
    access_world.changed(administrators=())
    ask(access_world, newcomer)
    assert access_world.told(Kind.ACCESS_REQUESTED) == [access_world.olga.id]


def test_asking_again_while_a_request_waits_or_with_access_changes_nothing_A6(
    access_world: AccessWorld, newcomer: Account
) -> None:
    ask(access_world, newcomer)
    assert ask(access_world, newcomer) is AccessState.REQUESTED
    assert ask(access_world, access_world.ada) is AccessState.APPROVED
    assert len(access_world.told(Kind.ACCESS_REQUESTED)) == 1


def test_approval_gives_the_application_with_entries_of_both_rows_A6(
    access_world: AccessWorld, newcomer: Account
) -> None:
    ask(access_world, newcomer)
    assert decide(access_world, newcomer) is AccessState.APPROVED
    assert applications(access_world, newcomer) == ("portal",)
    assert access_world.trail(f"ACCESS#{newcomer.id}#portal") == [
        ("access.requested", newcomer.id),
        ("access.approved", access_world.alan.id),
    ]
    assert access_world.trail(f"ACCOUNT#{newcomer.id}")[1:] == [
        ("account.applications_changed", access_world.alan.id)
    ]
    assert access_world.told(Kind.ACCESS_APPROVED) == [newcomer.id]
    assert decide(access_world, newcomer) is AccessState.APPROVED
    assert len(access_world.trail(f"ACCESS#{newcomer.id}#portal")) == 2


def test_a_denial_says_why_and_can_be_asked_about_again_A6(
    access_world: AccessWorld, newcomer: Account
) -> None:
    ask(access_world, newcomer)
    assert decide(access_world, newcomer, approve=False) is AccessState.DENIED
    access_world.orders.send_queued()
    assert "Not for your job" in access_world.orders.mail.sent[-1].as_string()
    assert applications(access_world, newcomer) == ()
    assert ask(access_world, newcomer) is AccessState.REQUESTED
    assert decide(access_world, newcomer) is AccessState.APPROVED


def test_access_given_with_the_account_is_removed_like_an_approved_one_A6(
    access_world: AccessWorld,
) -> None:
    world = access_world
    removed = world.accesses.remove("portal", world.ada.id, alan(world))
    assert removed.state is AccessState.REMOVED
    assert applications(world, world.ada) == ("drawings",)
    assert world.trail(f"ACCESS#{world.ada.id}#portal") == [("access.removed", world.alan.id)]
    assert world.accesses.remove("portal", world.ada.id, alan(world)) == removed
    assert ask(world, world.ada) is AccessState.REQUESTED


def test_who_never_asked_has_nothing_to_decide_or_remove_A6(
    access_world: AccessWorld, newcomer: Account
) -> None:
    with pytest.raises(NotFound):
        decide(access_world, newcomer)
    ask(access_world, newcomer)
    with pytest.raises(IllegalTransition):
        access_world.accesses.remove("portal", newcomer.id, alan(access_world))


def test_of_two_deciders_at_once_one_wins_and_the_other_sees_what_is_A6(
    access_world: AccessWorld, newcomer: Account
) -> None:
    ask(access_world, newcomer)
    faster = first(lambda: decide(access_world, newcomer))
    access_world.client.next("transact_write_items", faster)
    with pytest.raises(IllegalTransition, match="approved"):
        decide(access_world, newcomer, approve=False)
    assert applications(access_world, newcomer) == ("portal",)


def test_nobody_decides_about_the_own_access_S24(access_world: AccessWorld) -> None:
    world = access_world
    own = alan(world)
    acts: tuple[Callable[[], object], ...] = (
        lambda: world.accesses.decide("portal", world.alan.id, own, approve=True),
        lambda: world.accesses.remove("portal", world.alan.id, own),
    )
    for act in acts:
        with pytest.raises(NotOnOneself):
            act()
    assert applications(world, world.alan) == ("drawings", "portal")
    # Nor about another account of the same person; the refusals are recorded.
    other = world.person(email=world.alan.email, first_name="Alan", applications=())
    ask(world, other)
    with pytest.raises(NotOnOneself):
        decide(world, other)
    refused = world.trail(f"ACTOR#{world.alan.id}")
    assert refused == [("administration.refused", world.alan.id)] * 3


def test_a_foreign_application_or_account_looks_like_none_and_is_recorded_once_S23_S24(
    access_world: AccessWorld, newcomer: Account
) -> None:
    world = access_world
    ask(world, newcomer)
    other = world.person(roles=(Role.APPLICATION_ADMINISTRATOR,), applications=("drawings",))
    stranger = world.person(organization="bolt", applications=())
    reader = world.administrator(other, ADMINISTERS_APPLICATION)
    acts: tuple[Callable[[], object], ...] = (
        lambda: world.accesses.decide("portal", newcomer.id, alan(world, other), approve=True),
        lambda: world.accesses.remove("portal", world.ada.id, alan(world, other)),
        lambda: world.accesses.waiting("portal", reader),
        lambda: world.accesses.decide("portal", stranger.id, alan(world), approve=True),
        lambda: world.accesses.remove("portal", "acc_nobody", alan(world)),
    )
    answers: list[str] = []
    for act in acts:
        with pytest.raises(NotFound) as refused:
            act()
        answers.append(str(refused.value))
    assert set(answers) == {NotFound.detail}
    actions = [action for action, _ in world.trail(f"ACTOR#{other.id}")]
    assert actions == ["application.refused"] * 3
    actions = [action for action, _ in world.trail(f"ACTOR#{world.alan.id}")]
    assert actions == ["account.refused"] * 2


def test_decisions_take_a_recent_code_S58(access_world: AccessWorld) -> None:
    typed = access_world.administrator(access_world.alan, TO_ADMINISTER_APPLICATION)
    with pytest.raises(ElevationRequired):
        access_world.accesses.decide("portal", access_world.ada.id, typed, approve=True)


def test_a_deactivated_account_is_approved_for_nothing_A6(
    access_world: AccessWorld, newcomer: Account
) -> None:
    ask(access_world, newcomer)
    found = access_world.directory.audited(newcomer.id)
    assert found
    off = [AccountRow.active.set(False)]
    access_world.commit(
        Update(row=AccountRow, key=(found[1].id, "-"), actions=off, subject=found[1])
    )
    with pytest.raises(IllegalTransition, match="deactivated"):
        decide(access_world, newcomer)
    reader = access_world.administrator(access_world.alan, ADMINISTERS_APPLICATION)
    assert access_world.accesses.waiting("portal", reader) == ([], "")
    assert decide(access_world, newcomer, approve=False) is AccessState.DENIED


def test_what_is_missing_is_said_before_anybody_is_asked_A6(
    access_world: AccessWorld, newcomer: Account
) -> None:
    with pytest.raises(NotSubscribed):
        ask(access_world, newcomer, "unknown")
    with pytest.raises(TermsOutstanding, match="Ask Alan Byron, Olga Byron"):
        ask(access_world, newcomer, "drawings")
    access_world.ends("portal")
    with pytest.raises(NotSubscribed):
        ask(access_world, newcomer)
    assert access_world.told(Kind.ACCESS_REQUESTED) == []


def test_terms_that_appeared_since_the_request_come_before_its_approval_A4_A6(
    access_world: AccessWorld, newcomer: Account
) -> None:
    ask(access_world, newcomer)
    access_world.offers(replace(FREE, terms=TERMS))
    with pytest.raises(TermsOutstanding):
        decide(access_world, newcomer)
    assert decide(access_world, newcomer, approve=False) is AccessState.DENIED


def test_nobody_is_mailed_the_own_request_A6(access_world: AccessWorld, newcomer: Account) -> None:
    access_world.changed(administrators=(access_world.alan.id, newcomer.id))
    ask(access_world, newcomer)
    assert access_world.told(Kind.ACCESS_REQUESTED) == [access_world.alan.id]


def test_a_mail_about_a_request_that_was_decided_meanwhile_isnt_sent_A6(
    access_world: AccessWorld, newcomer: Account
) -> None:
    ask(access_world, newcomer)
    decide(access_world, newcomer)
    access_world.orders.send_queued()
    states = {str(row.kind): str(row.state) for row in access_world.orders.queued(pending=False)}
    assert states[Kind.ACCESS_APPROVED] == "done"
    assert states[Kind.ACCESS_REQUESTED] == "moot"


def test_an_approval_loses_against_the_subscriptions_end_in_that_moment_A6(
    access_world: AccessWorld, newcomer: Account
) -> None:
    ask(access_world, newcomer)
    access_world.client.next("transact_write_items", first(lambda: access_world.ends("portal")))
    with pytest.raises(NotFound):
        decide(access_world, newcomer)
    assert applications(access_world, newcomer) == ()
    # One entry, though the application was refused within the act.
    [(action, _)] = access_world.trail(f"ACTOR#{access_world.alan.id}")
    assert action == "application.refused"


def test_an_account_asks_ten_times_a_day_A6_S62(
    access_world: AccessWorld, newcomer: Account
) -> None:
    for _ in range(access_world.base.policy.access_requests_a_day):
        ask(access_world, newcomer)
        decide(access_world, newcomer, approve=False)
    with pytest.raises(TooManyTries) as refused:
        ask(access_world, newcomer)
    assert refused.value.retry_after == timedelta(days=1)
    access_world.clock.advance(days=1)
    assert ask(access_world, newcomer) is AccessState.REQUESTED


def test_requests_come_page_by_page_A6(access_world: AccessWorld) -> None:
    asking = [access_world.person(applications=()) for _ in range(5)]
    for one in asking:
        ask(access_world, one)
    found, after = [], ""
    for _ in range(3):
        page, after = access_world.store.requests("acme", "portal", after=after, limit=2)
        found += [one.account for one in page]
    assert (sorted(found), after) == (sorted(one.id for one in asking), "")


# Subscriptions, as their partner sees them


def test_a_partner_ends_a_subscription_and_its_administrators_are_told_A6(
    access_world: AccessWorld,
) -> None:
    world, use = access_world, subscriptions_of(access_world.base)
    deputy = world.deputy()
    shown, after = use.of_partner(deputy)
    assert [one.subscription.application for one in shown] == ["drawings", "portal"]
    assert (shown[0].organization, after) == ("Acme Parts", "")
    ended_now = use.end("acme", "portal", deputy)
    assert ended_now.subscription == ended(shown[1].subscription)
    assert use.end("acme", "portal", deputy) == ended_now
    assert sorted(world.told(Kind.SUBSCRIPTION_ENDED)) == sorted([world.alan.id, world.olga.id])
    assert world.trail("SUBSCRIPTION#acme#portal")[1:] == [("subscription.ended", deputy.by.id)]
    assert world.store.applications_of(world.ada) == ("drawings",)


def test_a_subscription_to_another_partner_looks_like_none_S23(access_world: AccessWorld) -> None:
    world, use = access_world, subscriptions_of(access_world.base)
    deputy = world.decider(world.person(applications=()), PARTNER_ACTS, partner="southwind")
    assert use.of_partner(deputy) == ([], "")
    refused: list[DomainError] = []
    for organization in ("acme", "nobody"):
        with pytest.raises(NotFound) as one:
            use.end(organization, "portal", deputy)
        refused.append(one.value)
    assert str(refused[0]) == str(refused[1])
    actions = [action for action, _ in world.trail(f"ACTOR#{deputy.by.id}")]
    assert actions == ["subscription.refused"] * 2


def test_a_refused_end_of_a_subscription_is_recorded_S24(access_world: AccessWorld) -> None:
    """Without a recent code, and of somebody who acts for no partner."""
    world, use = access_world, subscriptions_of(access_world.base)
    nobody = world.person(applications=())
    with pytest.raises(RoleRequired):
        use.end("acme", "portal", world.decider(nobody, PARTNER_ACTS))
    typed = replace(world.administrator(nobody, PARTNER_ACTS), partner="northwind")
    with pytest.raises(ElevationRequired):
        use.end("acme", "portal", typed)
    refused = world.trail(f"ACTOR#{nobody.id}")
    assert refused == [("administration.refused", nobody.id)] * 2


def test_a_page_of_subscriptions_ends_between_organizations_A6(access_world: AccessWorld) -> None:
    world = access_world
    portal = world.subscription("portal")
    for organization in ("bolt", "indus"):
        world.commit(rows.put_subscription(replace(portal, organization=organization)))
    first_page, after = world.store.of_partner("northwind", limit=1)
    assert [(one.organization, one.application) for one in first_page] == [
        ("acme", "drawings"),
        ("acme", "portal"),
    ]
    second, after = world.store.of_partner("northwind", after=after, limit=1)
    assert [one.organization for one in second] == ["bolt"]
    third, after = world.store.of_partner("northwind", after=after, limit=1)
    assert ([one.organization for one in third], after) == (["indus"], "")
