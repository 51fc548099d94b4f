"""Loading partners, products and people; loading again adds only what is new."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from keyfob.domain.directory.role import Role
from keyfob.domain.errors import InvalidInput
from keyfob.domain.orders.product import Product
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.sessions.errors import IdentityUnavailable
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.database import Database
from keyfob.storage.directory.store import AccountRow, Directory, PartnerRow
from keyfob.storage.orders.catalog import Catalog, ProductRow
from keyfob.usecases.directory.accounts import NewAccount
from tests.support.builders import ORGANIZATION, PARTNER, a_product, an_account
from tests.support.fakes import Meddler
from tests.support.order_world import OPERATOR, OrderWorld

TEMPORARY = "temporary-password"


def sold(database: Database) -> list[Product]:
    """The partner's products, without the versions that the catalog gives them."""
    return [replace(one, version=0) for one in Catalog(database).of_partner(PARTNER.id)]


CHANGING = replace(OPERATOR, reason="New prices")
PUBLIC = {
    "name": "Hardware token, 1 year",
    "description": "Shows a code.",
    "kind": "hardware_token",
    "proofing": "no",
    "price": 8_500,
    "currency": "USD",
    "tax_rate": 825,
    "period": "P1Y",
    "on_sale": "yes",
    "any_partner": "yes",
    "upgrade_included": "no",
    "model": "standard",
}


def trail(order_world: OrderWorld, subject: str) -> list[tuple[str, Any]]:
    """Action and facts of the entries about a subject."""
    found = order_world.database.query(AuditRow, key=("pk", subject))
    rows = [AuditRow.from_raw_data(item) for item in found]
    return [(row.action, row.facts) for row in rows]


def entries(order_world: OrderWorld) -> int:
    return len(list(order_world.database.scan(AuditRow)))


def test_loading_again_adds_and_audits_nothing_B1(order_world: OrderWorld) -> None:
    before = entries(order_world)
    assert order_world.seed.partners([PARTNER], by=OPERATOR) == 0
    assert order_world.seed.organizations([ORGANIZATION], by=OPERATOR) == 0
    assert order_world.seed.products([a_product()], by=OPERATOR) == 0
    assert entries(order_world) == before


def test_loaded_rows_are_read_back(order_world: OrderWorld) -> None:
    directory = Directory(order_world.database)
    account = order_world.person(middle_name="King")
    assert directory.partners() == [PARTNER]
    assert directory.organization("acme") == ORGANIZATION
    assert directory.account(account.id) == account
    assert directory.account_of(account.user_id) == account.id
    assert directory.account("acc_x") is None
    assert directory.partner("x") is None
    assert directory.organization("x") is None


def test_the_subdivision_of_an_organization_is_kept_F7(order_world: OrderWorld) -> None:
    bavarian = replace(ORGANIZATION, id="bolt", country="DE", subdivision="BY")
    assert order_world.seed.organizations([bavarian], by=OPERATOR) == 1
    assert Directory(order_world.database).organization("bolt") == bavarian


def test_the_approval_setting_of_a_partner_is_kept_F1(order_world: OrderWorld) -> None:
    directory = Directory(order_world.database)
    strict = replace(
        PARTNER, id="strict", name="Strict", applications=(), approves_credentials=True
    )
    assert order_world.seed.partners([strict, PARTNER], by=OPERATOR) == 1
    assert directory.partner("strict") == strict
    assert directory.partners() == [PARTNER, strict]
    assert PARTNER.approves_credentials is False


def test_a_partner_from_before_there_were_approvals_approves_nothing_F1(
    order_world: OrderWorld,
) -> None:
    strict = replace(PARTNER, id="strict", applications=(), approves_credentials=True)
    order_world.seed.partners([strict], by=OPERATOR)
    row = PartnerRow("PARTNER#strict", "-")
    request = row.get_update_kwargs_from_instance(
        actions=[PartnerRow.approves_credentials.remove()]
    )
    order_world.database._client.update_item(**order_world.database._named(request))
    found = Directory(order_world.database).partner("strict")
    assert found
    assert found.approves_credentials is False


