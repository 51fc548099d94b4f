"""The applications of an account, and what helps where something is missing (A7, A9, S23)."""

from __future__ import annotations

from functools import partial

import pytest

from keyfob.domain.access.access import AccessState
from keyfob.domain.access.errors import NO_PURCHASE, SENTENCES, StatementRefused, next_step
from keyfob.domain.access.judgement import OF_CREDENTIAL, Missing
from keyfob.domain.access.subscription import SubscriptionState
from keyfob.domain.errors import NotFound
from keyfob.storage.directory.store import AccountRow, OrganizationRow
from keyfob.storage.rows import Update
from tests.support.builders import a_hardware_token, a_product
from tests.support.connection_world import ConnectionWorld
from tests.support.order_world import OPERATOR
from tests.support.phone_world import refusal_of
from tests.support.statement_world import StatementWorld


def words(world: StatementWorld, application: str) -> list[str]:
    return [str(one) for one in world.seen()[application].judgement.missing]


# Which applications


def test_an_account_sees_its_own_public_ones_and_those_of_partners_subscribed_to_A7(
    statement_world: StatementWorld,
) -> None:
    assert list(statement_world.seen()) == ["portal", "vault", "fair"]
    statement_world.subscribe("safe", "strict")
    assert list(statement_world.seen()) == ["portal", "vault", "fair", "safe", "wiki"]


def test_an_application_that_was_asked_for_or_given_is_seen_without_subscription_A7(
    statement_world: StatementWorld,
) -> None:
    statement_world.asked("safe", AccessState.DENIED)
    seen = statement_world.seen()
    assert "wiki" not in seen
    assert (seen["safe"].access, seen["safe"].subscription) == (AccessState.DENIED, None)
    statement_world.may_use("wiki")
    assert statement_world.seen()["wiki"].access is AccessState.APPROVED


def test_an_ended_subscription_still_shows_the_application_A7(
    statement_world: StatementWorld,
) -> None:
    statement_world.subscribe("wiki", "strict", state=SubscriptionState.ENDED)
    assert words(statement_world, "wiki") == ["subscription", "access"]


def test_access_is_what_the_accounts_own_list_says_A6(statement_world: StatementWorld) -> None:
    statement_world.asked("portal", AccessState.REMOVED)
    assert statement_world.seen()["portal"].access is AccessState.APPROVED
    statement_world.asked("fair", AccessState.APPROVED)
    assert "access" in words(statement_world, "fair")


# What is missing, and what helps


def test_who_has_no_credential_is_shown_the_products_of_that_partner_A7(
    statement_world: StatementWorld,
) -> None:
    ours = a_product(id="strict-phone", partner="strict", kind="phone", price=10)
    statement_world.credential_world.orders.seed.products([ours], by=OPERATOR)
    seen = statement_world.seen()
    assert [one.id for one in seen["fair"].products] == ["strict-phone"]
    assert {one.partner for one in seen["portal"].products} == {"northwind"}
    kinds = {str(one.kind) for one in seen["portal"].products}
    assert {str(one.kind) for one in seen["vault"].products} == {"hardware_token"} < kinds


def test_a_credential_that_is_enough_needs_no_product_A7(statement_world: StatementWorld) -> None:
    statement_world.credential_world.holder()
    seen = statement_world.seen()
    assert words(statement_world, "portal") == ["code"]
    assert seen["portal"].judgement.credential_is_enough
    assert (seen["portal"].products, seen["vault"].products) == ((), ())


def test_the_seller_of_a_credential_sells_what_it_is_missing_A7(
    statement_world: StatementWorld,
) -> None:
    """For another partner's application, too."""
    world = statement_world.credential_world
    offers = [
        a_product(id=f"{partner}-upgrade", partner=partner, kind="upgrade")
        for partner in ("strict", "northwind")
    ]
    world.orders.seed.products(offers, by=OPERATOR)
    live = world.credential(order=world.bought("northwind").order, token=a_hardware_token())
    statement_world.subscribe("safe", "strict")
    statement_world.approve(live, "strict")
    assert words(statement_world, "safe") == ["access", "proofing"]
    assert [one.id for one in statement_world.seen()["safe"].products] == ["northwind-upgrade"]


