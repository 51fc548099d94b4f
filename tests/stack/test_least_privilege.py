"""One role a function: what each may not do, tried with its own credentials (S16, S17, S52, G4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.services import REGION
from local.stack import Stack
from tests.stack.observed import ROLES, TABLES
from tests.stack.rights import (
    HASHES,
    MAY_CHANGE,
    MAY_CREATE,
    MAY_READ,
    READS_STRIPE_SECRET,
    REVOKES,
    SEALS,
    SETS_PASSWORDS,
)

Clients = Callable[[str], Any]

KEY = {"pk": {"S": "TEST#least-privilege"}, "sk": {"S": "-"}}
CHANGE = {
    "Key": KEY,
    "UpdateExpression": "SET #a = :a",
    "ExpressionAttributeNames": {"#a": "action"},
    "ExpressionAttributeValues": {":a": {"S": "altered"}},
}


@pytest.fixture(params=ROLES)
def role(request: pytest.FixtureRequest) -> str:
    """The name of the output that names a function's role."""
    return str(request.param)


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
    """Whether the call got past its permission; how it went on doesn't matter here."""
    try:
        call(**request)
    except ClientError as error:
        return error.response["Error"]["Code"] not in {"AccessDeniedException", "AccessDenied"}
    return True


def statements(stack: Stack, role: str) -> list[dict[str, Any]]:
    """Everything that a role's own policies say."""
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


def test_s52_every_function_has_a_role_of_its_own(stack: Stack) -> None:
    functions = stack.client("lambda").list_functions()["Functions"]
    used = [function["Role"] for function in functions]
    assert sorted(used) == sorted(stack.outputs[role] for role in ROLES)


def test_s52_no_role_has_a_wildcard_action_or_resource(stack: Stack, role: str) -> None:
    for statement in statements(stack, role):
        resources = statement["Resource"]
        listed = [resources] if isinstance(resources, str) else resources
        assert not any("*" in action for action in statement["Action"])
        # Which of the account's senders a text comes from isn't for us to say.
        assert "*" not in listed or all(one.startswith("sms-voice:") for one in statement["Action"])


def test_s52_each_table_is_read_added_to_and_changed_by_those_who_must(
    stack: Stack, as_role: Callable[[str], Clients], role: str
) -> None:
    dynamodb = as_role(role)("dynamodb")
    never = {"ConditionExpression": "attribute_exists(pk)"}
    reads, creates, changes = set(), set(), set()
    for table in TABLES:
        name = stack.outputs[table]
        one = allowed(dynamodb.get_item, TableName=name, Key=KEY)
        if one or allowed(dynamodb.batch_get_item, RequestItems={name: {"Keys": [KEY]}}):
            reads.add(table)
        if allowed(dynamodb.put_item, TableName=name, Item=KEY, **never):
            creates.add(table)
        if allowed(dynamodb.update_item, TableName=name, **CHANGE, **never):
            changes.add(table)
    assert reads == {table for table, roles in MAY_READ.items() if role in roles}
    assert creates == {table for table, roles in MAY_CREATE.items() if role in roles}
    assert changes == {table for table, roles in MAY_CHANGE.items() if role in roles}


def test_g4_nobody_may_update_or_delete_an_audit_entry(
    stack: Stack, as_role: Callable[[str], Clients], role: str
) -> None:
    dynamodb, table = as_role(role)("dynamodb"), stack.outputs["AuditTable"]
    delete = {"TableName": table, "Key": KEY}
    tries: dict[str, Callable[[], Any]] = {
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
    assert [what for what, call in tries.items() if allowed(call)] == []


def test_only_what_ends_a_credential_may_delete_and_only_where_credentials_are(
    stack: Stack, as_role: Callable[[str], Clients], role: str
) -> None:
    dynamodb = as_role(role)("dynamodb")
    for table in TABLES:
        delete = {"TableName": stack.outputs[table], "Key": KEY}
        in_batch = {stack.outputs[table]: [{"DeleteRequest": {"Key": KEY}}]}
        may = role in REVOKES and table == "CredentialsTable"
        transaction = [{"Delete": delete}]
        assert allowed(dynamodb.delete_item, **delete) is may, table
        assert allowed(dynamodb.transact_write_items, TransactItems=transaction) is may, table
        assert not allowed(dynamodb.batch_write_item, RequestItems=in_batch), table


def test_s16_tokens_and_data_keys_are_deleted_by_nobody(stack: Stack, role: str) -> None:
    """Only rows of accounts may go.

    The emulator doesn't know what a request's keys are, so that this can't be tried there: what
    counts on AWS is what the deployed policy says.
    """
    deletions = [one for one in statements(stack, role) if "dynamodb:DeleteItem" in one["Action"]]
    expected = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["ACCOUNT#*"]}}
    wanted = [expected] if role in REVOKES else []
    assert [(one["Effect"], one.get("Condition")) for one in deletions] == [
        ("Allow", condition) for condition in wanted
    ]


def test_the_notifier_can_not_change_orders(
    stack: Stack, as_role: Callable[[str], Clients]
) -> None:
    dynamodb, table = as_role("NotifierRole")("dynamodb"), stack.outputs["OrdersTable"]
    assert allowed(dynamodb.get_item, TableName=table, Key=KEY)
    assert not allowed(dynamodb.update_item, TableName=table, **CHANGE)
    assert not allowed(dynamodb.put_item, TableName=table, Item=KEY)


