"""The questions of an agent's checklist (C4)."""

from __future__ import annotations

import json

import pytest

from keyfob.domain.proofing.checklist import checklist, open_questions

QUESTIONS = {"moves": "Did the holder turn the head?", "alone": "Was the holder alone?"}


def test_a_deployment_words_them_as_json() -> None:
    """C4: in their order; none if nothing is said."""
    assert list(checklist(json.dumps(QUESTIONS)).items()) == list(QUESTIONS.items())
    assert checklist("") == checklist("{}") == {}


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        '{"Two words": "?"}',
        '{"moves": ""}',
        '{"moves": "  "}',
        '{"moves": 1}',
        json.dumps({"moves": "?" * 301}),
        json.dumps({f"q{number}": "?" for number in range(21)}),
        "{",
    ],
)
def test_a_wrong_one_is_refused_at_once(text: str) -> None:
    """C4: an agent must never meet a question that can't be answered."""
    with pytest.raises(ValueError):  # noqa: PT011
        checklist(text)


@pytest.mark.parametrize(
    ("answers", "left"),
    [
        ({"moves": True, "alone": True}, set()),
        ({"moves": True}, {"alone"}),
        ({"moves": True, "alone": False}, {"alone"}),
        ({"moves": True, "alone": True, "other": True}, {"other"}),
        ({}, {"moves", "alone"}),
    ],
)
def test_each_must_be_answered_with_yes(answers: dict[str, bool], left: set[str]) -> None:
    """C4, S34: no more and no less."""
    assert set(open_questions(QUESTIONS, answers)) == left
