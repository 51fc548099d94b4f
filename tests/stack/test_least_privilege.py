"""The emulator enforces roles, and they are those of the template (S52, G4).

`tests/unit/test_template_rights_list.py` lists the functions that have each right.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.services import REGION
from local.stack import Stack
from tests.support.running.observed import ROLES
from tests.support.running.rows import TABLES
from tests.support.templates import decided, listed, named, policies

Clients = Callable[[str], Any]

KEY = {"pk": {"S": "TEST#least-privilege"}, "sk": {"S": "-"}}
CHANGE = {
    "Key": KEY,
    "UpdateExpression": "SET #a = :a",
    "ExpressionAttributeNames": {"#a": "action"},
    "ExpressionAttributeValues": {":a": {"S": "altered"}},
}
# No row has this key.
NEVER = {"ConditionExpression": "attribute_exists(pk)"}
OF_EVERY_FUNCTION = {"AWSLambdaBasicExecutionRole", "AWSXrayWriteOnlyAccess"}


@pytest.fixture
def as_role(stack: Stack) -> Callable[[str], Clients]:
    """`as_role("NotifierRole")("dynamodb")`: a client with that function's rights."""

    def assume(role: str) -> Clients:
        granted = stack.client("sts").assume_role(
            RoleArn=stack.outputs[role], RoleSessionName="least-privilege"
        )["Credentials"]
        session = boto3.Session(
            granted["AccessKeyId"],
            granted["SecretAccessKey"],
            granted["SessionToken"],
            region_name=REGION,
        )
        return lambda service: session.client(service, endpoint_url=stack.emulator_url)  # type: ignore[call-overload]  # any service

    return assume


def allowed(call: Callable[..., Any], **request: Any) -> bool:
    """Whether the call passed the permission check; its result doesn't matter here."""
    try:
        call(**request)
    except ClientError as error:
        return error.response["Error"]["Code"] not in {"AccessDeniedException", "AccessDenied"}
    return True


def deployed(stack: Stack, role: str) -> list[dict[str, Any]]:
    """Every statement of a role's own policies."""
    iam, name = stack.client("iam"), stack.outputs[role].rsplit("/", 1)[1]
    documents = [
        iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
    ]
    return [statement for document in documents for statement in document["Statement"]]


def setting(stack: Stack, function: str, name: str) -> str:
    configuration = stack.client("lambda").get_function_configuration(
        FunctionName=stack.outputs[function]
    )
    return str(configuration["Environment"]["Variables"][name])


def test_every_function_has_a_role_of_its_own_S52(stack: Stack) -> None:
    pages = stack.client("lambda").get_paginator("list_functions").paginate()
    used = [function["Role"] for page in pages for function in page["Functions"]]
    assert sorted(used) == sorted(stack.outputs[role] for role in ROLES)


def test_the_deployed_rights_are_those_of_the_template_without_wildcards_S52(stack: Stack) -> None:
    addresses: dict[str, set[str]] = {}
    for role in ROLES:
        function = role.replace("Role", "Function")
        wanted = [decided(one, "local") for name, one in policies() if name == function]
        found = deployed(stack, role)
        assert [_outline(one) for one in found] == [_outline(one) for one in wanted], role
        for said, statement in zip(wanted, found, strict=True):
            assert not any("*" in action for action in statement["Action"])
            names, given = listed(said["Resource"]), listed(statement["Resource"])
            for name, address in zip(names, given, strict=True):
                addresses.setdefault(named(name), set()).add(address)
    # Each name of the template is one address, and no address has two names.
    assert [name for name, given in addresses.items() if len(given) > 1] == []
    assert len(set.union(*addresses.values())) == len(addresses)
    for name in (f"{table.title()}Table" for table in TABLES):
        [address] = addresses[f"{name}Arn"]
        assert address.endswith(f":table/{stack.outputs[name]}")
    # The service doesn't choose among the account's senders of texts.
    assert [name for name, given in addresses.items() if given == {"*"}] == ["*"]


def _outline(statement: dict[str, Any]) -> tuple[str, list[str], Any]:
    """The parts that stay the same when names become addresses."""
    keys = statement.get("Condition", {}).get("ForAllValues:StringLike")
    return statement["Effect"], statement["Action"], keys


