"""Exports of accounts over the API (A5, S23, S24, S62)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.functions.test_accounts import entries, refused_acts
from tests.support.administrator import ADMINISTRATOR, Administrator, an_administrator
from tests.support.deployment import Deployment, later, of_its_own
from tests.support.fakes import unique
from tests.support.takeover import work_off_effects
from tests.support.token_holder import idempotent
from tests.support.visitor import PERMANENT, Answer, visitor

__all__ = ["of_its_own"]


@pytest.fixture
def alice(deployment: Deployment) -> Administrator:
    return an_administrator(deployment)


def request(alice: Administrator, key: str = "", **changes: Any) -> Answer:
    body = {"reason": "The yearly review of accounts", **changes}
    return alice.visitor.call("request_export", body, headers=idempotent(key))


def show(alice: Administrator, export: str) -> Answer:
    return alice.visitor.call("show_export", parameters={"export": export})


def test_an_export_is_written_fetched_by_who_asked_and_entered_A5_S24(
    alice: Administrator, deployment: Deployment
) -> None:
    bob = alice.colleague(first_name="=1+1", last_name="Zuse")
    asked = request(alice)
    assert (asked.status, set(asked.body)) == (202, {"id"})
    waiting = show(alice, asked.body["id"])
    assert (waiting.status, waiting.body["state"]) == (202, "writing")
    assert waiting.body.get("url") is None
    work_off_effects(deployment)
    ready = show(alice, asked.body["id"])
    assert (ready.status, ready.body["state"], ready.body["rows"]) == (200, "ready", 2)
    link = urlsplit(ready.body["url"])
    assert parse_qs(link.query)["X-Amz-Expires"] == ["300"]
    key = f"exports/{asked.body['id']}.csv"
    assert link.path.endswith(f"/{key}")
    file = deployment.client("s3").get_object(Bucket=deployment.values["BUCKET_REPORTS"], Key=key)
    lines = file["Body"].read().decode().splitlines()
    assert lines[2].startswith(f'"{bob.user_id}","\'=1+1 Zuse"')
    trail = {
        action: facts
        for action, facts in entries(deployment, f"ACTOR#{alice.account}")
        if action.startswith("export.")
    }
    about = {"export": asked.body["id"]}
    assert trail == {
        "export.requested": {**about, "reason": "The yearly review of accounts"},
        "export.fetched": about,
    }


def test_an_export_is_nobody_else_s_and_an_unknown_one_looks_the_same_S23(
    alice: Administrator, deployment: Deployment
) -> None:
    export = request(alice).body["id"]
    work_off_effects(deployment)
    bob = an_administrator(deployment, alice.organization)
    stranger = an_administrator(deployment)
    answers = [show(who, export) for who in (bob, stranger)]
    answers += [show(alice, one) for one in ("exp_00000000000000000000", "nonsense")]
    assert {(one.status, one.code) for one in answers} == {(404, "not_found")}
    assert len({json.dumps(one.body) for one in answers}) == 1
    asked = entries(deployment, f"ACTOR#{bob.account}")
    assert ("export.refused", {"asked": export}) in asked


def test_it_is_gone_after_a_day_A5(alice: Administrator, deployment: Deployment) -> None:
    export = request(alice).body["id"]
    work_off_effects(deployment)
    assert show(alice, export).status == 200
    later(deployment, days=1)
    alice.visitor.sign_in(PERMANENT)
    alice.elevate()
    assert show(alice, export).status == 404


def test_both_take_a_recent_code_and_asking_takes_a_reason_S24(
    alice: Administrator, deployment: Deployment
) -> None:
    assert request(alice, reason="").code == "invalid_input"
    export = request(alice).body["id"]
    later(deployment, minutes=10)
    assert request(alice).code == "elevation_required"
    assert show(alice, export).code == "elevation_required"
    # Asking is an act, fetching a read.
    assert refused_acts(deployment, alice.account) == [("export", "no id", "elevation_required")]
    first = visitor(
        deployment, organization=alice.organization, roles=list(map(str, ADMINISTRATOR))
    )
    refused = first.call("request_export", headers=idempotent())
    assert refused.code == "elevation_required"


def test_an_organization_has_so_many_exports_a_day_and_a_repeated_request_is_one_S62(
    alice: Administrator, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    from accounts import wiring

    use = wiring.exporting()
    monkeypatch.setattr(use, "_policy", replace(use._policy, exports_a_day=1))
    key = unique("idempotency-")
    first = request(alice, key)
    assert request(alice).code == "too_many_tries"
    assert request(alice, key).body == first.body
    assert request(an_administrator(deployment)).status == 202
