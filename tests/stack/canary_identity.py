"""Somebody whose identity is proven by questions and a letter, with recognizable data (S31)."""

from __future__ import annotations

from typing import Any

from local.bureau_double import QUESTIONS
from local.client import Person
from local.stack import Stack
from tests.support.running.people import person
from tests.support.running.stack_holders import Supply

# The last four digits choose the double's answer: the person is found by all nine.
IDENTITY = {
    "ssn": "913470003",
    "ssn with dashes": "913-47-0003",
    "born": "1931-07-13",
    "street": "88 Wallaby Ridge",
    "city": "Wallabyville",
}
ANSWERS = {one["id"]: one["choices"][2] for one in QUESTIONS}
# A year and a house's number stand in other texts, too.
ASKED = {
    "answer about the car": ANSWERS["car"],
    "answer about the bank": ANSWERS["bank"],
    **{f"question about the {one['id']}": one["text"] for one in QUESTIONS},
}


def live_with_questions(stack: Stack) -> Person:
    """All nine digits, questions, wrong answers, refused requests, a letter in a batch."""
    someone = person(stack)
    supply = Supply(stack, 1, product="hardware-token-proofed")
    name = f"Test {someone.user_id.title()}"
    credential = someone.redeem(supply.next().license_key, name=name)["id"]
    path = f"/credentials/{credential}/proofing"
    case = str(someone.expect(200, "POST", path, {"method": "instant", "consent": True})["id"])
    data: dict[str, Any] = {
        "born": IDENTITY["born"],
        "ssn": IDENTITY["ssn"][-4:],
        "street": IDENTITY["street"],
        "city": IDENTITY["city"],
        "state": "TX",
        "postal_code": "77913",
    }
    identity = f"/proofings/{case}/identity"
    for wrong in ({"state": "Texas"}, {"ssn": f"{IDENTITY['ssn with dashes']}-1"}, {"more": 1}):
        someone.expect(422, "POST", identity, {**data, **wrong})
    assert someone.expect(200, "POST", identity, data)["state"] == "full_ssn"
    data["ssn"] = IDENTITY["ssn with dashes"]
    assert someone.expect(200, "POST", identity, data)["state"] == "questions"
    someone.expect(200, "GET", f"/proofings/{case}/questions")
    answers = f"/proofings/{case}/answers"
    someone.expect(422, "POST", answers, {"answers": [*ANSWERS.values()]})
    done = someone.expect(200, "POST", answers, {"answers": ANSWERS})
    assert done["state"] == "wrong_answers"
    someone.expect(200, "POST", f"/proofings/{case}/letter", {"person": None})
    assert stack.invoke("LettersFunction", {})["letters"] >= 1
    return someone
