"""template.yaml has every function as its folder declares it, and no others."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from samtranslator.yaml_helper import yaml_parse
from yaml import YAMLError

from local.functions import ROOT, Declaration, declaration
from local.short_yaml import dumped
from local.template import outputs, resources, written

# A declaration as a developer would write it for a new function.
ADDED = """
description: Books appointments
tables:
  accounts: { GetItem: any }
  orders: { GetItem: ["ORDER#*"], PutItem: ["ORDER#*"], Query: any }
  orders/due: { Query: any }
keys: { mac: [GenerateMac] }
sends: [messages]
parameters: [PUBLIC_URL]
"""
ROUTES = {
    "Api": [("POST", "/appointments", "book_appointment")],
    "OperatorApi": [("GET", "/operator/appointments", "list_appointments")],
}


def declared(folder: Path, text: str) -> Declaration:
    (folder / "booking").mkdir()
    (folder / "booking" / "function.yaml").write_text(text, encoding="utf-8")
    return declaration("booking", folder=folder)


def added(folder: Path, text: str = ADDED) -> dict[str, Any]:
    """The resources of the function that this text declares, as AWS reads them."""
    part = dumped(resources("booking", declared(folder, text), ROUTES))
    document: dict[str, Any] = yaml_parse(part)
    return document


def test_the_template_kept_is_the_one_that_the_folders_declare() -> None:
    """A fresh process, as `make template` runs it: other tests import handlers with settings."""
    generated = subprocess.run(
        [sys.executable, "-m", "local.template"],
        env={
            "PYTHONPATH": f"{ROOT}:{ROOT}/layers/keyfob/python:{ROOT}/functions",
            "AWS_DEFAULT_REGION": "eu-central-1",
        },
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    kept = (ROOT / "template.yaml").read_text(encoding="utf-8")
    assert generated == kept, "template.yaml is stale: run `make template`"


def test_a_folder_with_a_declaration_is_a_function_with_a_role_and_its_variables(
    tmp_path: Path,
) -> None:
    properties = added(tmp_path)["BookingFunction"]["Properties"]
    assert properties["Handler"] == "booking.app.handler"
    assert set(properties["Environment"]["Variables"]) == {
        *("TABLE_ACCOUNTS", "TABLE_ORDERS", "KEY_MAC", "QUEUE_MESSAGES", "PUBLIC_URL")
    }
    assert properties["Events"]["BookAppointment"]["Properties"] == {
        "RestApiId": {"Ref": "Api"},
        "Method": "post",
        "Path": "/appointments",
    }
    assert properties["Events"]["ListAppointments"]["Properties"]["RestApiId"] == {
        "Ref": "OperatorApi"
    }
    assert set(yaml_parse(dumped(outputs("booking")))) == {"BookingFunction", "BookingRole"}


def test_each_action_is_bound_to_the_keys_that_stand_beside_it_S52(tmp_path: Path) -> None:
    [role] = added(tmp_path)["BookingFunction"]["Properties"]["Policies"]
    bound = {
        (action, str(statement["Resource"])): statement.get("Condition")
        for statement in role["Statement"]
        for action in map(str, statement["Action"])
    }
    orders = str({"Fn::GetAtt": ["Data", "Outputs.OrdersTableArn"]})
    index = str({"Fn::Sub": "${Data.Outputs.OrdersTableArn}/index/due"})
    rows = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["ORDER#*"]}}
    assert bound["dynamodb:PutItem", orders] == bound["dynamodb:GetItem", orders] == rows
    assert bound["dynamodb:Query", orders] is bound["dynamodb:Query", index] is None


@pytest.mark.parametrize(
    "mistaken",
    [
        "table: {}",
        "tables: { orders: { GetItem: all } }",
        "tables: { orders: [GetItem] }",
        "timeout: 901",
        "retries: 3",
        'memory: "512"',
        "tables: { acounts: { GetItem: any } }",
        "tables: { orders: { GetItm: any } }",
        "tables: { orders: { '*': any } }",
        "tables: { orders: { GetItem: [] } }",
        'tables: { orders: { Scan: ["ORDER#*"] } }',
        'tables: { orders/due: { Query: ["ORDER#*"] } }',
        "user_pool: ['*']",
        "sends: [mesages]",
        "keys: { mac: [Decryp] }",
        "description: twice",
    ],
)
def test_a_declaration_with_a_mistake_is_refused(mistaken: str, tmp_path: Path) -> None:
    with pytest.raises((ValidationError, YAMLError)):
        declared(tmp_path, f"description: Books appointments\n{mistaken}")


def test_a_template_without_its_frame_is_not_taken_for_written() -> None:
    with pytest.raises(LookupError, match="frame"):
        written("Resources: {}\n")
