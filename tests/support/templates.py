"""The deployed templates as data, so that tests and reality can't drift apart."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[2]
# The condition in words, by resource, function and action.
Rights = dict[str, dict[str, dict[str, str]]]


def template(name: str = "template.yaml") -> dict[str, Any]:
    """A template with its short intrinsics (`!Ref`) in their long form; read once."""
    return _parsed(name)


@cache
def _parsed(name: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml_parse((ROOT / name).read_text(encoding="utf-8"))
    return document


def resources(kind: str, name: str = "template.yaml") -> dict[str, dict[str, Any]]:
    """The resources of one type, by their logical id."""
    found = template(name)["Resources"].items()
    return {logical: resource for logical, resource in found if resource["Type"] == kind}


def functions() -> dict[str, dict[str, Any]]:
    """The properties of every function, by its logical id."""
    found = resources("AWS::Serverless::Function").items()
    return {logical: resource["Properties"] for logical, resource in found}


def capability(properties: dict[str, Any]) -> str:
    """The folder under `functions/` that a function's handler is in."""
    return str(properties["Handler"]).split(".")[0]


def routes(properties: dict[str, Any], api: str = "Api") -> set[tuple[str, str]]:
    """Method and path of a function's events from one of the APIs."""
    events = properties.get("Events", {}).values()
    return {
        (event["Properties"]["Method"].upper(), event["Properties"]["Path"])
        for event in events
        if event["Type"] == "Api" and event["Properties"]["RestApiId"] == {"Ref": api}
    }


def statements(properties: dict[str, Any]) -> Iterator[tuple[list[Any], Any]]:
    """Actions and resource of every statement in a function's role; `!If` gives both branches."""
    for policy in properties["Policies"]:
        for statement in policy["Statement"]:
            yield list(_flat(statement["Action"])), statement["Resource"]


def allowed(table: str) -> dict[str, set[str]]:
    """The rights of each function on a table or its indexes."""
    found: dict[str, set[str]] = {}
    for name, function in functions().items():
        for actions, resource in statements(function):
            if f"{table}TableArn" in json.dumps(resource):
                found.setdefault(name, set()).update(one.split(":")[1] for one in actions)
    return found


def granting(action: str) -> list[tuple[str, dict[str, Any]]]:
    """The functions with this right, and the statement of each role that grants it."""
    return [
        (name, statement)
        for name, function in functions().items()
        for policy in function["Policies"]
        for statement in policy["Statement"]
        if action in _flat(statement["Action"])
    ]


def users_of(action: str, key: str = "") -> set[str]:
    """The functions with this right (on the key of this name)."""
    return {
        name for name, statement in granting(action) if key in json.dumps(statement["Resource"])
    }


def policies() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every statement of every function's role, as the template has it."""
    for name, function in functions().items():
        for policy in function["Policies"]:
            yield from ((name, statement) for statement in policy["Statement"])


def services(stage: str) -> set[str]:
    """The services that any role gives any right on."""
    return {
        action.partition(":")[0]
        for _, statement in policies()
        for action in listed(decided(statement["Action"], stage))
    }


def rights(service: str, stage: str = "production") -> Rights:
    """The rights that roles give on a service (`dynamodb`), and under which condition.

    A resource is named by the output that it is: `OrdersTableArn/index/due`. A condition is given
    as the patterns of rows' keys, else as its own text; an empty one is none.
    """
    found: dict[str, dict[str, dict[str, set[str]]]] = {}
    for name, statement in policies():
        said = decided(statement, stage)
        when = _in_words(said.get("Condition", {}))
        for resource in map(named, listed(said["Resource"])):
            for action in listed(said["Action"]):
                of, _, what = action.partition(":")
                if of == service:
                    by_function = found.setdefault(resource, {})
                    by_function.setdefault(name, {}).setdefault(what, set()).add(when)
    return {
        resource: {
            name: {what: " or ".join(sorted(when)) for what, when in actions.items()}
            for name, actions in by_function.items()
        }
        for resource, by_function in found.items()
    }


def decided(value: Any, stage: str) -> Any:
    """The value on a stage, without the other branches of `!If`."""
    if isinstance(value, list):
        return [one for one in (decided(part, stage) for part in value) if one != _NOTHING]
    if not isinstance(value, dict):
        return value
    if "Fn::If" in value:
        condition, then, otherwise = value["Fn::If"]
        holds = {"IsLocal": stage == "local", "IsCloud": stage != "local"}[condition]
        return decided(then if holds else otherwise, stage)
    parts = {name: decided(part, stage) for name, part in value.items()}
    return {name: part for name, part in parts.items() if part != _NOTHING}


_NOTHING = {"Ref": "AWS::NoValue"}


def listed(value: Any) -> list[Any]:
    """One or several, as a list."""
    return value if isinstance(value, list) else [value]


def named(resource: Any) -> str:
    """A resource's output name, with the rest of its address."""
    match resource:
        case {"Fn::GetAtt": [_, str(output)]} if len(resource) == 1:
            return output.removeprefix("Outputs.")
        case {"Fn::Sub": str(text)} if len(resource) == 1:
            return re.sub(r"\$\{\w+\.Outputs\.(\w+)\}", r"\1", text)
    return str(resource)


def _in_words(condition: dict[str, Any]) -> str:
    match condition:
        case {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [_, *_] as keys, **others}} if (
            len(condition) == 1 and not others
        ):
            return " ".join(sorted(keys))
    return json.dumps(condition, sort_keys=True) if condition else ""


def _flat(actions: Any) -> Iterator[str]:
    for action in actions if isinstance(actions, list) else [actions]:
        if isinstance(action, dict) and "Fn::If" in action:
            yield from (one for one in action["Fn::If"][1:] if isinstance(one, str))
        else:
            yield action


def create_tables(client: Any, deployed: Callable[[str], str]) -> dict[str, str]:
    """Create the tables of `infra/data.yaml`; their names by their logical ones (`orders`).

    Args:
        client: a DynamoDB client.
        deployed: what a table is to be called.
    """
    names = {}
    for logical, table in resources("AWS::DynamoDB::Table", "infra/data.yaml").items():
        short = logical.removesuffix("Table").lower()
        names[short] = deployed(short)
        wanted = table["Properties"]
        same = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
        request = {name: wanted[name] for name in same if name in wanted}
        stream = wanted.get("StreamSpecification")
        if stream:
            request["StreamSpecification"] = {"StreamEnabled": True, **stream}
        client.create_table(TableName=names[short], **request)
    return names
