"""Keys by which accounts are found (A5)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keyfob.domain.directory.member import (
    LONGEST,
    beginnings,
    by_name,
    initials,
    mailbox,
    organization_by_name,
    searchable,
)
from tests.support.builders import ORGANIZATION, an_account


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("  Ada   BYRON ", "ada byron"),
        ("Łukasz ÅBERG", "łukasz aberg"),
        ("Straße", "strasse"),
        ("\uff21\uff44\uff41", "ada"),
        ("e\u0301lodie", "elodie"),
        ("\u00e9lodie", "elodie"),
        ("", ""),
    ],
)
def test_case_accents_and_blanks_make_no_difference_A5(typed: str, key: str) -> None:
    assert searchable(typed) == key


def test_a_long_text_has_a_key_of_a_bounded_length_A5() -> None:
    assert searchable("a" * 100) == "a" * LONGEST


def test_namesakes_have_different_keys_and_the_last_name_comes_first_A5() -> None:
    ada = replace(an_account(), first_name="Ada", middle_name="K.", last_name="Byron")
    other = replace(ada, id="acc_other")
    assert by_name(ada) == f"byron ada k.#{ada.id}"
    assert by_name(ada) != by_name(other)


@pytest.mark.parametrize(
    ("typed", "begins"),
    [
        ("", []),
        ("B", []),
        ("By", ["by"]),
        (" BYRON ", ["byron"]),
        ("Ada Byron", ["ada byron", "byron ada"]),
        ("Ada de Byron", ["ada de byron", "de byron ada", "byron ada de"]),
        ("a b c d e", ["a b c d e", "b c d e a", "c d e a b", "d e a b c"]),
    ],
)
def test_a_name_is_looked_for_in_the_order_of_the_list_G2(typed: str, begins: list[str]) -> None:
    assert beginnings(typed) == begins


def test_every_key_of_a_name_has_two_initials_G2() -> None:
    ada = replace(an_account(), last_name="O", first_name="Ada")
    assert initials(by_name(ada)) == "o "
    assert initials(organization_by_name(replace(ORGANIZATION, name="Ö"))) == "o#"


def test_one_mailbox_has_one_key_however_it_is_written_S25() -> None:
    assert mailbox("Ada@acme.example") == mailbox("ada@ACME.example")
