"""Compares a function's requests to AWS with its role in the template.

It compares actions and, for tables, the keys that a statement is bound to; it does not distinguish
resources of other services. Source: the service authorization reference of each service.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from tests.support.templates import capability, functions, listed

# Action and the pattern of the partition keys that it is bound to.
Right = tuple[str, str]
ANY = "*"

# Prefixes of actions, by the SDK's name of the service.
PREFIXES = {
    "cognito-idp": "cognito-idp",
    "kms": "kms",
    "pinpoint-sms-voice-v2": "sms-voice",
    "s3": "s3",
    "secretsmanager": "secretsmanager",
    "sesv2": "ses",
    "sqs": "sqs",
}
# Actions with other names than the operations that need them.
_CALLED = {
    "GetObject": "GetObject*",  # of a version, too
    "HeadObject": "GetObject",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjectsV2": "ListBucket",
    "SendMessageBatch": "SendMessage",
    "DeleteMessageBatch": "DeleteMessage",
}


@cache
def rights_on_table(function: str, table: str) -> frozenset[Right]:
    """The rights of a function's role on a table: actions, and keys if they are bound."""
    found = set()
    for statement in _statements(function):
        if f"{table}TableArn" not in str(statement["Resource"]):
            continue
        keys = statement.get("Condition", {}).get("ForAllValues:StringLike", {})
        for action in statement["Action"]:
            for key in keys.get("dynamodb:LeadingKeys", [ANY]):
                found.add((action.removeprefix("dynamodb:"), key))
    return frozenset(found)


def fitting(function: str, table: str, action: str, key: str) -> set[Right]:
    """The rights that let a function do this with the rows under a partition key."""
    rights = rights_on_table(function, table)
    return {(may, keys) for may, keys in rights if may == action and fnmatchcase(key, keys)}


def asked_of_tables(operation: str, request: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Deployed table, action and partition key of everything in a DynamoDB request."""
    if operation == "TransactWriteItems":
        for item in request["TransactItems"]:
            [(kind, part)] = item.items()
            yield part["TableName"], f"{kind}Item", _key(part)
    elif operation == "BatchGetItem":
        for table, wanted in request["RequestItems"].items():
            for key in wanted["Keys"]:
                yield table, operation, key["pk"]["S"]
    elif operation == "Query":
        of_index = "IndexName" in request
        yield request["TableName"], operation, ANY if of_index else _partition(request)
    elif operation == "Scan":
        yield request["TableName"], operation, ANY
    else:
        yield request["TableName"], operation, _key(request)


@cache
def may(function: str, service: str, operation: str) -> bool:
    """Whether a function's role has the action that this operation of a service needs."""
    needed = f"{PREFIXES[service]}:{_CALLED.get(operation, operation)}"
    return any(
        fnmatchcase(action, needed)
        for statement in _statements(function)
        for one in listed(statement["Action"])
        for action in _actions(one)
    )


def _actions(said: Any) -> list[str]:
    """An action, or those of both branches of `!If`."""
    if isinstance(said, str):
        return [said]
    return [one for one in said["Fn::If"][1:] if isinstance(one, str)]


def _statements(function: str) -> Iterator[Mapping[str, Any]]:
    [role] = [one for one in functions().values() if capability(one) == function]
    for policy in role["Policies"]:
        yield from policy["Statement"]


def _partition(query: Mapping[str, Any]) -> str:
    return str(query["ExpressionAttributeValues"][":k"]["S"])


def _key(part: Mapping[str, Any]) -> str:
    return str(part.get("Key", part.get("Item"))["pk"]["S"])
