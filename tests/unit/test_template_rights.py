"""The functions' roles: what each may do, and nothing else (S52)."""

from __future__ import annotations

import json
import re

import pytest

from tests.support.templates import (
    allowed,
    functions,
    granting,
    resources,
    statements,
    users_of,
)

FUNCTIONS = functions()
TABLES = resources("AWS::DynamoDB::Table", "infra/data.yaml")
# Mail is sent from whichever identity SES has verified; a condition names the one address.
ALL_OF_A_KIND = r"(identity|configuration-set|forecasts|heads|incoming|reports)/\*"
# An account may have several senders, of which the service takes one; no resource names them all.
WITHOUT_RESOURCE = {"sms-voice:SendTextMessage", "sms-voice:SendVoiceMessage"}
# A holder's own act, and the clock's when nobody acts.
REVOKES = {"CredentialsFunction", "LifecycleWorkerFunction"}
READS = {"GetItem", "BatchGetItem", "Query", "Scan", "ConditionCheckItem"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_has_a_role_of_its_own_without_wildcards_S52(name: str) -> None:
    function = FUNCTIONS[name]
    assert "Role" not in function
    for actions, resource in statements(function):
        assert all(re.fullmatch(r"[a-z0-9-]+:[A-Za-z]+", action) for action in actions), actions
        if resource == "*":
            assert set(actions) <= WITHOUT_RESOURCE
            continue
        assert "*" not in re.sub(ALL_OF_A_KIND, "", json.dumps(resource))


def test_no_policy_comes_from_a_managed_list_S52() -> None:
    for function in FUNCTIONS.values():
        assert all("Statement" in policy for policy in function["Policies"])
        assert all(
            statement["Effect"] == "Allow"
            for policy in function["Policies"]
            for statement in policy["Statement"]
        )


def test_nobody_may_change_or_remove_an_audit_entry_S48() -> None:
    by_function = allowed("Audit")
    assert by_function
    for name, actions in by_function.items():
        assert actions <= READS | {"PutItem"}, name


def test_nobody_may_delete_rows_or_touch_tables_S52() -> None:
    for logical in TABLES:
        for name, actions in allowed(logical.removesuffix("Table")).items():
            moves = logical == "CredentialsTable" and name in REVOKES
            may = {"PutItem", "UpdateItem"} | ({"DeleteItem"} if moves else set())
            assert actions <= READS | may, name


def test_only_revocation_deletes_and_only_an_accounts_own_rows_F3_S52() -> None:
    # Tokens, batches and data keys stand in the same table and have to stay.
    granted = granting("dynamodb:DeleteItem")
    assert sorted(name for name, _ in granted) == sorted(REVOKES)
    for _, statement in granted:
        assert statement["Resource"] == {"Fn::GetAtt": ["Data", "Outputs.CredentialsTableArn"]}
        leading = {"dynamodb:LeadingKeys": ["ACCOUNT#*"]}
        assert statement["Condition"] == {"ForAllValues:StringLike": leading}


KEYS = {
    ("ElevationFunction", "UpdateItem"): ["ACCOUNT#*"],
    ("ElevationFunction", "GetItem"): ["ACCOUNT#*", "DATAKEY#*"],
    ("PhonesFunction", "PutItem"): ["RECEIPT#*"],
    ("PhonesFunction", "UpdateItem"): ["ACCOUNT#*"],
    ("RedemptionFunction", "PutItem"): ["ACCOUNT#*", "RECEIPT#*"],
    ("RedemptionFunction", "Query"): ["ACCOUNT#*"],
    ("ConnectionsFunction", "BatchGetItem"): ["ACCOUNT#*"],
    ("ConnectionsFunction", "ConditionCheckItem"): ["ACCOUNT#*"],
    ("RegistrationFunction", "PutItem"): ["RECEIPT#*"],
    ("RegistrationFunction", "UpdateItem"): ["ACCOUNT#*", "TOKEN#*"],
    ("CredentialsFunction", "PutItem"): ["ACCOUNT#*"],
    ("CredentialsFunction", "UpdateItem"): ["ACCOUNT#*", "TOKEN#*"],
    ("WebstoreFunction", "GetItem"): ["ACCOUNT#*"],
    ("WebstoreFunction", "BatchGetItem"): ["ACCOUNT#*"],
    ("PaymentWorkerFunction", "GetItem"): ["ACCOUNT#*"],
    ("PaymentWorkerFunction", "UpdateItem"): ["ACCOUNT#*"],
    ("NotifierFunction", "GetItem"): ["ACCOUNT#*"],
    ("LifecycleSweepFunction", "UpdateItem"): ["ACCOUNT#*"],
    ("LifecycleWorkerFunction", "GetItem"): ["ACCOUNT#*"],
    ("LifecycleWorkerFunction", "BatchGetItem"): ["TOKEN#*"],
    ("LifecycleWorkerFunction", "PutItem"): ["ACCOUNT#*"],
    ("LifecycleWorkerFunction", "UpdateItem"): ["ACCOUNT#*", "TOKEN#*"],
    ("OperationsFunction", "BatchGetItem"): ["ACCOUNT#*", "TOKEN#*", "BATCH#*"],
}


def test_who_connects_accounts_writes_connections_and_no_account_A8_S52() -> None:
    written = {
        action: statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
        for action in ("PutItem", "UpdateItem", "DeleteItem")
        for name, statement in granting(f"dynamodb:{action}")
        if name == "ConnectionsFunction" and "AccountsTableArn" in str(statement["Resource"])
    }
    assert written == {
        "PutItem": ["CONNECTION#*", "CHILDREN#*", "RECEIPT#*"],
        "UpdateItem": ["CONNECTION#*"],
    }


@pytest.mark.parametrize(("function", "action"), KEYS)
def test_who_serves_holders_writes_no_batch_and_no_data_key_S16_S52(
    function: str, action: str
) -> None:
    [condition] = [
        statement["Condition"]
        for name, statement in granting(f"dynamodb:{action}")
        if name == function and "CredentialsTableArn" in str(statement["Resource"])
    ]
    leading = {"dynamodb:LeadingKeys": KEYS[function, action]}
    assert condition == {"ForAllValues:StringLike": leading}


@pytest.mark.parametrize(
    ("function", "action"),
    [("RegistrationFunction", "GetItem"), ("OperationsFunction", "BatchGetItem")],
)
def test_who_looks_for_an_added_tokens_order_sees_no_license_key_S17_S52(
    function: str, action: str
) -> None:
    conditions = [
        statement["Condition"]
        for name, statement in granting(f"dynamodb:{action}")
        if name == function and "OrdersTableArn" in str(statement["Resource"])
    ]
    leading = {"dynamodb:LeadingKeys": ["ORDER#*"]}
    assert conditions == [{"ForAllValues:StringLike": leading}]


def test_who_may_open_a_sealed_message_is_the_notifier_alone_S17() -> None:
    assert users_of("kms:Decrypt", "MessagesKeyArn") == {"NotifierFunction"}
    assert users_of("kms:Encrypt") == users_of("kms:Encrypt", "MessagesKeyArn")
    assert users_of("kms:Encrypt") == {
        "PaymentWorkerFunction",
        "LifecycleWorkerFunction",
        "EffectsWorkerFunction",
        "RecoveryFunction",
        "PhonesFunction",
    }


def test_who_may_open_seeds_are_those_that_compare_or_import_them_S16() -> None:
    assert users_of("kms:Decrypt", "SeedsKeyArn") == {
        "ElevationFunction",
        "RegistrationFunction",
        "TokenImportFunction",
    }
    both = users_of("kms:Decrypt", "SeedsKeyArn") | users_of("kms:Decrypt", "MessagesKeyArn")
    assert users_of("kms:Decrypt") == both
    # A data key of any other name, or none at all, doesn't open under these roles.
    for name, statement in granting("kms:Decrypt"):
        if "SeedsKeyArn" in json.dumps(statement["Resource"]):
            named = {"StringLike": {"kms:EncryptionContext:data_key": "????Q?"}}
            assert statement["Condition"]["Fn::If"][:2] == ["IsCloud", named], name
    assert users_of("kms:GenerateDataKeyWithoutPlaintext") == {"TokenImportFunction"}


def test_who_may_sign_heads_and_hash_license_keys_and_codes_B5_S17_S48() -> None:
    assert users_of("kms:GenerateMac") == {
        "PaymentWorkerFunction",
        "LifecycleWorkerFunction",
        "RedemptionFunction",
        "RecoveryFunction",
        "PhonesFunction",
        "ElevationFunction",
    }
    assert users_of("kms:Sign") == {"AuditHeadsFunction"}


def test_who_may_reach_phones_S12_S52() -> None:
    assert users_of("sms-voice:SendVoiceMessage") == {"PhonesFunction"}
    assert users_of("sms-voice:SendTextMessage") == {"PhonesFunction", "NotifierFunction"}


def test_a_function_gets_the_tables_it_has_rights_on_and_no_others_S52() -> None:
    for name, function in FUNCTIONS.items():
        variables = function.get("Environment", {}).get("Variables", {})
        named = {one.removeprefix("TABLE_") for one in variables if one.startswith("TABLE_")}
        may = {
            logical.removesuffix("Table").upper()
            for logical in TABLES
            if name in allowed(logical.removesuffix("Table"))
        }
        assert named == may, name
