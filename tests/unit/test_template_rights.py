"""Roles have one form, and no role has certain rights (S52)."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.support.templates import (
    ROOT,
    allowed,
    functions,
    granting,
    policies,
    resources,
    rights,
    routes,
    statements,
    template,
)

FUNCTIONS = functions()
TEMPLATES = ("template.yaml", *sorted(f"infra/{one.name}" for one in ROOT.glob("infra/*.yaml")))
TABLES = resources("AWS::DynamoDB::Table", "infra/data.yaml")
# Mail is sent from whichever identity SES has verified; a condition names the one address.
ALL_OF_A_KIND = (
    r"(acknowledged|batches|checks|documents|identity|configuration-set|exports|forecasts|heads"
    r"|incoming|quarantine|reports|signed)/\*"
)
# An account may have several senders, of which the service takes one; no resource names them all.
WITHOUT_RESOURCE = {"sms-voice:SendTextMessage", "sms-voice:SendVoiceMessage"}
# The holder revokes, or somebody for the holder, or the clock; a partner is asked no more.
REVOKES = {
    "AdministrationFunction",
    "ApprovalsFunction",
    "CredentialsFunction",
    "LifecycleWorkerFunction",
    "OperationsFunction",
}
# A revocation moves the credential; a moved or canceled appointment gives its time back.
# So does one that a letter's code made needless, or one of an account with a new name.
FREES = {
    "AccountsFunction",
    *("ProofingFunction", "CredentialsFunction", "LifecycleWorkerFunction", "OperationsFunction"),
}
# A letter goes once it is mailed, or given up.
CLEARS = {"LettersFunction", "LifecycleWorkerFunction"}
# An account that is no administrator any more.
UNLISTS = {"AccountsFunction"}
# A person's data, once nobody uses the account.
ERASES = {"OperationsFunction"}
# What a registrant entered, once it is used or has ended.
FORGETS = {"LifecycleWorkerFunction", "OperationsFunction"}
# A reservation, or a place in the queue for a token.
SHIPS = {"LifecycleWorkerFunction", "OperationsFunction", "PaymentWorkerFunction"}
DELETES = {
    "Accounts": ERASES | UNLISTS,
    "Credentials": REVOKES,
    "Letters": CLEARS,
    "Members": ERASES,
    "Orders": SHIPS,
    "Proofing": FREES,
    "Registrations": FORGETS,
}
# The IAM action of each request; the same alone and in a transaction.
NEEDS = {
    "put": {"PutItem"},
    "update": {"UpdateItem"},
    "delete": {"DeleteItem"},
    "put or delete in a batch": {"BatchWriteItem"},
    "write in PartiQL": {"PartiQLInsert", "PartiQLUpdate", "PartiQLDelete"},
    "change or delete the table": {"UpdateTable", "UpdateTimeToLive", "DeleteTable"},
}


def passes(request: str, table: str) -> set[str]:
    """The functions whose roles allow this request to a table or its indexes, for some rows."""
    return {name for name, actions in allowed(table).items() if NEEDS[request] & actions}


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
        assert all(set(policy) == {"Version", "Statement"} for policy in function["Policies"])
    for name, statement in policies():
        assert set(statement) - {"Condition"} == {"Effect", "Action", "Resource"}, name
        assert statement["Effect"] == "Allow", name


def test_no_function_is_reached_or_empowered_past_its_policies_S52() -> None:
    usual = {
        *("Description", "CodeUri", "Handler", "Timeout", "MemorySize"),
        *("Environment", "Events", "Policies"),
    }
    for name, function in FUNCTIONS.items():
        more = {
            "TokenImportFunction": {"EventInvokeConfig"},
            "LettersFunction": {"EventInvokeConfig", "Layers"},
            "DocumentWorkerFunction": {"Layers"},
            "PurchaseOrdersFunction": {"EventInvokeConfig", "Layers"},
        }
        assert set(function) - usual == more.get(name, set()), name
    for name in ("TokenImportFunction", "LettersFunction", "PurchaseOrdersFunction"):
        assert FUNCTIONS[name]["EventInvokeConfig"] == {"MaximumRetryAttempts": 2}
    for name in ("DocumentWorkerFunction", "LettersFunction"):
        [typesetting] = FUNCTIONS[name]["Layers"]
        assert typesetting["Fn::If"][:2] == ["IsCloud", {"Ref": "TypesettingLayer"}]
    everywhere = {"Runtime", "Architectures", "Layers", "Tracing", "LoggingConfig", "Environment"}
    assert set(template()["Globals"]["Function"]) == everywhere
    assert set(template()["Globals"]) == {"Function"}


def _rights_of_resources() -> dict[str, Any]:
    """The resources of all templates that give or take rights otherwise, by their logical ids."""
    found = {}
    for name in TEMPLATES:
        for logical, resource in template(name)["Resources"].items():
            kind, wanted = resource["Type"], resource.get("Properties", {})
            own = [one for one in wanted if re.search("(?<!Redrive)Policy(Document)?$", one)]
            if own or "Connectors" in resource or re.search("::IAM::|Policy$|Permission", kind):
                found[logical] = {one: wanted[one] for one in own} or kind
    return found


OWN_ACCOUNT = {
    "Effect": "Allow",
    "Principal": {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}},
    "Action": "kms:*",
    "Resource": "*",
}
ALARMS = {
    "Effect": "Allow",
    "Principal": {"Service": "cloudwatch.amazonaws.com"},
    "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
    "Resource": "*",
    "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
}


def to_the_provider(action: Any, resource: Any, **more: Any) -> Any:
    """A statement for the letters' provider, in a deployment that has one."""
    allowed_ = {
        "Effect": "Allow",
        "Principal": {"AWS": {"Ref": "LetterProvider"}},
        "Action": action,
        "Resource": resource,
        **more,
    }
    return {"Fn::If": ["HasLetterProvider", allowed_, {"Ref": "AWS::NoValue"}]}


