"""Letters with an activation code over the API (C2, C5, S31, S47)."""

from __future__ import annotations

import importlib
import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest

from keyfob.domain.proofing.bureau import Address
from keyfob.wiring.settings import Settings
from tests.support.canaries import leaked
from tests.support.deployment import Deployment, sample
from tests.support.fake_bureau import ANSWERS, CONFIRMED, WRONG
from tests.support.proofing import Candidate, a_candidate
from tests.support.visitor import Answer

CANARY = Address(street="88 Sparrow Heights", city="Wrentham", state="MA", postal_code="02093-1234")

_numbers = itertools.count()


@pytest.fixture
def ada(deployment: Deployment) -> Candidate:
    """Somebody whom the bureau located, and who answered wrongly."""
    return a_located_one(deployment)


def a_located_one(deployment: Deployment) -> Candidate:
    one = a_candidate(deployment)
    chosen = one.call("choose_proofing", {"method": "instant", "consent": True})
    one.proofing = str(chosen.body["id"])
    one.call("identify", person())
    done = one.call("answer_questions", {"answers": {**ANSWERS, "q1": WRONG}})
    assert done.body["state"] == "wrong_answers", done.body
    return one


def person(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(sample("api/identify")["body"])
    # Each test asks about another person: about one of them the bureau is asked five times.
    born = date(1950, 1, 1) + timedelta(days=next(_numbers))
    return {**found, "ssn": "1111", "born": born.isoformat(), **changes}


def request(who: Candidate, person: dict[str, Any] | None = None) -> Answer:
    return who.call("request_letter", {"person": person})


@contextmanager
def without(name: str, function: str) -> Iterator[None]:
    """The function in a deployment without this setting."""
    base = importlib.import_module(f"{function}.wiring").runtime()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(base, "settings", Settings({**base.settings.environment, name: ""}))
        yield


def test_wrong_answers_lead_to_a_letter_that_is_shown_C2(ada: Candidate) -> None:
    assert ada.shown()["letter"]["available"] is True
    told = request(ada)
    assert (told.status, told.body["state"]) == (200, "letter_requested")
    shown = ada.shown()
    assert (shown["state"], shown["code_until"]) == ("letter_requested", None)
    assert shown["letter"] == told.body["letter"]
    assert shown["letter"]["available"] is False
    assert shown["letter"]["requested_at"]
    assert request(ada).body == told.body, "asking again changes nothing"
    assert ada.choose().body["state"] == "to_book"


def test_a_letter_is_never_offered_where_none_can_be_had_C2(ada: Candidate) -> None:
    for function in ("proofing", "instant_proofing"):
        with without("LETTER_PROVIDER", function):
            shown = ada.shown() if function == "proofing" else request(ada)
    assert (shown.status, shown.code) == (409, "letter_not_offered")
    with without("LETTER_PROVIDER", "proofing"):
        assert ada.shown()["letter"]["available"] is False
    with without("BUREAU_URL", "instant_proofing"):
        refused = request(ada)
    assert (refused.status, refused.code) == (409, "instant_proofing_not_offered")


def test_before_wrong_answers_there_is_no_letter_C2(deployment: Deployment) -> None:
    bob = a_candidate(deployment)
    bob.choose()
    refused = request(bob)
    assert (refused.status, refused.code) == (409, "not_this_step")
    assert bob.shown()["letter"]["available"] is False


def test_an_address_that_the_bureau_does_not_confirm_is_refused_C2(ada: Candidate) -> None:
    ada.deployment.bureau.confirmed = None
    refused = request(ada)
    ada.deployment.bureau.confirmed = CONFIRMED
    assert (refused.status, refused.code) == (409, "address_not_confirmed")
    assert ada.shown()["state"] == "wrong_answers"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"born": "2025-01-01"}, "person.born"),
        ({"ssn": "12"}, "person.ssn"),
        ({"postal_code": "7870"}, "person.postal_code"),
        ({"address": "1 Elsewhere"}, "person.address"),
    ],
)
def test_data_that_can_not_be_right_ask_nobody_S65(
    ada: Candidate, changes: dict[str, Any], field: str
) -> None:
    before = list(ada.deployment.bureau.asked)
    refused = request(ada, person=person(**changes))
    assert (refused.status, list(refused.body["fields"])) == (422, [field])
    assert ada.deployment.bureau.asked == before


def test_the_address_stands_in_no_row_log_or_answer_but_sealed_S31_S47(
    ada: Candidate, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    deployment = ada.deployment
    deployment.bureau.confirmed = CANARY
    marked = person(
        born="1961-11-23", street="77 Canary Lane", city="Canaryville", postal_code="98765"
    )
    told = request(ada, person=marked)
    deployment.bureau.confirmed = CONFIRMED
    assert told.body["state"] == "letter_requested"
    rows = repr(deployment.engine.snapshot(deployment.tables))
    logged = (
        "".join(capsys.readouterr()) + caplog.text + repr([one.__dict__ for one in caplog.records])
    )
    secrets = (
        *("Sparrow Heights", "Wrentham", "02093"),
        *("Canary Lane", "Canaryville", "98765", "1961-11-23"),
    )
    for place in (rows, logged, json.dumps(told.body)):
        assert leaked(secrets, place) == []
