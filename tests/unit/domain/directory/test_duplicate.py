"""By what an organization is recognized (A3)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keyfob.domain.directory.duplicate import Alike, domains_of, traces
from tests.support.builders import ORGANIZATION

ACME = replace(ORGANIZATION, registers={"duns": "12-345-6789"})


def test_case_accents_and_signs_make_no_other_organization_A3() -> None:
    spelled = replace(ACME, name="ÁCME, Parts", registers={"duns": "123456789"})
    assert list(traces(spelled, [])) == list(traces(ACME, []))


def test_country_register_and_domain_keep_namesakes_apart_A3() -> None:
    elsewhere = replace(ACME, country="FR", registers={"vat": "123456789"})
    assert not set(traces(elsewhere, ["a.example"])) & set(traces(ACME, ["b.example"]))


def test_each_thing_in_common_says_what_it_is_A3() -> None:
    found = dict(traces(ACME, ["acme.example"]))
    assert found == {
        Alike.NAME: "NAME#US#acmeparts",
        Alike.REGISTER: "REGISTER#duns#123456789",
        Alike.DOMAIN: "DOMAIN#acme.example",
    }


def test_a_name_or_number_without_letters_says_nothing_A3() -> None:
    assert list(traces(replace(ACME, name="—", registers={"duns": "-"}), [])) == []


@pytest.mark.parametrize("consumer", ["gmail.com", "GMX.de", "outlook.com"])
def test_a_mail_provider_for_everybody_is_no_ones_domain_A3(consumer: str) -> None:
    assert domains_of([f"ada@{consumer}", "bob@acme.example"]) == {"acme.example"}