def test_a_product_changes_as_loaded_and_the_change_is_audited_B1(
    order_world: OrderWorld,
) -> None:
    dearer = a_product(price=9_900, name="Token")
    assert order_world.seed.products([dearer], by=CHANGING) == 1
    assert dearer in sold(order_world.database)
    assert trail(order_world, "PRODUCT#northwind#hardware-token") == [
        ("product.added", PUBLIC),
        (
            "product.changed",
            {
                "name": "Hardware token, 1 year → Token",
                "price": "8500 → 9900",
                "reason": "New prices",
            },
        ),
    ]


def test_a_product_taken_off_sale_says_so_S60(order_world: OrderWorld) -> None:
    order_world.seed.products([a_product(on_sale=False)], by=CHANGING)
    _, facts = trail(order_world, "PRODUCT#northwind#hardware-token")[-1]
    assert facts == {"on_sale": "yes → no", "reason": "New prices"}


def test_a_change_without_a_reason_is_refused_and_nothing_is_loaded_S60(
    order_world: OrderWorld,
) -> None:
    before = entries(order_world)
    with pytest.raises(InvalidInput) as refused:
        order_world.seed.products([a_product(id="new"), a_product(price=1)], by=OPERATOR)
    assert list(refused.value.fields) == ["reason"]
    assert entries(order_world) == before
    assert a_product() in sold(order_world.database)


def test_an_added_row_records_its_public_values_and_no_personal_data_S60(
    order_world: OrderWorld,
) -> None:
    account = an_account(applications=("portal", "vault"))
    roles = (Role.HOLDER, Role.ORGANIZATION_ADMINISTRATOR)
    new = NewAccount(account=account, roles=roles, temporary_password=TEMPORARY)
    order_world.seed.accounts([new], by=OPERATOR)
    assert trail(order_world, f"ACCOUNT#{account.id}") == [
        (
            "account.added",
            {
                "organization": "acme",
                "roles": "holder, organization_administrator",
                "applications": "portal, vault",
                "language": "en",
            },
        )
    ]
    assert trail(order_world, "ORGANIZATION#acme") == [
        ("organization.added", {"country": "US", "time_zone": "America/New_York"})
    ]
    assert trail(order_world, "PARTNER#northwind") == [
        (
            "partner.added",
            {
                "applications": "portal (level 2), vault (level 2, hardware only)",
                "approves_credentials": "no",
                "proofing_questions": "yes",
            },
        )
    ]


@pytest.mark.parametrize(
    "changes", [{"kind": ProductKind.PHONE}, {"proofing": True}, {"proofing": True, "price": 1}]
)
def test_a_sold_product_keeps_its_kind_and_proofing_B1(
    order_world: OrderWorld, changes: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInput, match="an id of its own"):
        order_world.seed.products([a_product(**changes)], by=OPERATOR)
    assert a_product() in sold(order_world.database)


RENEWAL: dict[str, Any] = {"id": "renewal", "kind": ProductKind.RENEWAL}
OF_PHONES = {**RENEWAL, "renews": ProductKind.PHONE}


def test_what_a_renewal_renews_and_for_whom_is_stored_B7(order_world: OrderWorld) -> None:
    renewal = a_product(**OF_PHONES, any_partner=False)
    assert order_world.seed.products([renewal], by=OPERATOR) == 1
    assert renewal in sold(order_world.database)
    anybodys = a_product(**OF_PHONES)
    assert anybodys.any_partner is True
    assert order_world.seed.products([anybodys], by=CHANGING) == 1
    assert anybodys in sold(order_world.database)


def test_an_included_upgrade_is_stored_and_may_change_C6(order_world: OrderWorld) -> None:
    facts = []
    for included in (True, False):
        product = a_product(upgrade_included=included)
        assert order_world.seed.products([product], by=CHANGING) == 1
        assert product in sold(order_world.database)
        facts.append(trail(order_world, "PRODUCT#northwind#hardware-token")[-1][1])
    told = [one["upgrade_included"] for one in facts]
    assert told == ["no → yes", "yes → no"]


