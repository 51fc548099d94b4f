"""The front's own pages, and the way through it to the deployed API."""

from __future__ import annotations

import http.client
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from werkzeug import Request, Response
from werkzeug.test import create_environ

from local.proxy import Proxy


def test_a_request_reaches_the_deployed_api_as_it_was(stage: Any) -> None:
    target = "/v1/orders/SO%2F1?cursor=a%20b&cursor=c"
    connection = http.client.HTTPConnection(urlsplit(stage.public).netloc, timeout=10)
    connection.request("PUT", target, b'{"a": 1}', {"Idempotency-Key": "k", "Connection": "X-Own"})
    assert connection.getresponse().read() == b""
    connection.close()
    [seen] = stage.emulator.seen
    assert (seen["method"], seen["body"]) == ("PUT", b'{"a": 1}')
    assert seen["target"] == f"/_aws/execute-api/a1b2c3d4{target}"
    assert seen["headers"]["Idempotency-Key"] == "k"
    assert seen["headers"]["X-Front-Secret"] == "front-secret"
    assert seen["headers"]["X-Forwarded-For"] == "127.0.0.1"


def test_a_clients_claim_about_its_address_is_replaced(stage: Any) -> None:
    claims = {"X-Forwarded-For": "203.0.113.9", "X-Front-Secret": "guess", "Connection": "X-Mine"}
    requests.get(f"{stage.public}/v1/session", headers=claims | {"X-Mine": "1"}, timeout=10)
    headers = stage.emulator.seen[0]["headers"]
    assert headers["X-Forwarded-For"] == "127.0.0.1"
    assert headers["X-Front-Secret"] == "front-secret"
    assert "X-Mine" not in headers


def test_an_answer_comes_back_as_it_was(stage: Any) -> None:
    problem = Response('{"code":"conflict"}', 409, content_type="application/problem+json")
    problem.headers.add("Set-Cookie", "a=1")
    problem.headers.add("Set-Cookie", "b=2")
    stage.emulator.response = lambda: problem
    answer = requests.post(f"{stage.public}/v1/orders", data=b"", timeout=10)
    assert (answer.status_code, answer.json()) == (409, {"code": "conflict"})
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.cookies.get_dict() == {"a": "1", "b": "2"}
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_body_without_a_length_arrives_whole(stage: Any) -> None:
    requests.post(f"{stage.public}/v1/orders", data=iter([b"one", b"two"]), timeout=10)
    assert stage.emulator.seen[0]["body"] == b"onetwo"


@pytest.mark.parametrize("behavior", ["refuses", "hangs"])
def test_s50_an_api_that_does_not_answer_is_a_bad_gateway(
    behavior: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.proxy.TIMEOUT_SECONDS", 0.2)
    with socket.socket() as emulator:
        emulator.bind(("127.0.0.1", 0))
        if behavior == "hangs":
            emulator.listen()
        address = f"http://127.0.0.1:{emulator.getsockname()[1]}"
        proxy = Proxy(emulator=address, api_id="a1b2c3d4", secret="front-secret")
        environ = create_environ("/v1/session") | {"RAW_URI": "/v1/session"}
        answer = proxy(Request(environ | {"REMOTE_ADDR": "127.0.0.1"}))
    assert answer.status_code == 502
    assert answer.mimetype == "application/problem+json"
    problem = answer.get_json()
    assert (problem["status"], problem["code"]) == (502, "bad_gateway")
    assert "is the emulator running?" in problem["detail"]


def test_the_start_page_shows_who_can_sign_in(stage: Any) -> None:
    assert "Who can sign in" not in requests.get(stage.public, timeout=10).text
    users = [{"user_id": "jo", "password": "<pw>", "who": "a holder"}]
    stage.welcome(users=users, **{"try": ["curl $URL/v1/session"]})
    page = requests.get(stage.public, timeout=10)
    assert "&lt;pw&gt;" in page.text
    assert "curl $URL/v1/session" in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/nothing", "/pay/cs_unknown", "/messagesx"])
def test_an_unknown_path_is_not_found(stage: Any, path: str) -> None:
    assert requests.get(stage.public + path, timeout=10).status_code == 404


def test_the_log_has_a_line_a_request_and_no_secret(
    stage: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    headers = {"Authorization": "Bearer a.b.c"}
    address = f"{stage.public}/v1/orders?token=secret"
    requests.post(address, json={"password": "pw"}, headers=headers, timeout=10)
    line = capfd.readouterr().out.strip()
    assert line.startswith("POST /v1/orders 200")
    assert not any(secret in line for secret in ("secret", "pw", "a.b.c"))


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/next-step", "What comes next"),
        ("/invitations/inv_1.secret", "An invitation"),
        ("/registrations/reg_1.secret", "A registration"),
    ],
)
def test_links_in_mails_lead_to_a_page_that_names_the_route_A1_A10(
    stage: Any, path: str, title: str
) -> None:
    shown = requests.get(stage.public + path, timeout=10)
    assert shown.status_code == 200
    assert f"<h1>{title}</h1>" in shown.text
    assert f"GET /v1{path}" in shown.text
