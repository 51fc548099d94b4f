"""Personal values of audit entries (S60, S66)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from keyfob.domain.audit.personal import PersonalFacts, disclosed

NAMES = {"before": "Ada Byron", "after": "Ada Lovelace"}


def of(values: dict[str, str]) -> PersonalFacts:
    return PersonalFacts(account="acc_ada", values=values)


def test_an_entry_has_hashes_that_differ_from_account_to_account_S66() -> None:
    one, other = of(NAMES), of(NAMES)
    assert set(one.facts) == set(NAMES)
    assert not {*one.facts.values()} & {*other.facts.values()}
    assert all(len(str(hashed)) == 32 for hashed in one.facts.values())


def test_values_are_told_as_long_as_they_are_kept_S60_S66() -> None:
    kept, other = of(NAMES), of({"before": "x", "after": "y"})
    facts = {"reason": "Marriage", **kept.facts}
    assert disclosed(facts, [other, kept]) == {"reason": "Marriage", **NAMES}
    assert disclosed(facts, [other]) == facts


def test_a_changed_value_no_longer_fits_its_hash_S48() -> None:
    kept = of(NAMES)
    forged = PersonalFacts(account="acc_ada", values={**NAMES, "after": "Eve"}, salt=kept.salt)
    assert disclosed(kept.facts, [forged])["after"] == kept.facts["after"]
    assert disclosed(kept.facts, [forged])["before"] == "Ada Byron"


@given(st.text(), st.text())
def test_two_values_have_two_hashes_S66(one: str, other: str) -> None:
    salt = of({}).salt
    hashed = [
        PersonalFacts(account="acc_ada", values={"name": value}, salt=salt).facts
        for value in (one, other)
    ]
    assert (hashed[0] == hashed[1]) is (one == other)
