"""Disclaimers, taxes and versions of products: changed as data, kept by orders (B1, B3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from keyfob.domain.directory.account import Account
from keyfob.domain.errors import InvalidInput, NotFound
from keyfob.domain.orders.disclaimer import Disclaimer
from keyfob.domain.orders.errors import DisclaimerChanged
from keyfob.domain.orders.order import Order, State
from keyfob.domain.orders.tax import TaxRule
from keyfob.storage.audit.store import AuditRow
from keyfob.usecases.orders.sales_terms import SalesTerms
from keyfob.wiring.placing import offering_of, sales_terms_of
from tests.support.builders import ADDRESS, PARTNER, a_product
from tests.support.carts import items
from tests.support.fakes import Meddler
from tests.support.order_world import OPERATOR, OrderWorld
from tests.support.renewals import Renewals

BY = replace(OPERATOR, reason="New terms")
FIRST = Disclaimer(partner=None, version="1", texts={"en": "Be careful.", "de": "Vorsicht."})
OWN = Disclaimer(partner=PARTNER.id, version="n-1", texts={"en": "Northwind's own."})
REVERSE = TaxRule(country="DE", rate=1_900, reverse_charge=True, notes={"en": "Reverse charge."})
GERMAN = replace(ADDRESS, country="DE")


@pytest.fixture
def terms(order_world: OrderWorld) -> SalesTerms:
    return sales_terms_of(order_world.base)


@pytest.fixture
def ada(order_world: OrderWorld) -> Account:
    return order_world.person()


def facts(world: OrderWorld, subject: str) -> list[tuple[str, dict[str, Any]]]:
    found = world.database.query(AuditRow, key=("pk", subject))
    return [(row.action, dict(row.facts)) for row in map(AuditRow.from_raw_data, found)]


def test_a_partners_own_disclaimer_wins_over_the_one_for_every_partner_B3(
    terms: SalesTerms,
) -> None:
    with pytest.raises(NotFound):
        terms.disclaimer(PARTNER.id)
    assert terms.put_disclaimer(FIRST, by=BY)
    assert terms.disclaimer(PARTNER.id) == FIRST
    assert terms.put_disclaimer(OWN, by=BY)
    assert terms.disclaimer(PARTNER.id) == OWN
    with pytest.raises(NotFound):
        terms.disclaimer("nobody")


def test_a_version_is_never_given_another_text_B3(terms: SalesTerms) -> None:
    second = replace(FIRST, version="2", texts={"en": "Be very careful."})
    assert terms.put_disclaimer(FIRST, by=BY)
    assert not terms.put_disclaimer(FIRST, by=BY)
    assert terms.put_disclaimer(second, by=BY)
    for one in (replace(second, version="1"), FIRST, replace(second, texts={"en": "Now."})):
        with pytest.raises(InvalidInput) as refusal:
            terms.put_disclaimer(one, by=BY)
        assert list(refusal.value.fields) == ["version"]
    assert terms.disclaimer(PARTNER.id) == second
    with pytest.raises(NotFound):
        terms.put_disclaimer(replace(FIRST, partner="nobody"), by=BY)


def test_the_text_that_an_order_accepted_stays_readable_B3(
    terms: SalesTerms, order_world: OrderWorld
) -> None:
    terms.put_disclaimer(FIRST, by=BY)
    terms.put_disclaimer(replace(FIRST, version="2", texts={"en": "New."}), by=BY)
    assert terms._terms.disclaimer_version(None, "1") == FIRST
    assert facts(order_world, "DISCLAIMER#EVERY") == [
        ("disclaimer.added", {"version": "1", "languages": "de, en", "reason": BY.reason}),
        (
            "disclaimer.changed",
            {"version": "1 → 2", "languages": "de, en → en", "reason": BY.reason},
        ),
    ]


def test_two_operators_at_once_bring_one_text_after_the_other_into_force_B3_S60(
    terms: SalesTerms, client: Meddler
) -> None:
    def another_is_faster(operation: Any, request: Any) -> Any:
        terms.put_disclaimer(FIRST, by=BY)
        return operation(**request)

    client.next("transact_write_items", another_is_faster)
    second = replace(FIRST, version="2")
    assert terms.put_disclaimer(second, by=BY)
    assert terms.disclaimer(PARTNER.id) == second


def test_an_order_names_the_version_in_force_B3(
    terms: SalesTerms, order_world: OrderWorld, ada: Account
) -> None:
    assert order_world.order(ada).disclaimer == ""
    with pytest.raises(DisclaimerChanged):
        order_world.order(ada, disclaimer_version="1")
    terms.put_disclaimer(FIRST, by=BY)
    for stale in ("", "0", "2"):
        with pytest.raises(DisclaimerChanged):
            order_world.order(ada, disclaimer_version=stale)
    assert order_world.order(ada, disclaimer_version="1").disclaimer == "1"


def test_the_tax_of_a_line_follows_the_billing_country_B1(
    terms: SalesTerms, order_world: OrderWorld, ada: Account
) -> None:
    assert terms.put_tax_rule(REVERSE, by=BY)
    assert not terms.put_tax_rule(REVERSE, by=BY)
    here = order_world.order(ada)
    there = order_world.order(ada, billing=GERMAN)
    business = order_world.order(ada, billing=GERMAN, vat_id="DE123456789")
    shown = [(one.net, one.tax, one.lines[0].tax_rate) for one in (here, there, business)]
    assert shown == [(17_000, 1_403, 825), (17_000, 3_230, 1_900), (17_000, 0, 0)]
    assert [one.tax_note for one in (here, there, business)] == ["", "", "Reverse charge."]
    assert (business.vat_id, business.total) == ("DE123456789", 17_000)
    with pytest.raises(InvalidInput) as refusal:
        order_world.order(ada, vat_id="DE123456789")
    assert list(refusal.value.fields) == ["vat_id"]


def test_a_changed_rule_states_the_values_before_and_after_B1_S60(
    terms: SalesTerms, order_world: OrderWorld
) -> None:
    terms.put_tax_rule(TaxRule(country="DE", rate=1_900), by=BY)
    assert terms.put_tax_rule(replace(REVERSE, rate=None), by=BY)
    added, changed = facts(order_world, "TAX#DE")
    assert added[0] == "tax_rule.added"
    assert changed == (
        "tax_rule.changed",
        {
            "rate": "1900 → none",
            "reverse_charge": "no → yes",
            "note_en": "none → Reverse charge.",
            "reason": BY.reason,
        },
    )


def dearer(world: OrderWorld) -> None:
    product = a_product(price=9_900, name="Token, new", description="Now blue.", tax_rate=900)
    world.seed.products([product], by=BY)


def off_sale(world: OrderWorld) -> None:
    world.seed.products([a_product(on_sale=False)], by=BY)


def taxed(world: OrderWorld) -> None:
    sales_terms_of(world.base).put_tax_rule(TaxRule(country="US", rate=2_500), by=BY)


def reworded(world: OrderWorld) -> None:
    second = replace(FIRST, version="2", texts={"en": "New."})
    sales_terms_of(world.base).put_disclaimer(second, by=BY)


CHANGES: list[Callable[[OrderWorld], None]] = [dearer, off_sale, taxed, reworded]


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_between_order_and_payment_changes_nothing_for_it_B1(
    change: Callable[[OrderWorld], None],
    terms: SalesTerms,
    order_world: OrderWorld,
    ada: Account,
) -> None:
    terms.put_disclaimer(FIRST, by=BY)
    order = order_world.order(ada, disclaimer_version="1")
    [line] = order.lines
    assert (line.version, line.name, line.description, line.period) == (
        1,
        "Hardware token, 1 year",
        "Shows a code.",
        "P1Y",
    )
    change(order_world)
    order_world.pay(order)
    done = order_world.service.get(order.number)
    assert done.state is State.FULFILLED
    assert kept(done) == kept(order)


def kept(order: Order) -> tuple[object, ...]:
    return order.lines, order.total, order.disclaimer, order.vat_id, order.tax_note


def test_a_new_order_has_the_products_new_version_B1(order_world: OrderWorld, ada: Account) -> None:
    dearer(order_world)
    [line] = order_world.order(ada).lines
    assert (line.version, line.unit_price, line.name) == (2, 9_900, "Token, new")
    [entry] = facts(order_world, "PRODUCT#northwind#hardware-token")[1:]
    assert entry[1]["price"] == "8500 → 9900"


def test_each_product_is_offered_or_says_why_not_B1(renewals: Renewals) -> None:
    world = renewals.credential_world
    offering = offering_of(world.base)

    def shown(account: Account) -> dict[str, str | None]:
        return {one.product.id: one.why_not for one in offering.of(account.id, PARTNER.id)}

    assert shown(world.ada) == {
        "phone": None,
        "hardware-token": None,
        "renewal": "needs_active_credential",
    }
    assert set(shown(world.orders.person(applications=())).values()) == {"no_access"}
    assert shown(world.orders.person(applications=("vault",)))["phone"] == (
        "no_application_needs_it"
    )
    renewals.credential()
    assert shown(world.ada) == {
        "renewal": None,
        "phone": "already_held",
        "hardware-token": "already_held",
    }
    renewals.revoke()
    renewals.credential(id="crd_00000000000000000002", proofing=True)
    assert shown(world.ada)["renewal"] == "not_for_this_credential"
    with pytest.raises(NotFound):
        offering.of(world.ada.id, "nobody")


def test_a_product_off_sale_is_neither_offered_nor_explained_B1(
    order_world: OrderWorld, ada: Account
) -> None:
    off_sale(order_world)
    offers = offering_of(order_world.base).of(ada.id, PARTNER.id)
    assert [one.product.id for one in offers] == ["phone"]
    assert order_world.order(ada, items=items(phone=1))
