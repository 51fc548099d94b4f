"""The operator's tools (G2, G4)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.deployment import Deployment, sample
from tests.support.fakes import unique
from tests.support.templates import ROOT
from tests.support.visitor import visitor

SAMPLES = sorted(path.stem for path in (ROOT / "events/operations").glob("*.json"))


def invoke(deployment: Deployment, event: dict[str, Any]) -> Any:
    return deployment.invoke("operations", event)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_is_understood(name: str, deployment: Deployment) -> None:
    assert "error" not in invoke(deployment, sample(f"operations/{name}"))


def test_each_operation_has_a_sample() -> None:
    from operations.requests import parser

    schema = json.dumps(parser.json_schema())
    for name in SAMPLES:
        assert f'"{sample(f"operations/{name}")["operation"]}"' in schema
    assert schema.count('"const"') == len(SAMPLES)


def test_seeding_again_adds_only_what_is_new_B1(deployment: Deployment) -> None:
    seed = sample("operations/seed")
    invoke(deployment, seed)
    nothing = {"partners": 0, "products": 0, "organizations": 0, "accounts": 0}
    assert invoke(deployment, seed) == nothing
    [account] = seed["accounts"]
    account |= {"user_id": unique("new")}
    assert invoke(deployment, seed) == nothing | {"accounts": 1}


@pytest.mark.parametrize(
    ("event", "field"),
    [
        ({}, ""),
        ({"operation": "drop_tables"}, ""),
        ({"operation": "verify_audit", "and": "more"}, "verify_audit.and"),
        ({"operation": "seed", "partner": []}, "seed.partner"),
        ({"operation": "seed", "accounts": [{"user_id": "x"}]}, "seed.accounts.0.user_id"),
        ({"operation": "revive_message", "message": "msg_1"}, "revive_message.message"),
    ],
)
def test_an_event_that_is_not_understood_changes_nothing_and_says_why(
    event: dict[str, Any], field: str, deployment: Deployment
) -> None:
    answer = invoke(deployment, event)
    assert "events/operations/" in answer["error"]
    assert not field or field in [one["field"] for one in answer["problems"]]


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("products", {"price": 0}),
        ("products", {"price": -1}),
        ("products", {"currency": "XXX"}),
        ("products", {"tax_rate": 10_001}),
        ("products", {"id": "Has Spaces"}),
        ("products", {"kind": "gold"}),
        ("accounts", {"email": "nobody"}),
        ("accounts", {"email": "a@b.example\nBcc: c@d.example"}),
        ("accounts", {"temporary_password": "short"}),
        ("accounts", {"roles": ["emperor"]}),
        ("organizations", {"country": "Germany"}),
    ],
)
def test_wrong_seed_data_is_refused_as_a_whole_S49(
    kind: str, change: dict[str, Any], deployment: Deployment
) -> None:
    seed = sample("operations/seed")
    seed["accounts"][0]["user_id"] = unique("never")
    seed[kind][0] |= change
    answer = invoke(deployment, seed)
    assert answer["problems"][0]["field"].startswith(f"seed.{kind}.0.{next(iter(change))}")
    table = deployment.values["TABLE_ACCOUNTS"]
    key = {"pk": {"S": f"USER#{seed['accounts'][0]['user_id']}"}, "sk": {"S": "-"}}
    assert "Item" not in deployment.client("dynamodb").get_item(TableName=table, Key=key)


def test_a_refused_event_is_not_repeated_in_answer_or_log_S47(
    deployment: Deployment, capsys: Any, caplog: Any
) -> None:
    seed = sample("operations/seed")
    seed["accounts"][0] |= {"temporary_password": "canary", "canary-field": "canary-value"}
    answer = json.dumps(invoke(deployment, seed))
    written = capsys.readouterr().out + str([one.__dict__ for one in caplog.records])
    assert "canary-value" not in answer + written


def test_reviving_what_is_not_dead_says_so_G3(deployment: Deployment) -> None:
    answer = invoke(deployment, sample("operations/revive_message"))
    assert answer["revived"] is False


def test_a_tampered_entry_is_reported_by_name_S48(deployment: Deployment) -> None:
    ada = visitor(deployment)
    order = ada.order().body
    dynamodb, table = deployment.client("dynamodb"), deployment.values["TABLE_AUDIT"]
    key = {"pk": {"S": f"ORDER#{order['number']}"}, "sk": {"S": "000000000001"}}
    item = dynamodb.get_item(TableName=table, Key=key)["Item"]
    dynamodb.put_item(TableName=table, Item={**item, "actor_id": {"S": "acc_eve"}})
    try:
        verdict = invoke(deployment, sample("operations/verify_audit"))
    finally:
        dynamodb.put_item(TableName=table, Item=item)
    assert verdict["intact"] is False
    assert any(order["number"] in fault for fault in verdict["faults"])
    mended = invoke(deployment, sample("operations/verify_audit"))
    assert not any(order["number"] in fault for fault in mended["faults"])