def test_no_role_has_more_from_a_managed_policy_than_logs_and_traces_S52(stack: Stack) -> None:
    iam = stack.client("iam")
    for role in ROLES:
        name = stack.outputs[role].rsplit("/", 1)[1]
        attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
        assert {one["PolicyName"] for one in attached} == OF_EVERY_FUNCTION, role


def test_the_notifier_reads_orders_and_can_not_change_them_S52(
    stack: Stack, as_role: Callable[[str], Clients]
) -> None:
    dynamodb, table = as_role("NotifierRole")("dynamodb"), stack.outputs["OrdersTable"]
    assert allowed(dynamodb.get_item, TableName=table, Key=KEY)
    assert not allowed(dynamodb.batch_get_item, RequestItems={table: {"Keys": [KEY]}})
    assert not allowed(dynamodb.update_item, TableName=table, **CHANGE, **NEVER)
    assert not allowed(dynamodb.put_item, TableName=table, Item=KEY, **NEVER)


def test_the_notifier_opens_sealed_secrets_and_can_not_seal_any_S17(
    stack: Stack, as_role: Callable[[str], Clients]
) -> None:
    key, context = setting(stack, "NotifierFunction", "KEY_MESSAGES"), {"outbox": "msg_test"}
    secret = {"KeyId": key, "Plaintext": b"a license key", "EncryptionContext": context}
    sealed = as_role("RecoveryRole")("kms").encrypt(**secret)["CiphertextBlob"]
    opening = {"KeyId": key, "CiphertextBlob": sealed, "EncryptionContext": context}
    assert allowed(as_role("NotifierRole")("kms").decrypt, **opening)
    assert not allowed(as_role("RecoveryRole")("kms").decrypt, **opening)
    assert not allowed(as_role("NotifierRole")("kms").encrypt, **secret)


def test_the_operators_tools_leave_reports_under_their_prefix_and_nowhere_else_G2(
    stack: Stack, as_role: Callable[[str], Clients]
) -> None:
    bucket, s3 = stack.outputs["ReportsBucket"], as_role("OperationsRole")("s3")
    assert allowed(s3.put_object, Bucket=bucket, Key="forecasts/never.html", Body=b"")
    assert not allowed(s3.put_object, Bucket=bucket, Key="never.html", Body=b"")
    assert not allowed(s3.delete_object, Bucket=bucket, Key="forecasts/never.html")


def test_the_relay_sends_to_its_own_queues_and_to_no_other_S52(
    stack: Stack, as_role: Callable[[str], Clients]
) -> None:
    sqs = as_role("OutboxRelayRole")("sqs")
    # An empty batch is always refused, from every sender.
    takes = {
        queue: allowed(sqs.send_message_batch, QueueUrl=stack.outputs[queue], Entries=[])
        for queue in ("PaymentsQueue", "MessagesQueue", "EffectsQueue", "LifecycleQueue")
    }
    assert [queue for queue, taken in takes.items() if taken] == ["MessagesQueue", "EffectsQueue"]


@pytest.mark.parametrize("role", ["CredentialsRole", "OperationsRole"])
def test_an_audit_entry_is_neither_updated_nor_deleted_nor_put_in_a_batch_G4(
    stack: Stack, as_role: Callable[[str], Clients], role: str
) -> None:
    dynamodb, table = as_role(role)("dynamodb"), stack.outputs["AuditTable"]
    delete = {"TableName": table, "Key": KEY}
    tries: dict[str, Callable[[], Any]] = {
        "put": lambda: dynamodb.put_item(TableName=table, Item=KEY, **NEVER),
        "update": lambda: dynamodb.update_item(TableName=table, **CHANGE),
        "delete": lambda: dynamodb.delete_item(**delete),
        "update in a transaction": lambda: dynamodb.transact_write_items(
            TransactItems=[{"Update": {"TableName": table, **CHANGE}}]
        ),
        "delete in a transaction": lambda: dynamodb.transact_write_items(
            TransactItems=[{"Delete": delete}]
        ),
        "delete in a batch": lambda: dynamodb.batch_write_item(
            RequestItems={table: [{"DeleteRequest": {"Key": KEY}}]}
        ),
        "put in a batch, without condition": lambda: dynamodb.batch_write_item(
            RequestItems={table: [{"PutRequest": {"Item": KEY}}]}
        ),
        "delete the table": lambda: dynamodb.delete_table(TableName=table),
    }
    assert [what for what, call in tries.items() if allowed(call)] == ["put"]
