"""Fit and tax of products."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob.domain.directory.partner import Application
from keyfob.domain.orders.product import fits, offered
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.orders.tax import tax_on
from tests.support.builders import PORTAL, VAULT, a_product
from tests.support.examples import steady

PROOFED = Application(id="lab", name="Lab", level=3, hardware_only=False)
PROOFED_TOKEN = Application(id="safe", name="Safe", level=3, hardware_only=True)
TOKEN, PHONE = ProductKind.HARDWARE_TOKEN, ProductKind.PHONE


@pytest.mark.parametrize(
    ("kind", "proofing", "fitting"),
    [
        (PHONE, False, {"portal"}),
        (PHONE, True, {"portal", "lab"}),
        (TOKEN, False, {"portal", "vault"}),
        (TOKEN, True, {"portal", "vault", "lab", "safe"}),
    ],
)
def test_a_product_fits_where_its_level_and_kind_are_enough_B1(
    kind: ProductKind, proofing: bool, fitting: set[str]
) -> None:
    product = a_product(kind=kind, proofing=proofing)
    applications = (PORTAL, VAULT, PROOFED, PROOFED_TOKEN)
    assert {one.id for one in applications if fits(product, one)} == fitting


@pytest.mark.parametrize(
    ("kind", "fitting"),
    [(PHONE, {"portal", "lab"}), (TOKEN, {"portal", "vault", "lab", "safe"})],
)
def test_an_included_upgrade_counts_for_where_a_product_fits_B1_C6(
    kind: ProductKind, fitting: set[str]
) -> None:
    product = a_product(kind=kind, upgrade_included=True)
    applications = (PORTAL, VAULT, PROOFED, PROOFED_TOKEN)
    assert {one.id for one in applications if fits(product, one)} == fitting


def test_a_phone_never_fits_a_hardware_only_application_S15() -> None:
    assert not fits(a_product(kind=PHONE, proofing=True), VAULT)


def test_a_renewal_fits_every_application_as_it_changes_no_kind_B1_B7() -> None:
    renewal = a_product(kind=ProductKind.RENEWAL)
    applications = (PORTAL, VAULT, PROOFED, PROOFED_TOKEN)
    assert [one.id for one in applications if not fits(renewal, one)] == []
    assert offered([renewal], [PROOFED_TOKEN]) == [renewal]


def test_an_added_token_fits_every_application_as_the_credential_has_one_then_B1() -> None:
    added = a_product(kind=ProductKind.ADDED_TOKEN)
    applications = (PORTAL, VAULT, PROOFED, PROOFED_TOKEN)
    assert [one.id for one in applications if not fits(added, one)] == []


OF_TOKENS = {"kind": ProductKind.RENEWAL, "renews": TOKEN}
OF_PHONES = {"kind": ProductKind.RENEWAL, "renews": PHONE}
PROOF: dict[str, Any] = {"proofing": True}
ITS_OWN: dict[str, Any] = {"any_partner": False}


@pytest.mark.parametrize(
    ("product", "suited"),
    [
        (OF_TOKENS, {"token", "token elsewhere"}),
        (OF_PHONES, {"phone", "phone elsewhere"}),
        (OF_TOKENS | PROOF, {"proofed token", "proofed token elsewhere"}),
        (OF_PHONES | PROOF, {"proofed phone", "proofed phone elsewhere"}),
        (OF_TOKENS | ITS_OWN, {"token"}),
        (OF_PHONES | ITS_OWN, {"phone"}),
        (OF_TOKENS | PROOF | ITS_OWN, {"proofed token"}),
        (OF_PHONES | PROOF | ITS_OWN, {"proofed phone"}),
        ({"kind": ProductKind.RENEWAL}, set()),
        ({"kind": ProductKind.RENEWAL, **PROOF}, set()),
        (
            {"kind": ProductKind.ADDED_TOKEN},
            {"token", "phone", "proofed token", "proofed phone"},
        ),
        ({"kind": TOKEN}, set()),
        ({"kind": PHONE}, set()),
    ],
)
def test_a_renewal_suits_kind_and_proofing_and_its_partner_is_free_unless_it_says_otherwise_B1_B7(
    product: dict[str, Any], suited: set[str]
) -> None:
    """Whether a phone credential can have an added token, its state decides."""
    credentials = {
        f"{'proofed ' if proofing else ''}{name}{where}": (kind, proofing, seller)
        for name, kind in (("token", "hardware_token"), ("phone", "phone"))
        for proofing in (False, True)
        for where, seller in (("", "northwind"), (" elsewhere", "elsewhere"))
    }
    made = a_product(**product)
    found = {
        one
        for one, (kind, proofing, seller) in credentials.items()
        if made.suits(kind, proofing=proofing, seller=seller)
    }
    assert found == suited


def test_only_fitting_products_on_sale_are_offered_cheapest_first_B1() -> None:
    cheap, dear = a_product(id="b", price=1), a_product(id="a", price=2)
    same = a_product(id="a2", price=1)
    gone, phone = a_product(id="c", on_sale=False), a_product(id="d", kind=PHONE)
    assert offered([dear, cheap, same, gone, phone], [VAULT]) == [same, cheap, dear]
    assert offered([dear], []) == []


@pytest.mark.parametrize(
    ("net", "rate", "tax"),
    [(17_000, 825, 1_403), (8_500, 825, 701), (100, 0, 0), (6, 825, 0), (7, 825, 1), (1, 5_000, 1)],
)
def test_half_a_minor_unit_of_tax_is_rounded_up(net: int, rate: int, tax: int) -> None:
    assert tax_on(net, rate) == tax


@steady
@given(net=st.integers(0, 10**12), rate=st.integers(0, 10_000))
def test_tax_is_never_more_than_half_a_unit_off(net: int, rate: int) -> None:
    exact = Fraction(net * rate, 10_000)
    off = tax_on(net, rate) - exact
    assert Fraction(-1, 2) < off <= Fraction(1, 2)
