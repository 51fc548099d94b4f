"""Whether a legal name is the account's (004)."""

from __future__ import annotations

import pytest

from keyfob.domain.directory.account import Account
from keyfob.domain.proofing.names import is_named


def account(first: str, last: str) -> Account:
    return Account(
        id="acc_1",
        user_id="ada",
        organization="acme",
        email="ada@acme.example",
        first_name=first,
        last_name=last,
    )


@pytest.mark.parametrize(
    ("first", "last", "legal"),
    [
        ("Ada", "Byron", "Ada Byron"),
        ("Ada", "Byron", "BYRON ADA"),
        ("Ada", "Byron", "Ada Augusta Byron King"),
        ("José", "Núñez", "Jose Nunez"),
        ("Anne-Marie", "O\u2019Neill", "Anne Marie O'Neill"),
        ("Jean", "Van der Berg", "Jean van der Berg"),
    ],
)
def test_the_same_person_however_it_is_written(first: str, last: str, legal: str) -> None:
    assert is_named(account(first, last), legal)


@pytest.mark.parametrize("legal", ["Eve Byron", "Ada Lovelace", "Adam Byron", "Byron", ""])
def test_another_name_is_not_taken_for_it(legal: str) -> None:
    assert not is_named(account("Ada", "Byron"), legal)
