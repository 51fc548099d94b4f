"""A proofing is said by mail, and disputed by its link (C2, C5, F5; SP 800-63A-4, 3.1.10)."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest

from tests.support.deployment import Deployment, later, of_its_own, sample
from tests.support.fake_bureau import ANSWERS
from tests.support.proofing import Candidate, a_candidate
from tests.support.recovering import mailed
from tests.support.takeover import operate
from tests.support.visitor import Answer, Visitor

__all__ = ["of_its_own"]

_LINK = re.compile(r"/v1/disputes/([\w-]{43})\b")


@pytest.fixture
def ada(deployment: Deployment) -> Candidate:
    """Somebody whose identity a bureau's questions have proven."""
    one = a_candidate(deployment)
    chosen = one.call("choose_proofing", {"method": "instant", "consent": True})
    one.proofing = str(chosen.body["id"])
    one.call("identify", json.loads(sample("api/identify")["body"]) | {"ssn": "111-22-1111"})
    done = one.call("answer_questions", {"answers": ANSWERS})
    assert done.body["state"] == "proofed"
    return one


def user_id_of(who: Candidate) -> str:
    return who.holder.visitor.user_id


def link(deployment: Deployment, who: Candidate) -> str:
    """The token of the one link that was mailed."""
    texts = [text for _, text in mailed(deployment, user_id_of(who))]
    [token] = {one for text in texts for one in _LINK.findall(text)}
    return str(token)


def page(deployment: Deployment, method: str, token: str) -> Answer:
    return Visitor(deployment=deployment).request(method, f"/disputes/{token}")


def shown(who: Candidate) -> tuple[str, int, str | None]:
    body = who.holder.shown()
    return body["status"], body["level"], body["suspended_by"]


def test_it_was_not_me_stops_the_credential_until_an_operator_lifts_it(
    ada: Candidate, deployment: Deployment
) -> None:
    """C2, F5: reading the page changes nothing, its button counts once."""
    assert ada.activate().status == 200
    token = link(deployment, ada)
    asked = page(deployment, "GET", token)
    assert (asked.status, "<form" in asked.body) == (200, True)
    assert shown(ada) == ("active", 3, None)
    for _ in range(2):
        done = page(deployment, "POST", token)
        assert (done.status, "<form" in done.body) == (200, False)
    assert shown(ada) == ("suspended", 2, "system")
    assert "<form" not in page(deployment, "GET", token).body
    refused = ada.holder.call("reenable_credential")
    assert (refused.status, refused.code) == (403, "suspended_by_others")
    told = [subject for subject, _ in mailed(deployment, user_id_of(ada))]
    assert told.count("Your credential was suspended") == 1
    operate(deployment, "lift_suspension", user_id_of(ada))
    assert shown(ada) == ("active", 3, None)
    assert page(deployment, "POST", token).status == 404, "an operator has decided"
    assert shown(ada) == ("active", 3, None)


def test_before_the_activation_it_keeps_the_level_away(
    ada: Candidate, deployment: Deployment
) -> None:
    """C2, C5: whoever was proofed in somebody's name can't activate."""
    token = link(deployment, ada)
    assert page(deployment, "POST", token).status == 200
    refused = ada.activate()
    assert (refused.status, refused.code) == (403, "credential_suspended")
    again = ada.call("choose_proofing", {"method": "instant", "consent": True})
    assert (again.status, again.code) == (409, "no_proofing_needed")
    operate(deployment, "revoke_credential", user_id_of(ada))
    assert page(deployment, "GET", token).status == 404, "nothing is left to stop"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_lasts_for_30_days(method: str, ada: Candidate, deployment: Deployment) -> None:
    """C2: an older, altered or made-up one is unknown, and changes nothing."""
    token = link(deployment, ada)
    assert page(deployment, method, "x" * 43).status == 404
    later(deployment, seconds=timedelta(days=30).total_seconds())
    answer = page(deployment, method, token)
    assert (answer.status, "help@keyfob.example" in answer.body) == (404, True)


def test_the_token_is_in_no_row_and_no_log(
    ada: Candidate, deployment: Deployment, capfd: pytest.CaptureFixture[str]
) -> None:
    """S17: the hash alone is kept, the mail's row seals it."""
    token = link(deployment, ada)
    page(deployment, "POST", token)
    said = capfd.readouterr()
    assert token not in said.out + said.err
    assert token not in str(deployment.engine.snapshot(deployment.tables))


def test_an_operator_lifts_only_causes_of_the_systems(
    ada: Candidate, deployment: Deployment
) -> None:
    """F5: the holder's own cause is the holder's."""
    ada.activate()
    assert ada.holder.call("suspend_credential").status == 200
    event = sample("operations/lift_suspension", user_id=user_id_of(ada))
    assert deployment.invoke("operations", event)["error"] == "suspended_by_others"
    refused = deployment.invoke("operations", {**event, "cause": "holder"})
    assert refused["problems"][0]["field"].endswith("cause")
    assert shown(ada) == ("suspended", 3, "holder")
