"""What a registration must have, and user ids made from addresses (A1, A3, S25)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from keyfob.domain.directory.account import normalized_user_id
from keyfob.domain.directory.role import Role
from keyfob.domain.registrations.content import (
    Content,
    Person,
    Profile,
    missing,
    new_user_id,
    user_id_stem,
)

BOTH = (Role.ORGANIZATION_ADMINISTRATOR, Role.APPLICATION_ADMINISTRATOR)
ADA = Person(
    account="acc_ada",
    first_name="Ada",
    middle_name="",
    last_name="Byron",
    email="ada@acme.example",
    language="en",
    roles=BOTH,
    sealed=b"sealed",
)
WHOLE = Content(
    email="ada@acme.example",
    language="en",
    profile=Profile(name="Acme", country="DE", time_zone="Europe/Berlin", address=("1 Main St",)),
    people=(ADA,),
)


def test_a_whole_registration_lacks_nothing_A1() -> None:
    assert missing(WHOLE) == {}


@pytest.mark.parametrize(
    ("field", "value"), [("name", ""), ("country", ""), ("time_zone", ""), ("address", ())]
)
def test_each_required_field_of_the_organization_is_named_A1(field: str, value: Any) -> None:
    changes: dict[str, Any] = {field: value}
    profile = replace(WHOLE.profile, **changes)
    assert missing(replace(WHOLE, profile=profile)) == {f"organization.{field}": "required"}


def test_a_subdivision_must_have_a_calendar_A1() -> None:
    for subdivision, is_known in (("BY", True), ("XX", False)):
        profile = replace(WHOLE.profile, subdivision=subdivision)
        found = missing(replace(WHOLE, profile=profile))
        assert list(found) == ([] if is_known else ["organization.subdivision"])


@pytest.mark.parametrize("field", ["first_name", "last_name", "email"])
def test_each_required_field_of_an_administrator_is_named_A1(field: str) -> None:
    changes: dict[str, Any] = {field: ""}
    people = (ADA, replace(ADA, **changes))
    assert missing(replace(WHOLE, people=people)) == {f"administrators.1.{field}": "required"}


def test_each_administrator_has_a_one_time_password_A1() -> None:
    assert missing(WHOLE.without_passwords()) == {"administrators.0.one_time_password": "required"}


@pytest.mark.parametrize("role", BOTH)
def test_one_administrator_of_each_kind_is_enough_A1(role: Role) -> None:
    others = tuple(one for one in BOTH if one is not role)
    alone, both = replace(ADA, roles=(role,)), replace(ADA, roles=others)
    assert list(missing(replace(WHOLE, people=(alone,)))) == ["administrators"]
    assert missing(replace(WHOLE, people=(alone, both))) == {}


@pytest.mark.parametrize(
    ("email", "stem"),
    [
        ("ada.byron@acme.example", "ada.byron"),
        ("ADA+parts@acme.example", "adaparts"),
        ("..a..@acme.example", "user"),
        ("!!!@acme.example", "user"),
        (f"{'a' * 64}@acme.example", "a" * 40),
    ],
)
def test_a_user_id_begins_with_the_address_and_is_one_A1(email: str, stem: str) -> None:
    assert user_id_stem(email) == stem
    made = new_user_id(email)
    assert made.startswith(f"{stem}.")
    assert normalized_user_id(made) == made


def test_user_ids_of_one_address_say_nothing_of_each_other_S25() -> None:
    assert len({new_user_id("ada@acme.example") for _ in range(20)}) > 15