def test_a_product_from_before_upgrades_were_included_has_none_C6(
    order_world: OrderWorld,
) -> None:
    row = ProductRow(f"PARTNER#{PARTNER.id}", "PRODUCT#hardware-token")
    request = row.get_update_kwargs_from_instance(actions=[ProductRow.upgrade_included.remove()])
    order_world.database._client.update_item(**order_world.database._named(request))
    assert a_product() in sold(order_world.database)
    assert order_world.seed.products([a_product()], by=OPERATOR) == 0


def test_a_renewal_from_before_it_named_a_kind_gets_one_once_B7(order_world: OrderWorld) -> None:
    order_world.seed.products([a_product(**RENEWAL)], by=OPERATOR)
    row = ProductRow(f"PARTNER#{PARTNER.id}", "PRODUCT#renewal")
    request = row.get_update_kwargs_from_instance(
        actions=[ProductRow.renews.remove(), ProductRow.any_partner.remove()]
    )
    order_world.database._client.update_item(**order_world.database._named(request))
    assert a_product(**RENEWAL) in sold(order_world.database)

    named = a_product(**OF_PHONES)
    assert order_world.seed.products([named], by=CHANGING) == 1
    _, facts = trail(order_world, "PRODUCT#northwind#renewal")[-1]
    assert facts["renews"] == "none → phone"
    assert named in sold(order_world.database)
    assert order_world.seed.products([named], by=OPERATOR) == 0

    for other in ({"renews": ProductKind.HARDWARE_TOKEN}, {"renews": None}):
        with pytest.raises(InvalidInput, match="an id of its own"):
            order_world.seed.products([a_product(**{**OF_PHONES, **other})], by=OPERATOR)
    assert named in sold(order_world.database)


def test_naming_a_renewals_kind_changes_nothing_else_about_it_B7(order_world: OrderWorld) -> None:
    order_world.seed.products([a_product(**RENEWAL)], by=OPERATOR)
    with pytest.raises(InvalidInput, match="an id of its own"):
        order_world.seed.products([a_product(**OF_PHONES, proofing=True)], by=OPERATOR)


def test_one_user_id_is_one_account_also_at_once_A5(
    order_world: OrderWorld, client: Meddler
) -> None:
    from keyfob.storage.database import Conflict

    first = an_account()
    second = replace(an_account(), user_id=first.user_id)
    new = [
        NewAccount(account=one, roles=(Role.HOLDER,), temporary_password=TEMPORARY)
        for one in (first, second)
    ]
    assert order_world.seed.accounts(new, by=OPERATOR) == 1

    third = an_account()
    rival = replace(an_account(), user_id=third.user_id)

    def rival_is_faster(operation: Any, request: Any) -> Any:
        order_world.seed.accounts(
            [NewAccount(account=rival, roles=(Role.HOLDER,), temporary_password=TEMPORARY)],
            by=OPERATOR,
        )
        return operation(**request)

    client.next("transact_write_items", rival_is_faster)
    with pytest.raises(Conflict):
        order_world.seed.accounts(
            [NewAccount(account=third, roles=(Role.HOLDER,), temporary_password=TEMPORARY)],
            by=OPERATOR,
        )
    assert order_world.database.get(AccountRow, f"ACCOUNT#{third.id}", "-") is None


def test_killed_between_account_and_password_loading_goes_on_S46(order_world: OrderWorld) -> None:
    from keyfob.domain.sessions.password import PasswordCheck

    account = an_account()
    new = NewAccount(account=account, roles=(), temporary_password=TEMPORARY)
    order_world.passwords.silent = True
    with pytest.raises(IdentityUnavailable):
        order_world.seed.accounts([new], by=OPERATOR)
    order_world.passwords.silent = False
    assert order_world.seed.accounts([new], by=OPERATOR) == 0
    assert order_world.passwords.check(account.id, TEMPORARY) is PasswordCheck.MUST_CHANGE


def test_loading_again_never_resets_a_password_A4(order_world: OrderWorld) -> None:
    from keyfob.domain.sessions.password import PasswordCheck

    account = order_world.person()
    order_world.passwords.set_password(account.id, "the holder's own phrase")
    order_world.seed.accounts(
        [NewAccount(account=account, roles=(), temporary_password=TEMPORARY)], by=OPERATOR
    )
    assert order_world.passwords.check(account.id, "the holder's own phrase") is PasswordCheck.RIGHT