def test_s17_only_the_notifier_opens_sealed_secrets_and_it_can_not_seal(
    stack: Stack, as_role: Callable[[str], Clients], role: str
) -> None:
    key, context = setting(stack, "NotifierFunction", "KEY_MESSAGES"), {"outbox": "msg_test"}
    sealed = stack.client("kms").encrypt(
        KeyId=key, Plaintext=b"a license key", EncryptionContext=context
    )["CiphertextBlob"]
    kms = as_role(role)("kms")

    opens = allowed(kms.decrypt, KeyId=key, CiphertextBlob=sealed, EncryptionContext=context)
    seals = allowed(kms.encrypt, KeyId=key, Plaintext=b"another", EncryptionContext=context)

    assert opens is (role == "NotifierRole")
    assert seals is (role in SEALS)


def test_s17_only_who_makes_or_takes_license_keys_and_codes_may_hash_them(
    stack: Stack, as_role: Callable[[str], Clients], role: str
) -> None:
    key = setting(stack, "PaymentWorkerFunction", "KEY_MAC")
    kms = as_role(role)("kms")
    hashes = allowed(kms.generate_mac, KeyId=key, MacAlgorithm="HMAC_SHA_256", Message=b"a guess")
    assert hashes is (role in HASHES)


def test_s12_who_may_send_texts_and_place_calls(stack: Stack, role: str) -> None:
    """The emulator knows no such service: what counts on AWS is what the deployed policy says."""
    said = [action for one in statements(stack, role) for action in one["Action"]]
    sends = {action for action in said if action.startswith("sms-voice:")}
    may = {
        "PhonesRole": {"sms-voice:SendTextMessage", "sms-voice:SendVoiceMessage"},
        "NotifierRole": {"sms-voice:SendTextMessage"},
    }
    assert sends == may.get(role, set())


def test_s19_the_stripe_secret_is_read_by_those_who_speak_to_stripe(
    stack: Stack, as_role: Callable[[str], Clients], role: str
) -> None:
    secrets, name = as_role(role)("secretsmanager"), stack.outputs["StripeSecretName"]
    assert allowed(secrets.get_secret_value, SecretId=name) is (role in READS_STRIPE_SECRET)
    assert not allowed(secrets.put_secret_value, SecretId=name, SecretString="{}")


def test_only_signing_in_resetting_and_recovering_touch_passwords(
    stack: Stack, as_role: Callable[[str], Clients], role: str
) -> None:
    pool = setting(stack, "SessionFunction", "USER_POOL")
    cognito = as_role(role)("cognito-idp")
    sets = allowed(
        cognito.admin_set_user_password,
        UserPoolId=pool,
        Username="nobody-at-all",
        Password="another good password",
    )
    reads = allowed(cognito.list_users, UserPoolId=pool)
    assert (sets, reads) == (role in SETS_PASSWORDS, False)


def test_s48_signed_heads_are_made_by_one_function_and_removed_by_none(
    stack: Stack, as_role: Callable[[str], Clients], role: str
) -> None:
    bucket, name = stack.outputs["HeadsBucket"], "heads/never.json"
    key = setting(stack, "AuditHeadsFunction", "KEY_AUDIT")
    s3, kms = as_role(role)("s3"), as_role(role)("kms")
    signs = allowed(
        kms.sign,
        KeyId=key,
        Message=b"\0" * 32,
        MessageType="DIGEST",
        SigningAlgorithm="ECDSA_SHA_256",
    )
    # Whoever keeps heads keeps nothing else.
    elsewhere = allowed(s3.put_object, Bucket=bucket, Key="other", Body=b"")
    removes = allowed(s3.delete_object, Bucket=bucket, Key=name)
    assert (signs, elsewhere, removes) == (role == "AuditHeadsRole", False, False)


def test_g2_reports_are_left_by_the_operators_tools_and_nothing_else_is(
    stack: Stack, as_role: Callable[[str], Clients], role: str
) -> None:
    bucket, s3 = stack.outputs["ReportsBucket"], as_role(role)("s3")
    leaves = allowed(s3.put_object, Bucket=bucket, Key="forecasts/never.html", Body=b"")
    elsewhere = allowed(s3.put_object, Bucket=bucket, Key="never.html", Body=b"")
    reads = allowed(s3.get_object, Bucket=bucket, Key="forecasts/never.html")
    removes = allowed(s3.delete_object, Bucket=bucket, Key="forecasts/never.html")
    assert (leaves, elsewhere, reads, removes) == (role == "OperationsRole", False, False, False)


def test_each_queue_takes_messages_from_its_senders_only(
    stack: Stack, as_role: Callable[[str], Clients], role: str
) -> None:
    senders = {
        "PaymentsQueue": {"StripeWebhookRole"},
        "MessagesQueue": {"OutboxRelayRole", "LifecycleSweepRole"},
        "EffectsQueue": {"OutboxRelayRole", "LifecycleSweepRole"},
        "LifecycleQueue": {"LifecycleSweepRole"},
    }
    sqs = as_role(role)("sqs")
    # An empty batch is never taken, whoever sends it.
    takes = {
        queue
        for queue in senders
        if allowed(sqs.send_message_batch, QueueUrl=stack.outputs[queue], Entries=[])
    }
    assert takes == {queue for queue, roles in senders.items() if role in roles}
