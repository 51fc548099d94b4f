"""Field messages state the wanted input, never a pattern or the library's words (S65)."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError
from pydantic_core._pydantic_core import list_all_errors

from keyfob.http.fields import Country, CredentialId, Id, RequiredText, Text
from keyfob.http.resolver import Model
from keyfob.http.sentences import sentence_of

LIBRARY = ("should", "pattern", "regex", "^", "Value error", "Python", "dict")


@pytest.mark.parametrize("error", list_all_errors(), ids=lambda error: error["type"])
def test_every_error_of_the_library_has_a_sentence_of_ours_S65(error: Any) -> None:
    context = error["example_context"] or {}
    told = sentence_of(
        {"type": error["type"], "ctx": context, "msg": error["example_message_python"]}
    )
    assert told
    assert not [word for word in LIBRARY if word in told]


class Everything(Model):
    """Fields of each kind."""

    text: Text = ""
    name: RequiredText = "Ada"
    country: Country = "DE"
    id: Id = "acme"
    credential: CredentialId = "crd_00000000000000000000"


LINE = (
    "must be one line of visible characters, without control characters "
    "or characters that change the direction of writing"
)


@pytest.mark.parametrize(
    ("field", "typed", "wanted"),
    [
        ("text", "A\u2028B", LINE),
        ("text", "A\u202eB", LINE),
        ("text", "\u200b", LINE),
        ("text", "x" * 101, "must have at most 100 characters"),
        ("text", 7, "must be a text"),
        ("name", "  ", "must not be empty"),
        ("name", "\u3164", LINE),
        ("name", "\x1c", LINE),
        ("name", "\ufeff\u00a0", LINE),
        ("country", "Germany", "must be a country's two-letter code in capitals, for example DE"),
        ("country", 49, "must be a text"),
        ("id", "Has Spaces", "must have 1 to 64 lower-case letters, digits and dashes"),
        (
            "credential",
            "crd_1",
            "must be the id of a credential, for example crd_0a1b2c3d4e5f6g7h8j9k",
        ),
        ("unknown", 1, "unknown field"),
    ],
)
def test_a_field_says_what_is_wanted_S65(field: str, typed: Any, wanted: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Everything.model_validate({field: typed})
    [error] = refused.value.errors()
    assert sentence_of(error) == wanted


@pytest.mark.parametrize(
    ("kind", "context", "sentence"),
    [
        ("missing", {}, "is required"),
        ("string_too_short", {"min_length": 8}, "must have at least 8 characters"),
        ("string_too_short", {"min_length": 1}, "must not be empty"),
        ("too_long", {"max_length": 20}, "must have at most 20 entries"),
        ("too_short", {"min_length": 1}, "must not be empty"),
        ("greater_than_equal", {"ge": 1}, "must be at least 1"),
        ("greater_than", {"gt": 0}, "must be more than 0"),
        ("less_than_equal", {"le": 50}, "must be at most 50"),
        ("literal_error", {"expected": "'text' or 'voice'"}, "must be 'text' or 'voice'"),
        ("enum", {"expected": "'a' or 'b'"}, "must be 'a' or 'b'"),
        ("union_tag_invalid", {"expected_tags": "'a', 'b'", "tag": "x"}, "must be one of 'a', 'b'"),
        ("int_parsing", {}, "must be a whole number"),
        ("int_from_float", {}, "must be a whole number"),
        ("bool_type", {}, "must be true or false"),
        ("list_type", {}, "must be a list"),
        ("model_type", {"class_name": "Model"}, "must be an object"),
        ("value_error", {"error": ValueError("name either")}, "name either"),
        (
            "string_pattern_mismatch",
            {"pattern": "^[A-Z]{2}$"},
            "isn't in the form that is wanted here",
        ),
        ("a_kind_of_tomorrow", {}, "isn't in the form that is wanted here"),
    ],
)
def test_the_common_errors_read_like_this_S65(
    kind: str, context: dict[str, Any], sentence: str
) -> None:
    assert sentence_of({"type": kind, "ctx": context, "msg": "Input should be better"}) == sentence


@pytest.mark.parametrize(("typed", "country"), [("UK", "GB"), ("EL", "GR"), ("DE", "DE")])
def test_a_country_is_mended_where_it_is_entered_S65(typed: str, country: str) -> None:
    assert Everything(country=typed).country == country


@pytest.mark.parametrize(
    ("typed", "kept"), [(" Zoe\u0308 ", "Zo\u00eb"), ("\ufeffAda", "Ada"), ("", ""), ("  ", "")]
)
def test_a_text_is_normalized_where_it_is_entered_S65(typed: str, kept: str) -> None:
    assert Everything(text=typed).text == kept


def test_the_document_keeps_the_limits_of_fields_S65() -> None:
    shown = Everything.model_json_schema()["properties"]
    plain = shown["text"]["pattern"]
    assert shown["text"]["maxLength"] == shown["name"]["maxLength"] == 100
    assert (shown["name"]["minLength"], shown["name"]["pattern"]) == (1, plain)
    assert shown["country"]["pattern"] == "^[A-Z]{2}$"
    assert shown["id"]["pattern"] == "^[a-z0-9-]{1,64}$"
    assert TypeAdapter(Id).json_schema() == {"type": "string", "pattern": "^[a-z0-9-]{1,64}$"}
