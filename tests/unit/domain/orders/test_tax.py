"""Tax rules of countries, VAT ids, and the taxation that follows (B1)."""

from __future__ import annotations

import pytest

from keyfob.domain.errors import InvalidInput
from keyfob.domain.orders.tax import (
    Taxation,
    TaxRule,
    normalized_vat_id,
    require_vat_id_of,
    taxation,
)

NOTES = {"en": "Reverse charge.", "de": "Steuerschuld beim Empfänger."}
GERMAN = TaxRule(country="DE", rate=1_900, reverse_charge=True, notes=NOTES)


@pytest.mark.parametrize(
    ("rule", "vat_id", "expected"),
    [
        (None, "DE1234", Taxation()),
        (TaxRule(country="DE"), "DE1234", Taxation()),
        (TaxRule(country="DE", rate=0), "", Taxation(rate=0)),
        (GERMAN, "", Taxation(rate=1_900)),
        (GERMAN, "DE123456789", Taxation(rate=0, note="Steuerschuld beim Empfänger.")),
        (TaxRule(country="US", rate=700), "US12345", Taxation(rate=700)),
    ],
)
def test_a_countrys_rule_gives_rate_and_note_B1(
    rule: TaxRule | None, vat_id: str, expected: Taxation
) -> None:
    assert taxation(rule, vat_id, "de") == expected


def test_a_note_is_in_the_buyers_language_or_in_english_B1() -> None:
    assert taxation(GERMAN, "DE1234", "fr").note == "Reverse charge."


@pytest.mark.parametrize(
    ("own", "rate", "expected"), [(825, None, 825), (825, 0, 0), (0, 700, 700)]
)
def test_a_product_keeps_its_rate_where_the_country_has_none_B1(
    own: int, rate: int | None, expected: int
) -> None:
    assert Taxation(rate=rate).rate_of(own) == expected


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("DE123456789", "DE123456789"),
        (" de 123.456-789 ", "DE123456789"),
        ("ESX1234567X", "ESX1234567X"),
        ("IE1Z23456+A", "IE1Z23456+A"),
        ("D123456789", None),
        ("DE1", None),
        ("DE12345678901234", None),
        ("DE1234٣٤", None),
        ("", None),
        ("=HYPERLINK(1)", None),
    ],
)
def test_a_vat_id_is_read_by_its_form_alone_B1_S51(typed: str, read: str | None) -> None:
    assert normalized_vat_id(typed) == read


@pytest.mark.parametrize(
    ("country", "vat_id", "fits"),
    [
        ("DE", "DE123456789", True),
        ("DE", "", True),
        ("DE", "FR12345678901", False),
        ("GR", "EL123456789", True),
        ("GR", "GR123456789", False),
        ("GB", "XI123456789", True),
        ("GB", "GB123456789", True),
    ],
)
def test_a_vat_id_is_of_the_billing_country_B1(country: str, vat_id: str, fits: bool) -> None:
    if fits:
        require_vat_id_of(country, vat_id)
        return
    with pytest.raises(InvalidInput) as refusal:
        require_vat_id_of(country, vat_id)
    assert list(refusal.value.fields) == ["vat_id"]
