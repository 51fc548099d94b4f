"""Proofing by questions over the API (C2, S31, S32, S47)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from keyfob.domain.directory.partner import Partner
from keyfob.storage.directory.store import Directory
from tests.support.canaries import leaked
from tests.support.deployment import Deployment, sample
from tests.support.fake_bureau import ANSWERS, UNKNOWN, WRONG
from tests.support.proofing import Candidate, a_candidate
from tests.support.visitor import Answer

NO_LETTER = {
    "available": False,
    "available_from": None,
    "requested_at": None,
    "mailed_on": None,
    "code_last_day": None,
}


@pytest.fixture
def ada(deployment: Deployment) -> Candidate:
    """Somebody in the United States who agreed to be asked questions."""
    one = a_candidate(deployment)
    answer = one.call("choose_proofing", {"method": "instant", "consent": True})
    assert answer.status == 200, answer.body
    one.proofing = str(answer.body["id"])
    return one


def identify(who: Candidate, **changes: Any) -> Answer:
    return who.call("identify", json.loads(sample("api/identify")["body"]) | changes)


def test_data_questions_and_answers_lead_to_level_3_C2(ada: Candidate) -> None:
    told = identify(ada, ssn="111-22-1111")
    assert (told.status, told.body["state"], told.body["attempts_left"]) == (200, "questions", 2)
    assert told.headers["Cache-Control"] == "no-store"
    shown = ada.call("show_questions").body
    assert shown["answers_until"] == told.body["answers_until"]
    assert [set(one) for one in shown["questions"]] == [{"id", "text", "choices"}] * 2
    assert ada.call("show_questions").body == shown
    done = ada.call("answer_questions", {"answers": ANSWERS})
    assert (done.status, done.body["state"]) == (200, "proofed")
    active = ada.activate()
    assert (active.status, active.body["level"]) == (200, 3)


def test_without_consent_nobody_is_asked_C2(deployment: Deployment) -> None:
    bob = a_candidate(deployment)
    for body in ({"method": "instant"}, {"method": "instant", "consent": False}):
        refused = bob.call("choose_proofing", body)
        assert (refused.status, refused.code) == (422, "consent_required")
    assert bob.call("show_proofing").status == 404


def test_where_it_is_not_offered_it_is_refused_C2(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    from keyfob.wiring.settings import Settings
    from proofing import wiring

    base = wiring.runtime()
    without = Settings({**base.settings.environment, "BUREAU_URL": ""})
    monkeypatch.setattr(base, "settings", without)
    bob = a_candidate(deployment)
    refused = bob.call("choose_proofing", {"method": "instant", "consent": True})
    assert (refused.status, refused.code) == (409, "instant_proofing_not_offered")


def test_where_it_is_offered_no_more_a_meeting_is_left_C2(
    ada: Candidate, monkeypatch: pytest.MonkeyPatch
) -> None:
    from instant_proofing import wiring
    from keyfob.wiring.settings import Settings

    base = wiring.runtime()
    without = Settings({**base.settings.environment, "BUREAU_URL": ""})
    monkeypatch.setattr(base, "settings", without)
    refused = identify(ada)
    assert (refused.status, refused.code) == (409, "instant_proofing_not_offered")
    assert ada.choose().body["state"] == "to_book"


def test_wrong_answers_say_nothing_about_which_S32(ada: Candidate) -> None:
    identify(ada)
    wrong = ada.call("answer_questions", {"answers": {**ANSWERS, "q1": WRONG}})
    letter = {**NO_LETTER, "available": True}
    assert wrong.body == {
        "state": "wrong_answers",
        "attempts_left": 0,
        "answers_until": None,
        "letter": letter,
    }
    assert ada.choose().body["state"] == "to_book"


def test_who_is_not_located_is_told_nothing_about_which_datum_S32(ada: Candidate) -> None:
    told = identify(ada, ssn=UNKNOWN)
    assert told.body == {
        "state": "not_located",
        "attempts_left": 2,
        "answers_until": None,
        "letter": NO_LETTER,
    }


def test_a_bureau_that_is_down_costs_nothing_S50(ada: Candidate) -> None:
    ada.deployment.bureau.down = True
    refused = identify(ada)
    ada.deployment.bureau.down = False
    assert (refused.status, refused.code) == (503, "bureau_unavailable")
    assert ada.shown()["attempts_left"] == 3


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ssn", "12"),
        ("ssn", "123456"),
        ("ssn", "12a4"),
        ("born", "1985-13-01"),
        ("born", "2025-01-01"),
        ("born", "1850-01-01"),
        ("state", "Texas"),
        ("postal_code", "7870"),
        ("street", ""),
    ],
)
def test_data_that_can_not_be_right_ask_nobody_S65(ada: Candidate, field: str, value: str) -> None:
    before = list(ada.deployment.bureau.asked)
    refused = identify(ada, **{field: value})
    assert (refused.status, list(refused.body["fields"])) == (422, [field])
    assert value not in json.dumps(refused.body) or not value
    assert ada.deployment.bureau.asked == before


def test_nothing_of_the_person_is_stored_or_logged_S31_S47(
    ada: Candidate, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    home = {"street": "77 Canary Lane", "city": "Canaryville", "postal_code": "98765"}
    assert identify(ada, ssn="987651111", **home).status == 200
    ada.call("show_questions")
    ada.call("answer_questions", {"answers": ANSWERS})
    deployment = ada.deployment
    rows = repr(deployment.engine.snapshot(deployment.tables))
    logged = (
        "".join(capsys.readouterr()) + caplog.text + repr([one.__dict__ for one in caplog.records])
    )
    secrets = ["987651111", "1985-12-10", "77 Canary Lane", "Canaryville", "98765", "Elm Street"]
    assert leaked(secrets, rows) == leaked(secrets, logged) == []
    assert leaked(["Canaryville"], f"{rows} Canaryville") == ["Canaryville"]


def test_a_partner_switches_questions_off_for_its_holders(
    ada: Candidate, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S35, C2: for new cases, and for those under way; a meeting is left."""
    found = Directory.partners

    def without(self: Directory) -> list[Partner]:
        return [replace(one, proofing_questions=False) for one in found(self)]

    bob = a_candidate(deployment)
    monkeypatch.setattr(Directory, "partners", without)
    refused = bob.call("choose_proofing", {"method": "instant", "consent": True})
    assert (refused.status, refused.code) == (409, "instant_proofing_not_offered")
    asked = list(deployment.bureau.asked)
    refused = identify(ada)
    assert (refused.status, refused.code) == (409, "instant_proofing_not_offered")
    assert deployment.bureau.asked == asked
    assert ada.choose().body["state"] == "to_book"
