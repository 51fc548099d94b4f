"""Normalization of typed user ids."""

from __future__ import annotations

import re

import pytest

from keyfob.domain.directory.account import normalized_user_id, user_id_digest
from tests.support.builders import an_account


@pytest.mark.parametrize(
    ("typed", "user_id"),
    [("Ada", "ada"), (" ada ", "ada"), ("a.b_c-d@e.example", "a.b_c-d@e.example"), ("007", "007")],
)
def test_case_and_spaces_around_a_user_id_are_forgiven(typed: str, user_id: str) -> None:
    assert normalized_user_id(typed) == user_id


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ab",
        "a" * 65,
        ".ada",
        "-ada",
        "a da",
        "ada\n\n!",
        "ädä",
        "ada#1",
        "A̱da",
        "\uff41\uff44\uff41",
    ],
)
def test_an_invalid_user_id_is_none(typed: str) -> None:
    assert normalized_user_id(typed) is None


def test_a_digest_stands_for_a_user_id_however_it_was_typed_S61() -> None:
    digest = user_id_digest("ada")
    assert re.fullmatch("[0-9a-f]{16}", digest)
    assert user_id_digest(" ADA ") == digest
    assert user_id_digest("grace") != digest


def test_text_that_is_no_user_id_has_no_digest_S61() -> None:
    """It may be a password in the wrong field."""
    assert user_id_digest("My old pass phrase!") == user_id_digest("") == "invalid"


def test_a_name_is_first_middle_and_last() -> None:
    assert an_account().name == "Ada Byron"
    assert an_account(middle_name="King").name == "Ada King Byron"