MAILING = to_the_provider(["kms:Decrypt", "kms:GenerateDataKey"], "*")


def test_the_letters_provider_reads_batches_and_puts_acknowledgments_and_nothing_else_S52() -> None:
    arn = {"Fn::GetAtt": ["LettersBucket", "Arn"]}
    said = _rights_of_resources()["LettersBucketPolicy"]["PolicyDocument"]["Statement"]
    assert said[1:] == [
        to_the_provider("s3:GetObject", {"Fn::Sub": "${LettersBucket.Arn}/batches/*"}),
        to_the_provider("s3:PutObject", {"Fn::Sub": "${LettersBucket.Arn}/acknowledged/*"}),
        to_the_provider("s3:ListBucket", arn, Condition={"StringLike": {"s3:prefix": "batches/*"}}),
    ]
    # What is sealed in rows has another key than the files have.
    opens = rights("kms")["LettersKeyArn"]
    assert [name for name, may in opens.items() if "Decrypt" in may] == ["LettersFunction"]


def test_a_key_leaves_its_use_to_roles_and_no_other_resource_gives_rights_S52() -> None:
    found = _rights_of_resources()
    keys = {
        *("MessagesKey", "SeedsKey", "MacKey", "AuditKey", "AlarmsKey"),
        *("LettersKey", "MailingKey", "StatementsFirstKey", "StatementsSecondKey"),
    }
    # Each refuses requests without TLS, as the tests of the buckets show.
    buckets = ("Documents", "KeyFiles", "Letters", "Reports", "Heads")
    assert set(found) - keys == {f"{one}BucketPolicy" for one in buckets}
    more = {"AlarmsKey": [ALARMS], "MailingKey": [MAILING]}
    for key in keys:
        said = [OWN_ACCOUNT, *more.get(key, [])]
        assert found[key] == {"KeyPolicy": {"Version": "2012-10-17", "Statement": said}}, key


def test_no_function_may_change_or_remove_an_audit_entry_G4_S48() -> None:
    assert [request for request in NEEDS if passes(request, "Audit")] == ["put"]


@pytest.mark.parametrize("table", TABLES)
def test_no_function_may_delete_rows_or_touch_tables_S52(table: str) -> None:
    short = table.removesuffix("Table")
    assert passes("delete", short) == DELETES.get(short, set())
    for request in ("put or delete in a batch", "write in PartiQL", "change or delete the table"):
        assert passes(request, short) == set(), request


@pytest.mark.parametrize(
    ("table", "functions", "keys"),
    # Tokens, batches and data keys stand in the same table and have to stay; so do cases.
    [
        # An erased person's numbers, user id and earlier names; nothing that others refer to.
        ("Credentials", REVOKES, {"ACCOUNT#*", "HOLD#*"}),
        (
            "Accounts",
            ERASES | UNLISTS,
            {"ADMINISTRATORS#*", "PARTNER_ADMINISTRATORS#*", "PERSONAL#*", "USER#*"},
        ),
        # Quarters of an hour, and what is to be done for an agent once it is done.
        ("Proofing", FREES, {"WEEK#*", "AGENT#*"}),
        ("Orders", SHIPS, {"STOCK#*"}),
        ("Registrations", FORGETS, {"REGISTRATION#*"}),
        ("Letters", CLEARS - {"LettersFunction"}, {"LETTERS"}),
    ],
)
def test_only_own_rows_and_quarters_of_an_hour_are_deleted_F3_S16_S33_S52(
    table: str, functions: set[str], keys: set[str]
) -> None:
    resource = {"Fn::GetAtt": ["Data", f"Outputs.{table}TableArn"]}
    granted = [
        (name, statement)
        for name, statement in granting("dynamodb:DeleteItem")
        if statement["Resource"] == resource and name != "LettersFunction"
    ]
    assert sorted(name for name, _ in granted) == sorted(functions)
    for _, statement in granted:
        leading = statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
        assert set(leading) <= keys


def test_the_connections_function_writes_connections_and_no_account_A8_S52() -> None:
    may = rights("dynamodb")["AccountsTableArn"]["ConnectionsFunction"]
    written = {key for action in ("PutItem", "UpdateItem") for key in may[action].split()}
    assert written == {"CONNECTION#*", "CHILDREN#*", "RECEIPT#*"}


@pytest.mark.parametrize("name", [name for name, one in FUNCTIONS.items() if routes(one)])
def test_functions_for_holders_write_no_batch_and_no_data_key_S16_S52(name: str) -> None:
    may = rights("dynamodb")["CredentialsTableArn"].get(name, {})
    for action in {"PutItem", "UpdateItem", "DeleteItem"} & set(may):
        theirs = {"ACCOUNT#*", "TOKEN#*", "RECEIPT#*", "HOLD#*", "FREEZE#*"}
        assert set(may[action].split()) <= theirs, action
        assert may[action], "without condition"


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
