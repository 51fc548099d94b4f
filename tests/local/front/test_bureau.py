"""The credit bureau's double behind the front: its address, its switches, the number of requests.

The contract suite shows its answers.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
import requests

from keyfob.domain.proofing.bureau import Located, Person
from keyfob.domain.proofing.errors import BureauUnavailable
from keyfob.gateways.bureau import HttpBureau
from local.bureau_double import CLIENT_ID
from local.client import control

# The stage's, as for Stripe's double.
SECRET = "sk_test_1234567890"
PERSON = Person(
    legal_name="Katherine Coleman",
    born=date(1985, 8, 26),
    ssn="0001",
    street="34 Chestnut Avenue",
    city="Hampton",
    state="VA",
    postal_code="23661",
)


def a_bureau(stage: Any) -> HttpBureau:
    return HttpBureau(f"{stage.public}/_bureau", client_id=CLIENT_ID, client_secret=lambda: SECRET)


def asked(stage: Any) -> Any:
    return requests.get(f"{stage.public}/_control/bureau/requests", timeout=10).json()


def test_the_bureau_answers_behind_the_front_and_writes_nothing_S31(stage: Any) -> None:
    bureau = a_bureau(stage)
    begun = bureau.begin(PERSON, "prf_1")
    assert isinstance(begun, Located)
    assert bureau.questions(begun.reference)
    assert asked(stage) == {"tokens": 1, "begin": 1, "questions": 1, "answers": 0, "address": 0}
    written = b"".join(path.read_bytes() for path in stage.state.rglob("*") if path.is_file())
    assert begun.reference.encode() not in written
    assert b"Coleman" not in written


def test_the_bureau_can_fail_and_recover_S50(stage: Any) -> None:
    bureau = a_bureau(stage)
    control(stage.public, "bureau", {"answer": "error"})
    with pytest.raises(BureauUnavailable):
        bureau.begin(PERSON, "prf_1")
    control(stage.public, "bureau", {"answer": "normal"})
    assert isinstance(bureau.begin(PERSON, "prf_1"), Located)
    shown = requests.get(f"{stage.public}/_control/bureau", timeout=10).json()
    assert shown == {"answer": "normal", "seconds": 0.0}


@pytest.mark.parametrize("wrong", [{"answer": "sulk"}, {"mood": "bad"}])
def test_an_unknown_fault_is_refused(stage: Any, wrong: dict[str, str]) -> None:
    answer = requests.post(f"{stage.public}/_control/bureau", json=wrong, timeout=10)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/sessions", 401),
        ("GET", "/sessions/x/questions", 401),
        ("POST", "/oauth/token", 401),
        ("GET", "/sessions", 401),
        ("GET", "/", 401),
    ],
)
def test_without_a_token_or_client_nothing_is_answered(
    stage: Any, method: str, path: str, status: int
) -> None:
    answer = requests.request(method, f"{stage.public}/_bureau{path}", timeout=10)
    assert answer.status_code == status


PERSON_SENT = {
    "legal_name": "Katherine Coleman",
    "born": "1985-08-26",
    "ssn": "0001",
    "street": "34 Chestnut Avenue",
    "city": "Hampton",
    "state": "VA",
    "postal_code": "23661",
}
SEARCH: dict[str, Any] = {"reference": "prf_1", "person": PERSON_SENT}


def a_person(**changes: str) -> dict[str, Any]:
    return SEARCH | {"person": PERSON_SENT | changes}


@pytest.mark.parametrize(
    ("body", "key", "status"),
    [
        (SEARCH, "k", 200),
        (SEARCH, "", 400),
        ([], "k", 400),
        (None, "k", 400),
        ({"person": PERSON_SENT}, "k", 422),
        (SEARCH | {"person": "Katherine"}, "k", 422),
        (SEARCH | {"more": 1}, "k", 422),
        (a_person(phone="+12025550123"), "k", 422),
        (a_person(born="08/26/1985"), "k", 422),
        (a_person(ssn="987-65-0001"), "k", 422),
        (a_person(state="Virginia"), "k", 422),
    ],
)
def test_a_search_that_breaks_the_contract_is_refused_without_its_data(
    stage: Any, body: Any, key: str, status: int
) -> None:
    url = f"{stage.public}/_bureau"
    grant, client = {"grant_type": "client_credentials"}, (CLIENT_ID, SECRET)
    login = requests.post(f"{url}/oauth/token", grant, auth=client, timeout=10)
    answer = requests.post(
        f"{url}/sessions",
        b"{" if body is None else json.dumps(body),
        headers={
            "Authorization": f"Bearer {login.json()['access_token']}",
            "Idempotency-Key": key,
        },
        timeout=10,
    )
    assert answer.status_code == status
    assert not [one for one in PERSON_SENT.values() if one in answer.text]


def test_another_grant_and_an_unknown_route_are_refused(stage: Any) -> None:
    url, client = f"{stage.public}/_bureau", (CLIENT_ID, SECRET)
    for grant, status in (("password", 400), ("client_credentials", 200)):
        body = {"grant_type": grant}
        login = requests.post(f"{url}/oauth/token", body, auth=client, timeout=10)
        assert login.status_code == status
    headers = {"Authorization": f"Bearer {login.json()['access_token']}"}
    assert requests.get(f"{url}/more", headers=headers, timeout=10).status_code == 404
