"""Key files dropped in the deployed bucket (G1, S16, S18)."""

from __future__ import annotations

import io
import json
import secrets
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from pskc import PSKC

from local.client import eventually
from local.services import REGION
from local.stack import Stack
from tests.support.running.observed import log_lines

PROFILE = "urn:ietf:params:xml:ns:keyprov:pskc:"
PASSWORD, KEY = "a password for this batch", secrets.token_bytes(16)


@pytest.fixture(scope="module")
def bucket(stack: Stack) -> Iterator[str]:
    """The bucket; the keys for the files under `vendor/` are in the secret."""
    entries = {"vendor/": {"key": KEY.hex()}, "vendor/p-": {"password": PASSWORD}}
    keeper, name = stack.client("secretsmanager"), stack.outputs["KeyFilesSecretName"]
    keeper.put_secret_value(SecretId=name, SecretString=json.dumps(entries))
    yield stack.outputs["KeyFilesBucket"]
    keeper.put_secret_value(SecretId=name, SecretString="{}")


@pytest.fixture
def drop(stack: Stack, bucket: str) -> Any:
    """`drop(name, content)`: the report, as an object and as text."""
    s3 = stack.client("s3")

    def dropping(name: str, content: bytes | str) -> tuple[dict[str, Any], str]:
        for suffix in ("json", "txt"):
            s3.delete_object(Bucket=bucket, Key=f"reports/{name}.report.{suffix}")
        body = content.encode() if isinstance(content, str) else content
        s3.put_object(Bucket=bucket, Key=f"incoming/{name}", Body=body)

        def report(suffix: str) -> str:
            key = f"reports/{name}.report.{suffix}"
            try:
                return str(s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode())
            except s3.exceptions.NoSuchKey:
                return ""

        text = eventually(lambda: report("txt"), seconds=60, what=f"the report on {name}")
        return json.loads(report("json")), text

    return dropping


def tokens(stack: Stack, prefix: str) -> dict[str, dict[str, Any]]:
    """The rows of the tokens whose serial number begins so."""
    found: dict[str, dict[str, Any]] = {}
    pages = stack.client("dynamodb").get_paginator("scan")
    for page in pages.paginate(TableName=stack.outputs["CredentialsTable"], ConsistentRead=True):
        for item in page["Items"]:
            if item["pk"]["S"].startswith(f"TOKEN#{prefix}"):
                found[item["pk"]["S"].removeprefix("TOKEN#")] = item
    return found


def table(prefix: str, count: int) -> str:
    lines = [
        f"{prefix}-{number:04d},{secrets.token_hex(20)},totp,sha1,8,30," for number in range(count)
    ]
    return "\n".join(["serial,secret_hex,type,algorithm,digits,period,counter", *lines, ""])


def container(prefix: str, count: int) -> PSKC:
    pskc = PSKC()
    for number in range(count):
        pskc.add_key(
            id=f"{prefix}{number}",
            serial=f"{prefix}-{number:04d}",
            algorithm=f"{PROFILE}{'totp' if number % 2 else 'hotp'}",
            secret=secrets.token_bytes(20),
            response_length=8,
            response_encoding="DECIMAL",
            counter=0,
            time_interval=30,
        )
    return pskc


def written(pskc: PSKC) -> bytes:
    output = io.BytesIO()
    pskc.write(output)
    return output.getvalue()


def test_g1_a_table_becomes_tokens_and_the_same_again_changes_nothing(
    stack: Stack, drop: Any
) -> None:
    content = table("CSV", 230)
    report, text = drop("some folder/a+b %20.csv", content)
    assert (report["outcome"], report["tokens"], report["added"]) == ("imported", 230, 230)
    assert "230" in text
    found = tokens(stack, "CSV-")
    assert len(found) == 230
    again, _ = drop("again.csv", content)
    assert (again["outcome"], again["batch"]) == ("already_imported", report["batch"])
    assert tokens(stack, "CSV-") == found


@pytest.mark.parametrize("name", ["vendor/p-1.xml", "vendor/k-1.pskc"])
def test_g1_encrypted_containers_are_opened_with_what_the_secret_holds(
    stack: Stack, drop: Any, name: str
) -> None:
    prefix = f"PSKC{name[7].upper()}"
    pskc = container(prefix, 5)
    if "p-" in name:
        pskc.encryption.setup_pbkdf2(PASSWORD)
    else:
        pskc.encryption.setup_preshared_key(key=KEY)
    report, _ = drop(name, written(pskc))
    assert (report["outcome"], report["added"]) == ("imported", 5)
    assert len(tokens(stack, f"{prefix}-")) == 5


