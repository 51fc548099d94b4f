"""The handler without a framework: defects, outages, log lines and its document (S47, S50)."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import jsonschema
import pytest

from keyfob.domain.errors import KeysUnavailable
from keyfob.http.openapi import document
from tests.support.deployment import Deployment, sample
from tests.support.phone_holder import PhoneHolder
from tests.support.strictness import bodies
from tests.support.token_holder import TokenHolder, a_holder_with_a_registered_token, wrong
from tests.support.visitor import Answer, Visitor

Written = Callable[[], str]


@pytest.fixture
def ada(deployment: Deployment) -> TokenHolder:
    """Ada is signed in by password and has her token."""
    return a_holder_with_a_registered_token(deployment)


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Written:
    """Everything that was logged or printed since the test's last call."""

    def everything() -> str:
        found = capsys.readouterr().out + str([one.__dict__ for one in caplog.records])
        caplog.clear()
        return found

    return everything


def lines(caplog: pytest.LogCaptureFixture, message: str) -> list[dict[str, Any]]:
    """The log lines with this message, with all of their fields."""
    return [vars(one) for one in caplog.records if one.getMessage() == message]


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect of the service that has a secret in its message."""
    from elevation import wiring

    def defect() -> Any:
        raise RuntimeError("canary-in-a-defect")

    monkeypatch.setattr(wiring, "verification", defect)


def test_a_defect_is_answered_without_its_text_and_logged_by_its_place_S47_S50(
    ada: TokenHolder, broken: None, caplog: pytest.LogCaptureFixture, written: Written
) -> None:
    answer = ada.elevate()
    [defect], [request] = lines(caplog, "defect"), lines(caplog, "request")
    out = written()
    assert (answer.status, answer.code) == (500, "internal_error")
    assert answer.body["support"] == "help@keyfob.example"
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "canary" not in json.dumps(answer.body) + out
    assert (defect["levelname"], request["status"]) == ("ERROR", 500)
    assert "RuntimeError" in out
    assert "test_elevation_faults.py" in out


def test_each_request_is_one_log_line_with_its_route_and_whose_it_was_G3(
    ada: TokenHolder, caplog: pytest.LogCaptureFixture
) -> None:
    ada.elevate(wrong(ada.device.code()))
    ada.elevate()
    refused, done = lines(caplog, "request")
    assert (refused["method"], refused["route"]) == ("POST", "/session/elevation")
    assert (refused["status"], done["status"]) == (403, 201)
    assert done["account"] == ada.visitor.token.split(".")[0]
    assert done["correlation"] == sample("api/elevate_session")["requestContext"]["requestId"]
    assert done["milliseconds"] >= 0


def test_no_code_token_or_secret_gets_into_a_log_line_S47(
    ada: TokenHolder, written: Written
) -> None:
    code, old = ada.device.code(), ada.visitor.token
    misses = [wrong(code), "12345", "canary-code"]
    written()
    for typed in misses:
        ada.elevate(typed)
    ada.call("elevate_session", '{"method": "token", "code": "canary-cut-off')
    ada.elevate(code)
    ada.elevate(code)
    out = written()
    secrets = [code, *misses, "canary", *(one.split(".")[2] for one in (old, ada.visitor.token))]
    secrets += [ada.device.secret.hex(), ada.device.serial]
    assert [one for one in secrets if one in out] == []


def test_refusals_are_counted_G3(ada: TokenHolder, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    ada.elevate(wrong(ada.device.code()))
    assert '"CodeWrong":[1.0]' in capsys.readouterr().out
    ada.elevate("1")
    assert '"ElevationRefused":[1.0]' in capsys.readouterr().out
    ada.elevate()
    out = capsys.readouterr().out
    assert '"TokenAccepted":[1.0]' in out
    assert "ElevationRefused" not in out


def test_a_silent_key_service_is_a_refusal_that_can_be_tried_again_S50(
    ada: TokenHolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    from elevation import wiring

    def silent(*_args: Any) -> bytes:
        raise KeysUnavailable

    with monkeypatch.context() as patch:
        check: Any = wiring.verification()._checks["token"]
        patch.setattr(check._seeds, "open", silent)
        refused = ada.elevate()
    assert (refused.status, refused.code) == (503, "keys_unavailable")
    assert refused.body["support"]
    assert ada.elevate().status == 201


# The document


described = cache(lambda: document(["elevation"]))  # making it takes a while


def operation() -> dict[str, Any]:
    found: dict[str, Any] = described()["paths"]["/session/elevation"]["post"]
    return found


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = described()["components"]["schemas"][name]
    return found


def test_an_answer_has_the_documented_form_and_nothing_else_E1(ada: TokenHolder) -> None:
    view = schema("ElevatedView")
    answer = ada.elevate()
    jsonschema.validate(
        answer.body, view, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    assert set(answer.body) == set(view["properties"]) == set(view["required"])


def refused_by(body: Any, view: dict[str, Any]) -> bool:
    """Whether the documented schema refuses this body."""
    try:
        content = json.loads(body) if isinstance(body, str) else body
    except ValueError:
        return True
    whole = {**view, "components": described()["components"]}
    return not jsonschema.Draft202012Validator(whole).is_valid(content)


def statuses() -> set[int]:
    return {int(one) for one in operation()["responses"]}


def test_the_handler_takes_exactly_what_the_document_says_E1(deployment: Deployment) -> None:
    view, documented = schema("Elevation"), statuses()
    ada = a_holder_with_a_registered_token(deployment)
    ada.elevate()
    caller = PhoneHolder(holder=ada, deployment=deployment)
    caller.send(caller.bound())
    code = wrong(ada.device.code())
    more: list[dict[str, Any]] = [
        {"method": "token", "code": one} for one in (code, f"{code[1:]}", f"{code}0", "x")
    ]
    more += [{"method": "phone", "code": one} for one in (code, code[2:], f"{code[2:]}x", "")]
    more.append({"method": "phone", "code": code[2:], "phone": "0a1b2c"})
    more += [{"method": one, "code": code[2:], "phone": 1} for one in ("phone", "token", "sms")]
    strict = [body for body, _, _ in bodies("elevate_session", "method", "code")]
    for body in (*more, *(one for one in strict if "padding" not in one)):
        answer = ada.call("elevate_session", body)
        assert (answer.status in {400, 422}) is refused_by(body, view), body
        assert answer.status in documented


def test_every_status_that_it_answers_with_is_documented_E1(deployment: Deployment) -> None:
    ada, stranger = a_holder_with_a_registered_token(deployment), Visitor(deployment=deployment)
    answers: list[Answer] = [
        stranger.call("elevate_session"),
        ada.call("elevate_session", headers={"Content-Type": "text/plain"}),
        ada.call("elevate_session", "{"),
        ada.call("elevate_session", "{" + " " * 65_536 + "}"),
        ada.call("elevate_session", {}),
        ada.elevate(wrong(ada.device.code())),
        ada.elevate(),
    ]
    seen = [one.status for one in answers]
    assert seen == [401, 415, 400, 413, 422, 403, 201]
    assert statuses() == {*seen, 503}
    assert operation()["x-permission"] == {"scope": "own", "proof": "password"}
    assert operation()["security"] == [{"session": []}, {"browser": [], "csrf": []}]
