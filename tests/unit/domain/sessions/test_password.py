"""Rules for permanent passwords (NIST SP 800-63B-4, section 3.1.1.2)."""

from __future__ import annotations

import re

import pytest

from keyfob.domain.policy import Policy
from keyfob.domain.sessions.errors import WeakPassword
from keyfob.domain.sessions.password import generate_temporary, require_usable


@pytest.mark.parametrize(
    "password",
    [
        "twelve chars",
        "abcdeabcdeab",
        "x" * 123 + "abcde",
        "correct horse",
        "пароль из слов",
        "🔑🗝️ key abcdefg",
    ],
)
def test_a_password_needs_length_and_may_have_any_character_A4(password: str) -> None:
    require_usable(password, user_id="grace", policy=Policy())


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("eleven char", "12 to 128"),
        ("abcde" * 26, "12 to 128"),
        ("I am GRACE, hello", "user id"),
        ("abababababab", "repeats"),
        ("aaaabbbbccccdddd", "repeats"),
        (" correct horse battery", "blank"),
        ("correct horse battery\t", "blank"),
    ],
)
def test_a_common_password_is_refused_with_the_reason_A4(password: str, why: str) -> None:
    with pytest.raises(WeakPassword, match=why):
        require_usable(password, user_id="grace", policy=Policy())


def test_the_deployment_sets_the_length_A4() -> None:
    with pytest.raises(WeakPassword, match="20 to 128"):
        require_usable("nineteen characters", user_id="x", policy=Policy(password_min_length=20))


def test_a_temporary_password_is_readable_aloud_new_each_time_and_meets_the_rules_F3() -> None:
    made = {generate_temporary() for _ in range(100)}
    assert len(made) == 100
    for password in made:
        assert re.fullmatch(r"(?:[0-9A-HJKMNP-TV-Z]{5}-){3}[0-9A-HJKMNP-TV-Z]{5}", password)
        require_usable(password, user_id="grace", policy=Policy())