def test_a_partner_that_approves_credentials_is_asked_for_this_one_F1(
    statement_world: StatementWorld,
) -> None:
    world = statement_world.credential_world
    world.holder()
    assert "approval" in words(statement_world, "fair")
    assert "approval" not in words(statement_world, "portal")
    statement_world.approve(world.live, "northwind")
    assert "approval" in words(statement_world, "fair")
    statement_world.approve(world.live, "strict")
    assert "approval" not in words(statement_world, "fair")


def test_a_connected_account_is_judged_by_its_parents_credential_A7_A8(
    connection_world: ConnectionWorld,
) -> None:
    world, parent = StatementWorld(connection_world.credential_world), connection_world.parent
    live = world.credential_world.live
    world.credential_world.ada = connection_world.child
    assert words(world, "portal") == ["credential"]
    world.credential_world.ada = parent
    connection_world.confirm(connection_world.ask().connection.id)
    world.credential_world.ada = connection_world.child
    assert words(world, "portal") == ["code"]
    assert world.seen()["portal"].judgement.credential_is_enough
    # The approval is of the credential, whoever uses it.
    assert "approval" in words(world, "fair")
    world.approve(live, "strict")
    assert "approval" not in words(world, "fair")


def test_an_organization_with_its_own_identity_provider_needs_no_purchase_A9(
    statement_world: StatementWorld,
) -> None:
    with_identity_provider(statement_world)
    holder = statement_world.holder()
    found = statement_world.applications.overview(holder)
    assert found.no_purchase
    assert {one.products for one in found.applications} == {()}
    with pytest.raises(StatementRefused, match="no purchase is needed"):
        statement_world.issue("portal")


def with_identity_provider(world: StatementWorld) -> None:
    """Acme signs in through an identity provider of its own."""
    update = Update(
        row=OrganizationRow,
        key=("ORGANIZATION#acme", "-"),
        actions=[OrganizationRow.identity_provider.set(True)],
        condition=OrganizationRow.name.exists(),
    )
    world.credential_world.database.write(update)


@pytest.mark.parametrize("missing", list(Missing))
def test_each_missing_part_has_a_sentence_that_says_what_to_do_E4(missing: Missing) -> None:
    said = SENTENCES[missing]
    assert said.endswith(".")
    assert len(said.split(". ")) == 2, "what is missing, then what to do"
    assert next_step([missing, Missing.CODE], no_purchase=False) == said
    with_provider = next_step([missing], no_purchase=True)
    assert with_provider == (NO_PURCHASE if missing in OF_CREDENTIAL else said)


@pytest.mark.parametrize("missing", list(Missing))
def test_a_refusal_names_support_where_somebody_else_must_act_G5(missing: Missing) -> None:
    others = {"subscription", "terms", "access", "approval", "reenabling"}
    assert StatementRefused([missing]).needs_support is (missing in others)
    assert StatementRefused([Missing.CODE, missing]).needs_support is (missing in others)
    assert StatementRefused([missing]).members == {"missing": [missing]}


# Unknown applications


@pytest.mark.parametrize("asked", ["wiki", "nothing-such", "No id!", "x" * 80])
def test_an_application_that_is_not_seen_is_unknown_and_recorded_once_S23(
    asked: str, statement_world: StatementWorld
) -> None:
    assert refusal_of(partial(statement_world.issue, asked)) == "not_found"
    [entry] = statement_world.entries()
    valid = asked if asked in ("wiki", "nothing-such") else "no application"
    assert (entry.action, entry.facts) == ("application.refused", {"asked": valid})


def test_an_account_whose_row_is_gone_sees_nothing(statement_world: StatementWorld) -> None:
    world = statement_world.credential_world
    world.client.delete_item(
        TableName=world.database._table(AccountRow),
        Key={"pk": {"S": f"ACCOUNT#{world.ada.id}"}, "sk": {"S": "-"}},
    )
    with pytest.raises(NotFound):
        statement_world.seen()
