"""Partners and applications as operators change them (A7, S60)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keyfob.domain.directory.partner import (
    MOST_APPLICATIONS,
    MOST_TERMS,
    Application,
    Terms,
    application_facts,
    partner_facts,
    with_application,
)
from keyfob.domain.errors import InvalidInput
from tests.support.builders import PARTNER

PORTAL = PARTNER.applications[0]
TERMS = Terms(version="1", text="Be kind.")
FORUM = Application(id="forum", name="Forum", level=1, hardware_only=False)


def test_an_application_takes_the_place_of_the_one_with_its_id_or_is_the_last_A7() -> None:
    dearer = replace(PORTAL, level=3)
    assert with_application(PARTNER, dearer).applications == (dearer, *PARTNER.applications[1:])
    assert with_application(PARTNER, FORUM).applications == (*PARTNER.applications, FORUM)


@pytest.mark.parametrize(
    ("before", "after", "allowed"),
    [
        (None, TERMS, True),
        (TERMS, None, True),
        (TERMS, TERMS, True),
        (TERMS, replace(TERMS, reacceptance=True), True),
        (TERMS, Terms(version="2", text="Be kinder."), True),
        (TERMS, Terms(version="2", text=TERMS.text), True),
        (TERMS, replace(TERMS, text="Be kinder."), False),
    ],
)
def test_the_words_of_a_version_that_may_have_been_accepted_stay_A4(
    before: Terms | None, after: Terms | None, allowed: bool
) -> None:
    partner = with_application(PARTNER, replace(FORUM, terms=before))
    changed = replace(FORUM, terms=after)
    if allowed:
        assert with_application(partner, changed).application("forum") == changed
    else:
        with pytest.raises(InvalidInput) as refused:
            with_application(partner, changed)
        assert list(refused.value.fields) == ["terms.version"]


def test_a_partners_row_holds_all_its_applications() -> None:
    """In bytes: a letter of Greek has two."""
    many = tuple(replace(FORUM, id=f"app-{nth}") for nth in range(MOST_APPLICATIONS))
    full = replace(PARTNER, applications=many)
    assert with_application(full, replace(many[0], level=2))
    with pytest.raises(InvalidInput, match="Correct"):
        with_application(full, FORUM)
    long = replace(FORUM, terms=Terms(version="1", text="λ" * (MOST_TERMS // 2)))
    assert with_application(PARTNER, long)
    longer = replace(long, terms=Terms(version="1", text="λ" * (MOST_TERMS // 2) + "."))
    with pytest.raises(InvalidInput) as refused:
        with_application(PARTNER, longer)
    assert list(refused.value.fields) == ["terms.text"]


def test_an_entry_states_the_values_before_and_after_and_a_text_by_its_hash_S60() -> None:
    accepted = replace(FORUM, terms=TERMS)
    assert application_facts(None, accepted) == {
        "name": "Forum",
        "level": 1,
        "hardware_only": "no",
        "public": "no",
        "terms_version": "1",
        "terms_sha256": "5499befb38dbf3fcc08107141cb2a9e7f42a6aae403361dc3601b8296d7967ea",
        "reacceptance": "no",
    }
    proofed = replace(FORUM, level=3, public=True)
    assert application_facts(accepted, proofed) == {
        "level": "1 → 3",
        "public": "no → yes",
        "terms_version": "1 → none",
        "terms_sha256": f"{application_facts(None, accepted)['terms_sha256']} → none",
        "reacceptance": "no → none",
    }
    assert application_facts(accepted, accepted) == {}


def test_a_partners_entry_states_its_settings_S60() -> None:
    assert partner_facts(None, PARTNER) == {
        "name": PARTNER.name,
        "approves_credentials": "no",
        "proofing_questions": "yes",
    }
    strict = replace(PARTNER, approves_credentials=True)
    assert partner_facts(PARTNER, strict) == {"approves_credentials": "no → yes"}
