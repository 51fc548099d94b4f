"""Loading partners, products and people; loading again adds only what is new."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from keyfob.audit.store import AuditRow
from keyfob.directory.seed import NewAccount
from keyfob.directory.store import AccountRow, Directory, PartnerRow
from keyfob.errors import IdentityUnavailable
from keyfob.orders.catalog import Catalog
from tests.support.builders import ORGANIZATION, PARTNER, a_product, an_account
from tests.support.fakes import Meddler
from tests.support.shop import OPERATOR, Shop

TEMPORARY = "temporary-password"


def entries(shop: Shop) -> int:
    return len(list(shop.database.scan(AuditRow)))


def test_loading_again_adds_and_audits_nothing_B1(shop: Shop) -> None:
    before = entries(shop)
    assert shop.seed.partners([PARTNER], by=OPERATOR) == 0
    assert shop.seed.organizations([ORGANIZATION], by=OPERATOR) == 0
    assert shop.seed.products([a_product()], by=OPERATOR) == 0
    assert entries(shop) == before


def test_what_was_loaded_is_read_back(shop: Shop) -> None:
    directory = Directory(shop.database)
    account = shop.person(middle_name="King")
    assert directory.partners() == [PARTNER]
    assert directory.organization("acme") == ORGANIZATION
    assert directory.account(account.id) == account
    assert directory.account_of(account.user_id) == account.id
    assert directory.account("acc_x") is None
    assert directory.partner("x") is None
    assert directory.organization("x") is None


def test_whether_a_partner_approves_each_credential_is_kept_F1(shop: Shop) -> None:
    directory = Directory(shop.database)
    strict = replace(PARTNER, id="strict", name="Strict", approves_credentials=True)
    assert shop.seed.partners([strict, PARTNER], by=OPERATOR) == 1
    assert directory.partner("strict") == strict
    assert directory.partners() == [PARTNER, strict]
    assert PARTNER.approves_credentials is False


def test_a_partner_from_before_there_were_approvals_approves_nothing_F1(shop: Shop) -> None:
    strict = replace(PARTNER, id="strict", approves_credentials=True)
    shop.seed.partners([strict], by=OPERATOR)
    row = PartnerRow("PARTNER#strict", "-")
    request = row.get_update_kwargs_from_instance(
        actions=[PartnerRow.approves_credentials.remove()]
    )
    shop.database._client.update_item(**shop.database._named(request))
    found = Directory(shop.database).partner("strict")
    assert found
    assert found.approves_credentials is False


def test_a_product_changes_to_what_is_said_and_the_change_is_audited_B1(shop: Shop) -> None:
    dearer = a_product(price=9_900, name="Token")
    assert shop.seed.products([dearer], by=OPERATOR) == 1
    assert dearer in Catalog(shop.database).of_partner(PARTNER.id)
    trail = list(shop.database.query(AuditRow, key=("pk", "PRODUCT#northwind#hardware-token")))
    assert len(trail) == 2


def test_one_user_id_is_one_account_also_at_once_A5(shop: Shop, client: Meddler) -> None:
    from keyfob.dynamo import Conflict

    first = an_account()
    second = replace(an_account(), user_id=first.user_id)
    new = [NewAccount(account=one, temporary_password=TEMPORARY) for one in (first, second)]
    assert shop.seed.accounts(new, by=OPERATOR) == 1

    third = an_account()
    rival = replace(an_account(), user_id=third.user_id)

    def rival_is_faster(operation: Any, request: Any) -> Any:
        shop.seed.accounts([NewAccount(account=rival, temporary_password=TEMPORARY)], by=OPERATOR)
        return operation(**request)

    client.next("transact_write_items", rival_is_faster)
    with pytest.raises(Conflict):
        shop.seed.accounts([NewAccount(account=third, temporary_password=TEMPORARY)], by=OPERATOR)
    assert shop.database.get(AccountRow, f"ACCOUNT#{third.id}", "-") is None


def test_killed_between_account_and_password_loading_goes_on_S46(shop: Shop) -> None:
    from keyfob.sessions.password import PasswordCheck

    account = an_account()
    new = NewAccount(account=account, temporary_password=TEMPORARY)
    shop.passwords.silent = True
    with pytest.raises(IdentityUnavailable):
        shop.seed.accounts([new], by=OPERATOR)
    shop.passwords.silent = False
    assert shop.seed.accounts([new], by=OPERATOR) == 0
    assert shop.passwords.check(account.id, TEMPORARY) is PasswordCheck.MUST_CHANGE


def test_loading_again_never_resets_a_password_A4(shop: Shop) -> None:
    from keyfob.sessions.password import PasswordCheck

    account = shop.person()
    shop.passwords.set_password(account.id, "the holder's own phrase")
    shop.seed.accounts([NewAccount(account=account, temporary_password=TEMPORARY)], by=OPERATOR)
    assert shop.passwords.check(account.id, "the holder's own phrase") is PasswordCheck.RIGHT
