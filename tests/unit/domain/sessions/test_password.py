"""Rules for permanent passwords (NIST SP 800-63B-4, section 3.1.1.2)."""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob.domain.policy import Policy, overridden
from keyfob.domain.sessions.errors import WeakPassword
from keyfob.domain.sessions.password import (
    generate_temporary,
    is_long_enough,
    normalized,
    require_usable,
)
from tests.support.examples import steady

# The words that the use cases pass for Grace Hopper of Acme.
WORDS = ("Keyfob", "Grace", "Brewster", "Hopper", "grace.hopper", "acme.example", "Acme & Sons")
# They differ by nothing that a person sees.
COMPOSED = unicodedata.normalize("NFC", "größere Gänse über Zürich")
DECOMPOSED = unicodedata.normalize("NFD", COMPOSED)


def require(password: str, user_id: str = "ghopper") -> None:
    require_usable(password, user_id=user_id, words=WORDS, policy=Policy())


@pytest.mark.parametrize(
    "password",
    [
        "correct horse b",
        "seven geese cross the frozen lake",
        "zwölf Gänse am See",
        "les oies traversent",
        "sete gansos no lago",
        "kaksi hanhea järvellä",
        "пароль из слов и звёзд",
        "η χήνα περνά τη λίμνη",
        "الإوز يعبر البحيرة المتجمدة",
        "凍った湖を渡る七羽の雁と銀色の月の夜",
        "안녕하세요 바다 거북이 커피잔",
        "🔑🗝️ key abcdefg hij",
        "seven geese cross the frozen lake " * 3 + "and swim on until morning!",
    ],
)
def test_an_ordinary_phrase_in_any_script_is_taken_S55(password: str) -> None:
    assert 15 <= len(password) <= 128
    require(normalized(password))


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("correct horse ", "15 to 128"),
        ("correct horse b" * 9, "15 to 128"),
        ("I am GHOPPER, hello", "user id"),
        (" correct horse battery", "blank"),
        ("correct horse battery\t", "blank"),
        ("correct horse\tbattery", "control characters"),
        ("correct horse\x00battery", "control characters"),
        ("correct horse\x85battery", "control characters"),
    ],
)
def test_a_password_is_refused_with_the_reason_S55(password: str, why: str) -> None:
    with pytest.raises(WeakPassword, match=why):
        require(password)


@pytest.mark.parametrize("password", ["password1234", "iloveyou1234", "keyfobkeyfob"])
def test_a_common_password_of_twelve_characters_is_refused_S55(password: str) -> None:
    with pytest.raises(WeakPassword, match="15 to 128"):
        require(password)


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword1",
        "password123456789",
        "Password1Password1",
        "P@ssw0rdP@ssw0rd",
        "iloveyouiloveyou",
        "iloveyou123456789",
        "qwertyuiopasdfgh",
        "1qaz2wsx3edc4rfv",
        "1234567890123456",
        "abcdefghijklmnop",
        "aaaaaaaaaaaaaaaa",
        "aaaabbbbccccdddd",
        "abcdeabcdeabcdeabcde",
        "letmeinletmein123",
        "welcomewelcome1",
        "administrator123",
        "trustno1trustno1",
        "princessprincess",
        "passwortpasswort",
        "temporary-password",
        "x" * 123 + "abcde",
        "iloveyou" * 4 + "seven geese cross the lake",
    ],
)
def test_a_common_password_of_enough_characters_is_refused_S55(password: str) -> None:
    with pytest.raises(WeakPassword, match="too easy to guess"):
        require(password)


@pytest.mark.parametrize(
    "password",
    [
        "keyfobkeyfobkeyfob",
        "Keyfob-Keyfob-2026",
        "gracehoppergracehopper2026",
        "hopperhopper2026",
        "HopperGrace2026",
        "brewsterbrewster",
        "acmeacmeacme2026",
        "Acme & Sons 2026",
        "acme.example2026",
    ],
)
def test_names_of_service_organization_and_person_make_no_password_S55(password: str) -> None:
    with pytest.raises(WeakPassword, match="too easy to guess"):
        require(password)


@pytest.mark.parametrize("name", ["Quillfeather", "Vandermeulen"])
def test_a_name_counts_as_known_only_for_its_bearer_S55(name: str) -> None:
    password = f"{name} {name} 26".lower()
    require(password)
    with pytest.raises(WeakPassword, match="too easy to guess"):
        require_usable(password, user_id="ghopper", words=[f"Anna {name}"], policy=Policy())


def test_the_deployment_sets_the_length_but_no_fewer_than_fifteen_S55() -> None:
    with pytest.raises(WeakPassword, match="20 to 128"):
        require_usable("nineteen character", user_id="x", policy=Policy(password_min_length=20))
    for override in ('{"password_min_length": 14}', '{"password_failures": 101}'):
        with pytest.raises(ValueError, match="must be between"):
            overridden(Policy(), override)


def test_a_phrase_is_one_password_however_its_letters_are_composed_S55() -> None:
    assert COMPOSED != DECOMPOSED
    assert normalized(DECOMPOSED) == normalized(COMPOSED) == COMPOSED


def test_letters_that_look_different_stay_different_S55() -> None:
    """Compatibility forms are no other spelling of the same letter."""
    assert normalized("ﬁfteen") != normalized("fifteen")


def test_each_character_of_the_normalized_password_counts_once_S55() -> None:
    typed = unicodedata.normalize("NFD", "äöüäöüäöüäöüäö")
    assert len(typed) == 28
    assert not is_long_enough(normalized(typed), Policy())
    assert is_long_enough(normalized(typed + "ü"), Policy())


@steady
@given(st.text(min_size=10, max_size=140))
def test_any_text_is_taken_or_refused_as_a_password_S49(typed: str) -> None:
    with suppress(WeakPassword):
        require(normalized(typed))


def test_a_temporary_password_is_readable_aloud_new_each_time_and_meets_the_rules_F3() -> None:
    made = {generate_temporary() for _ in range(100)}
    assert len(made) == 100
    for password in made:
        assert re.fullmatch(r"(?:[0-9A-HJKMNP-TV-Z]{5}-){3}[0-9A-HJKMNP-TV-Z]{5}", password)
        require(password)