def test_s18_a_refused_file_leaves_no_token_and_says_why_without_a_secret(
    stack: Stack, drop: Any
) -> None:
    content = table("BAD", 3) + "BAD-9,0011,totp,sha1,8,30,\n"
    report, text = drop("bad.csv", content)
    assert (report["outcome"], report["tokens"]) == ("refused", 0)
    assert [one["row"] for one in report["reasons"]] == [5]
    assert "row 5" in text
    assert tokens(stack, "BAD-") == {}
    for line in content.splitlines()[1:4]:
        assert line.split(",")[1] not in text + json.dumps(report)


def test_s18_entities_are_refused(drop: Any) -> None:
    dtd = b'<!DOCTYPE KeyContainer [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    report, _ = drop("entities.xml", dtd + written(container("XXE", 1)).split(b"?>", 1)[1])
    assert "entities" in report["reasons"][0]["text"]


def test_s47_no_seed_password_or_key_is_in_any_table_or_log(stack: Stack, drop: Any) -> None:
    content = table("LOG", 2)
    drop("log.csv", content)
    pskc = container("LOGX", 2)
    pskc.encryption.setup_pbkdf2(PASSWORD)
    drop("vendor/p-log.xml", written(pskc))
    wanted = [PASSWORD, KEY.hex(), *(line.split(",")[1] for line in content.splitlines()[1:])]
    raw = [bytes.fromhex(one) for one in wanted[2:]] + [key.secret or b"" for key in pskc.keys]
    rows = list(tokens(stack, "LOG").values())
    assert len(rows) == 4
    assert not any(secret in row["seed"]["B"] for row in rows for secret in raw)
    said = repr(rows) + "".join(log_lines(stack))
    assert not [one for one in wanted if one in said]


def test_s48_imports_are_in_the_audit_trail_and_it_holds(stack: Stack, drop: Any) -> None:
    report, _ = drop("audited.csv", table("AUD", 2))
    found = stack.client("dynamodb").query(
        TableName=stack.outputs["AuditTable"],
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"BATCH#{report['batch']}"}},
    )["Items"]
    assert [one["action"]["S"] for one in found] == ["batch.begun", "batch.imported"]
    assert found[0]["actor_kind"]["S"] == "operator"
    verdict = stack.invoke("OperationsFunction", {"operation": "verify_audit"})
    assert not [fault for fault in verdict["faults"] if "BATCH" in fault or "TOKEN" in fault]


def allowed(call: Any, **request: Any) -> bool:
    try:
        call(**request)
    except ClientError as error:
        return error.response["Error"]["Code"] not in {"AccessDeniedException", "AccessDenied"}
    return True


def test_s16_only_who_imports_or_verifies_may_unwrap_data_keys(stack: Stack, bucket: str) -> None:
    variables = stack.client("lambda").get_function_configuration(
        FunctionName=stack.outputs["TokenImportFunction"]
    )["Environment"]["Variables"]
    key, context = variables["KEY_SEEDS"], {"data_key": "2026Q4"}
    wrapped = stack.client("kms").generate_data_key(
        KeyId=key, KeySpec="AES_256", EncryptionContext=context
    )["CiphertextBlob"]
    for output, role in stack.outputs.items():
        if not output.endswith("Role"):
            continue
        granted = stack.client("sts").assume_role(RoleArn=role, RoleSessionName="seeds")
        access = granted["Credentials"]
        session = boto3.Session(
            access["AccessKeyId"],
            access["SecretAccessKey"],
            access["SessionToken"],
            region_name=REGION,
        )
        kms = session.client("kms", endpoint_url=stack.emulator_url)
        s3 = session.client("s3", endpoint_url=stack.emulator_url)
        imports = output == "TokenImportRole"
        opens = imports or output in {"ElevationRole", "RegistrationRole"}
        assert opens is allowed(
            kms.decrypt, KeyId=key, CiphertextBlob=wrapped, EncryptionContext=context
        ), output
        assert imports is allowed(
            kms.generate_data_key_without_plaintext,
            KeyId=key,
            KeySpec="AES_256",
            EncryptionContext=context,
        ), output
        assert imports is allowed(s3.get_object, Bucket=bucket, Key="incoming/never"), output
        assert not allowed(s3.put_object, Bucket=bucket, Key="incoming/x.csv", Body=b""), output
        assert not allowed(s3.get_object, Bucket=bucket, Key="reports/x"), output
