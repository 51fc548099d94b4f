"""The templates: least privilege, nothing lost, nothing pretended (S48, S52)."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import Any

import boto3
import pytest
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from keyfob.domain.phones.number import Channel, prices_of
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.password import TEMPORARY_VALIDITY
from local.stack import PHONE_PRICES
from tests.support.templates import (
    ROOT,
    capability,
    functions,
    resources,
    routes,
    statements,
    template,
    users_of,
)

FUNCTIONS = functions()
APIS = resources("AWS::Serverless::Api")
API, OPERATOR_API = APIS["Api"]["Properties"], APIS["OperatorApi"]["Properties"]
DATA, MESSAGING = "infra/data.yaml", "infra/messaging.yaml"
TABLES = resources("AWS::DynamoDB::Table", DATA)
QUEUES = resources("AWS::SQS::Queue", MESSAGING)


def test_a_template_is_one_object_so_that_a_changed_right_is_seen_everywhere() -> None:
    assert template() is template("template.yaml")
    assert (
        functions()["SessionFunction"] is template()["Resources"]["SessionFunction"]["Properties"]
    )


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_kept_restorable_encrypted_and_protected_S52(name: str) -> None:
    table = TABLES[name]
    assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
    wanted = table["Properties"]
    assert wanted["DeletionProtectionEnabled"] == {"Fn::If": ["IsLocal", False, True]}
    # What is erased from letters must be gone: decision 42.
    restorable = {"PointInTimeRecoveryEnabled": name != "LettersTable"}
    assert wanted["PointInTimeRecoverySpecification"] == restorable
    assert wanted["SSESpecification"] == {"SSEEnabled": True}


def test_what_is_erased_from_letters_is_gone_C2_S31() -> None:
    table, bucket = TABLES["LettersTable"]["Properties"], BUCKETS["LettersBucket"]["Properties"]
    assert "StreamSpecification" not in table
    assert "GlobalSecondaryIndexes" not in table
    assert "VersioningConfiguration" not in bucket
    [rule] = bucket["LifecycleConfiguration"]["Rules"]
    assert (rule["Status"], rule["ExpirationInDays"]) == ("Enabled", 7)


def source(mapping: dict[str, Any]) -> str:
    """The output of another stack that an event source refers to."""
    parts = mapping["EventSourceArn"]["Fn::GetAtt"]
    return str(parts[-1]).split(".")[-1]


STATEFUL = {
    "AWS::DynamoDB::Table",
    "AWS::S3::Bucket",
    "AWS::KMS::Key",
    "AWS::SecretsManager::Secret",
    "AWS::Cognito::UserPool",
}


def test_every_stateful_resource_outlives_its_stack_S52() -> None:
    found = set()
    for name in ("template.yaml", DATA, "infra/identity.yaml"):
        for logical, resource in template(name)["Resources"].items():
            if resource["Type"] in STATEFUL:
                found.add(resource["Type"])
                assert resource["DeletionPolicy"] == "Retain", logical
                assert resource["UpdateReplacePolicy"] == "Retain", logical
    assert found == STATEFUL
    for logical in ("Data", "Identity"):
        assert template()["Resources"][logical]["DeletionPolicy"] == "Retain"


def test_passwords_are_protected_and_self_registration_is_off_S52() -> None:
    [pool] = resources("AWS::Cognito::UserPool", "infra/identity.yaml").values()
    wanted = pool["Properties"]
    assert wanted["DeletionProtection"] == {"Fn::If": ["IsLocal", "INACTIVE", "ACTIVE"]}
    assert wanted["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    rules = wanted["Policies"]["PasswordPolicy"]
    assert rules["MinimumLength"] == Policy().password_min_length
    assert rules["TemporaryPasswordValidityDays"] == TEMPORARY_VALIDITY.days
    assert not any(rules[f"Require{one}"] for one in ("Lowercase", "Symbols"))
    [client] = resources("AWS::Cognito::UserPoolClient", "infra/identity.yaml").values()
    assert client["Properties"]["PreventUserExistenceErrors"] == "ENABLED"


def test_only_sign_in_recovery_and_the_effect_of_a_revocation_set_passwords_F3() -> None:
    choosing = {"SessionFunction", "RecoveryFunction"}
    assert users_of("cognito-idp:AdminSetUserPassword") == choosing | {"EffectsWorkerFunction"}
    # The lease outlives the function: no new password is under way when the next change begins.
    for name in choosing:
        assert Policy().new_password_lease > timedelta(seconds=FUNCTIONS[name]["Timeout"])


def test_a_signed_head_cannot_be_altered_or_removed_for_years_S48() -> None:
    bucket = resources("AWS::S3::Bucket", DATA)["HeadsBucket"]
    wanted = bucket["Properties"]
    assert wanted["ObjectLockEnabled"] is True
    retention = wanted["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    assert retention["Mode"] == "COMPLIANCE"
    assert retention["Years"] >= 1
    assert wanted["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(wanted["PublicAccessBlockConfiguration"].values()) == {True}
    assert users_of("s3:PutObject", "HeadsBucketArn}/heads/*") == {"AuditHeadsFunction"}
    assert users_of("s3:PutObject", "HeadsBucketArn}/checks/*") == {"AuditCheckFunction"}
    assert not users_of("s3:PutObjectRetention")
    assert users_of("s3:DeleteObject", "HeadsBucketArn") == set()


def test_only_four_functions_delete_objects_and_only_their_own_G1_S18() -> None:
    of_signed_orders = {"PurchaseOrdersFunction", "EffectsWorkerFunction"}
    users = {"TokenImportFunction", "LettersFunction", *of_signed_orders}
    assert users_of("s3:DeleteObject") == users
    assert users_of("s3:DeleteObject", "DocumentsBucketArn") == of_signed_orders
    assert users_of("s3:DeleteObject", "DocumentsBucketArn}/signed/*") == {"EffectsWorkerFunction"}
    assert users_of("s3:DeleteObject", "LettersBucketArn") == {"LettersFunction"}
    assert users_of("s3:DeleteObject", "KeyFilesBucketArn") == {"TokenImportFunction"}
    # What is deleted is gone.
    assert "VersioningConfiguration" not in BUCKETS["KeyFilesBucket"]["Properties"]


BUCKETS = resources("AWS::S3::Bucket", DATA)


@pytest.mark.parametrize("name", BUCKETS)
def test_buckets_are_private_encrypted_and_reached_by_tls_only_on_the_cloud_S52(name: str) -> None:
    wanted = BUCKETS[name]["Properties"]
    assert set(wanted["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(wanted["PublicAccessBlockConfiguration"]) == 4
    [rule] = wanted["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    encryption = rule["ServerSideEncryptionByDefault"]
    if name == "LettersBucket":
        key = {"Fn::GetAtt": ["MailingKey", "Arn"]}
        assert encryption == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    else:
        assert encryption["SSEAlgorithm"] == "AES256"
    [policy] = [
        one
        for one in resources("AWS::S3::BucketPolicy", DATA).values()
        if one["Properties"]["Bucket"] == {"Ref": name}
    ]
    assert policy["Condition"] == "IsCloud"
    refusal, *others = policy["Properties"]["PolicyDocument"]["Statement"]
    assert bool(others) is (name == "LettersBucket")
    assert (refusal["Effect"], refusal["Principal"], refusal["Action"]) == ("Deny", "*", "s3:*")
    assert refusal["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    covered = [{"Fn::GetAtt": [name, "Arn"]}, {"Fn::Sub": f"${{{name}.Arn}}/*"}]
    assert refusal["Resource"] == covered


def test_pages_of_the_portal_alone_use_a_bucket_to_upload_and_to_fetch_B3_S49() -> None:
    shared = {name for name, one in BUCKETS.items() if "CorsConfiguration" in one["Properties"]}
    assert shared == {"DocumentsBucket"}
    rules = BUCKETS["DocumentsBucket"]["Properties"]["CorsConfiguration"]["CorsRules"]
    assert [one["AllowedMethods"] for one in rules] == [["POST"], ["GET"]]
    assert all(one["AllowedOrigins"] == [{"Ref": "PublicUrl"}] for one in rules)
    # A form has no header of its own; a guest's request keeps the order's token on its way.
    assert [one.get("AllowedHeaders", []) for one in rules] == [[], ["x-order-token"]]
    assert not any("ExposedHeaders" in one for one in rules)
    given = template()["Resources"]["Data"]["Properties"]["Parameters"]
    assert given["PublicUrl"] == {"Ref": "PublicUrl"}


@pytest.mark.parametrize("address", ["https://k.example/", "https://k.example/x", "*", "k.example"])
def test_the_portals_address_is_an_origin_S49(address: str) -> None:
    pattern = template()["Parameters"]["PublicUrl"]["AllowedPattern"]
    assert not re.fullmatch(pattern, address)
    for one in ("https://keyfob.example", "http://127.0.0.1:8080"):
        assert re.fullmatch(pattern, one)


@pytest.mark.parametrize(("name", "days"), [("KeyFilesBucket", 30), ("ReportsBucket", 90)])
def test_files_of_operators_are_deleted_after_a_while(name: str, days: int) -> None:
    rule, *_ = BUCKETS[name]["Properties"]["LifecycleConfiguration"]["Rules"]
    assert (rule["Status"], rule["ExpirationInDays"]) == ("Enabled", days)
    assert "VersioningConfiguration" not in BUCKETS[name]["Properties"]


def test_exports_of_accounts_are_deleted_after_a_day_and_so_are_their_unfinished_parts_A5() -> None:
    every, exports = BUCKETS["ReportsBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    assert (exports["Prefix"], exports["ExpirationInDays"], exports["Status"]) == (
        *("exports/", 1),
        "Enabled",
    )
    assert every["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}


def test_rows_that_end_by_themselves_are_named_where_they_are_written() -> None:
    ending = {name for name, table in TABLES.items() if "TimeToLive" in json.dumps(table)}
    assert ending == set(TABLES) - {"AuditTable"}
    for name in ending:
        ttl = TABLES[name]["Properties"]["TimeToLiveSpecification"]
        assert ttl == {"AttributeName": "expires", "Enabled": True}


def environment(function: dict[str, Any]) -> dict[str, Any]:
    everywhere = template()["Globals"]["Function"]["Environment"]["Variables"]
    return {**everywhere, **function.get("Environment", {}).get("Variables", {})}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_environment_of_each_function_stays_under_4_kb(name: str) -> None:
    # An ARN is about 100 characters, a queue's address at most 140; the policy is an operator's.
    # A user pool's id has at most 55 (`UserPoolId` in Cognito's API).
    guessed = {"POLICY": 1_000, "PUBLIC_URL": 200, "STRIPE_API_BASE": 200, "CLOCK_FILE": 200}
    guessed |= {"USER_POOL": 55}
    # A bucket's name has at most 63.
    guessed |= {one: 63 for one in environment(FUNCTIONS[name]) if one.startswith("BUCKET_")}
    size = sum(
        len(variable) + (len(value) if isinstance(value, str) else guessed.get(variable, 140))
        for variable, value in environment(FUNCTIONS[name]).items()
    )
    assert size < 4_096


def test_no_secret_stands_in_an_environment_or_a_parameter_S19_S63() -> None:
    for function in FUNCTIONS.values():
        for variable, value in environment(function).items():
            assert "resolve:" not in json.dumps(value), variable
    assert not [name for name, one in template()["Parameters"].items() if "NoEcho" in one]
    assert not [name for name in template()["Parameters"] if "Secret" in name]


def test_the_fronts_secret_exists_before_the_front_and_is_asked_for_with_one_S63() -> None:
    secret = resources("AWS::SecretsManager::Secret", DATA)["FrontSecret"]
    made = secret["Properties"]["GenerateSecretString"]
    assert (made["GenerateStringKey"], made["SecretStringTemplate"]) == ("current", "{}")
    assert made["PasswordLength"] >= 32
    assert "Condition" not in secret
    name = {"Fn::If": ["HasFront", {"Fn::GetAtt": ["Data", "Outputs.FrontSecret"]}, ""]}
    for one, function in FUNCTIONS.items():
        asks = routes(function) and one != "StripeWebhookFunction"
        assert environment(function).get("FRONT_SECRET") == (name if asks else None), one


@pytest.mark.parametrize("front", [True, False])
def test_floods_are_blocked_with_a_front_and_without_one_S63(front: bool) -> None:
    [firewall] = resources("AWS::WAFv2::WebACL", "infra/edge.yaml").values()
    rules = [_chosen(one, front=front) for one in firewall["Properties"]["Rules"]]
    limits = {
        rule["Name"]: _chosen(rule["Statement"]["RateBasedStatement"], front=front)
        for rule in rules
        if "RateBasedStatement" in rule.get("Statement", {})
    }
    assert all(one["Action"] == {"Block": {}} for one in rules if one.get("Name") in limits)
    assert limits["flood"]["AggregateKeyType"] == "IP"
    assert limits["flood"]["Limit"] == (20_000 if front else 2_000)
    assert set(limits) == ({"flood", "flood-behind-front"} if front else {"flood"})
    if front:
        behind = limits["flood-behind-front"]
        assert (behind["Limit"], behind["AggregateKeyType"]) == (2_000, "FORWARDED_IP")
    priorities = [rule["Priority"] for rule in rules if "Priority" in rule]
    assert len(set(priorities)) == len(priorities)


def _chosen(value: Any, *, front: bool) -> Any:
    """The value with its `!If` on HasFront decided."""
    if isinstance(value, dict) and "Fn::If" in value:
        condition, then, otherwise = value["Fn::If"]
        assert condition == "HasFront"
        return _chosen(then if front else otherwise, front=front)
    if isinstance(value, dict):
        return {name: _chosen(one, front=front) for name, one in value.items()}
    return value


def test_the_api_has_an_access_log_without_personal_data_S61() -> None:
    condition, setting, nothing = API["AccessLogSetting"]["Fn::If"]
    assert (condition, nothing) == ("IsCloud", {"Ref": "AWS::NoValue"})
    assert setting["DestinationArn"] == {"Fn::GetAtt": ["AccessLog", "Arn"]}
    assert set(json.loads(setting["Format"]).values()) == {
        "$context.requestId",
        "$context.requestTimeEpoch",
        "$context.httpMethod",
        # The route's pattern: its path would show ids.
        "$context.resourcePath",
        "$context.status",
        "$context.responseLatency",
        # The gateway's own refusal, if it was one.
        "$context.error.responseType",
    }
    assert resources("AWS::Logs::LogGroup")["AccessLog"]["Properties"]["RetentionInDays"] == 90


def test_no_trace_of_the_gateways_shows_a_path_which_may_hold_a_freeze_link_S47_S54() -> None:
    assert "TracingEnabled" not in API
    assert "TracingEnabled" not in OPERATOR_API


def test_many_refusals_of_the_api_raise_an_alarm_S61() -> None:
    found = resources("AWS::CloudWatch::Alarm", "infra/observability.yaml")
    alarm = found["ApiRefusalsAlarm"]["Properties"]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/ApiGateway", "4XXError")
    assert (alarm["Statistic"], alarm["Period"], alarm["Threshold"]) == ("Sum", 300, 500)
    assert alarm["AlarmActions"] == [{"Ref": "Alarms"}]


@pytest.mark.parametrize(
    ("name", "metric", "threshold"),
    [("OperatorRefusalsAlarm", "4XXError", 20), ("OperatorErrorsAlarm", "5XXError", 5)],
)
def test_refusals_and_failures_of_the_operators_api_raise_alarms_S61(
    name: str, metric: str, threshold: int
) -> None:
    alarm = resources("AWS::CloudWatch::Alarm", "infra/observability.yaml")[name]["Properties"]
    assert (alarm["MetricName"], alarm["Threshold"], alarm["Period"]) == (metric, threshold, 300)
    assert alarm["Dimensions"] == [{"Name": "ApiName", "Value": {"Ref": "OperatorApiName"}}]
    observed = template()["Resources"]["Observability"]["Properties"]["Parameters"]
    assert observed["OperatorApiName"] == OPERATOR_API["Name"]


@pytest.mark.parametrize("api", APIS)
def test_answers_of_the_gateway_itself_tell_browsers_to_come_by_tls_S63(api: str) -> None:
    for name, answer in APIS[api]["Properties"]["GatewayResponses"].items():
        headers = answer["ResponseParameters"]["Headers"]
        assert headers["Strict-Transport-Security"] == "'max-age=31536000'", name


@pytest.mark.parametrize("pretended", ["ClockFile", "StripeApiBase"])
def test_nothing_is_pretended_outside_the_local_stage(pretended: str) -> None:
    [rule] = template()["Rules"].values()
    assert rule["RuleCondition"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "Stage"}, "local"]}]}
    asserted = [one["Assert"] for one in rule["Assertions"]]
    assert {"Fn::Equals": [{"Ref": pretended}, ""]} in asserted
    assert template()["Parameters"][pretended]["Default"] == ""


MAPPINGS = {
    mapping["Properties"]["FunctionName"]["Ref"]: mapping["Properties"]
    for mapping in resources("AWS::Lambda::EventSourceMapping").values()
}
WORKERS = {name: mapping for name, mapping in MAPPINGS.items() if "Queue" in source(mapping)}


def test_each_worker_reports_which_messages_failed_S43() -> None:
    assert len(WORKERS) == 5
    for name, mapping in WORKERS.items():
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"], name


@pytest.mark.parametrize("name", WORKERS)
def test_each_workers_queue_sets_failed_messages_aside_S43(name: str) -> None:
    wanted = QUEUES[source(WORKERS[name]).removesuffix("Arn")]["Properties"]
    target = wanted["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
    dead = QUEUES[target]["Properties"]
    assert dead["MessageRetentionPeriod"] > wanted["MessageRetentionPeriod"]
    assert "RedrivePolicy" not in dead
    assert wanted["RedrivePolicy"]["maxReceiveCount"] >= 3
    visible = timedelta(seconds=wanted["VisibilityTimeout"])
    timeout = timedelta(seconds=FUNCTIONS[name]["Timeout"])
    assert visible > Policy().outbox_lease > timeout


@pytest.mark.parametrize("name", WORKERS)
def test_a_worker_may_read_its_own_queue_and_no_other_S52(name: str) -> None:
    read = [
        json.dumps(resource)
        for actions, resource in statements(FUNCTIONS[name])
        if "sqs:ReceiveMessage" in actions
    ]
    assert read == [json.dumps(WORKERS[name]["EventSourceArn"])]


def test_every_queue_is_encrypted_and_every_dead_letter_raises_an_alarm_G3() -> None:
    alarms = json.dumps(resources("AWS::CloudWatch::Alarm", "infra/observability.yaml"))
    for logical, queue in QUEUES.items():
        assert queue["Properties"]["SqsManagedSseEnabled"] is True
        if logical.endswith("DeadLetters"):
            assert f'"{logical}"' in alarms, logical


def test_the_stream_has_keys_only_and_of_new_rows_only_S47() -> None:
    stream = TABLES["OutboxTable"]["Properties"]["StreamSpecification"]
    assert stream == {"StreamViewType": "KEYS_ONLY"}
    [wanted] = MAPPINGS["OutboxRelayFunction"]["FilterCriteria"]["Filters"]
    assert json.loads(wanted["Pattern"]) == {"eventName": ["INSERT"]}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_function_is_a_folder_with_its_declaration_app_and_wiring(name: str) -> None:
    folder = ROOT / "functions" / capability(FUNCTIONS[name])
    assert FUNCTIONS[name]["Handler"] == f"{folder.name}.app.handler"
    assert {"app.py", "function.yaml", "wiring.py"} <= {one.name for one in folder.iterdir()}
    folders = {one.name for one in (ROOT / "functions").iterdir() if (one / "app.py").exists()}
    assert folders == {capability(one) for one in FUNCTIONS.values()}


def test_no_route_is_served_twice() -> None:
    served = [
        route for function in FUNCTIONS.values() for api in APIS for route in routes(function, api)
    ]
    assert len(served) == len(set(served))


def test_the_operators_api_has_their_routes_alone_and_the_public_one_none_of_them_G2() -> None:
    """A second stage of the public API would serve every public route past the front."""
    events = [
        event["Properties"]
        for function in FUNCTIONS.values()
        for event in function.get("Events", {}).values()
        if event["Type"] == "Api"
    ]
    assert {one["RestApiId"]["Ref"] for one in events} == {"Api", "OperatorApi"}
    for one in events:
        for_operators = one["Path"].startswith("/operator/")
        assert one["RestApiId"] == {"Ref": "OperatorApi" if for_operators else "Api"}, one
    # Nothing else opens a way to a function: no path of the API's own, no address of a function's.
    for api in (API, OPERATOR_API):
        assert not {"DefinitionBody", "DefinitionUri", "Domain", "Cors"} & api.keys()
    assert not any("FunctionUrlConfig" in function for function in FUNCTIONS.values())


def test_iam_authorizes_every_method_of_the_operators_api_and_of_no_other_G2_S60() -> None:
    # Callers invoke nothing by themselves: with a right to, they could name anybody as the caller.
    assert OPERATOR_API["Auth"] == {"DefaultAuthorizer": "AWS_IAM", "InvokeRole": "NONE"}
    assert "Auth" not in API
    for function in FUNCTIONS.values():
        for event in function.get("Events", {}).values():
            assert "Auth" not in event["Properties"]


def test_the_translated_operators_api_has_no_method_without_a_signature_G2() -> None:
    paths = translated("OperatorApi")["paths"]
    methods = [method for path in paths.values() for method in path.values()]
    assert methods
    assert all(one["security"] == [{"AWS_IAM": []}] for one in methods)
    assert not any("credentials" in one["x-amazon-apigateway-integration"] for one in methods)
    assert not any(
        "security" in method
        for path in translated("Api")["paths"].values()
        for method in path.values()
    )


@cache
def translated(api: str) -> Any:
    """The document of an API as SAM hands it to API Gateway."""
    document = copy.deepcopy(template())
    for function in document["Resources"].values():
        if function["Type"] == "AWS::Serverless::Function":
            function["Properties"]["CodeUri"] = "s3://bucket/code.zip"
        if function["Type"] == "AWS::Serverless::LayerVersion":
            function["Properties"]["ContentUri"] = "s3://bucket/code.zip"
    session = boto3.Session(region_name="eu-central-1")
    plain = Translator({}, Parser(), boto_session=session).translate(
        document, {}, passthrough_metadata=False
    )
    return plain["Resources"][api]["Properties"]["Body"]


def test_the_operators_access_log_says_who_called_and_outlives_the_stack_S60() -> None:
    condition, setting, _ = OPERATOR_API["AccessLogSetting"]["Fn::If"]
    assert condition == "IsCloud"
    said = set(json.loads(setting["Format"]).values())
    assert {"$context.identity.userArn", "$context.integration.requestId"} <= said
    assert not any("path" in one and "resourcePath" not in one for one in said)
    log = resources("AWS::Logs::LogGroup")["OperatorAccessLog"]
    assert (log["DeletionPolicy"], log["Properties"]["RetentionInDays"]) == ("Retain", 3653)


@pytest.mark.parametrize("api", APIS)
def test_whatever_the_gateway_refuses_by_itself_is_a_problem_S65(api: str) -> None:
    responses = APIS[api]["Properties"]["GatewayResponses"]
    assert {"DEFAULT_4XX", "DEFAULT_5XX"} <= responses.keys()
    for name, response in responses.items():
        kind = response["ResponseParameters"]["Headers"]["Content-Type"]
        [written] = response["ResponseTemplates"].values()
        problem = json.loads(written)
        assert kind == "'application/problem+json'", name
        assert problem["status"] == response["StatusCode"], name
        assert problem["type"] == f"urn:keyfob:problem:{problem['code']}", name
        assert problem["title"], name
        assert problem["detail"].endswith("."), name


def test_the_api_waits_no_longer_than_the_gateway_does() -> None:
    for name, function in FUNCTIONS.items():
        if routes(function):
            assert function["Timeout"] <= 30, name


def alarms(metric: str) -> dict[str, dict[str, Any]]:
    """The alarms on one of the service's metrics, by the `service` dimension."""
    found = resources("AWS::CloudWatch::Alarm", "infra/observability.yaml").values()
    watching = [one["Properties"] for one in found if one["Properties"]["MetricName"] == metric]
    assert all(one["Namespace"] == "Keyfob" for one in watching)
    assert all(one["AlarmActions"] == [{"Ref": "Alarms"}] for one in watching)
    return {
        dimension["Value"]: one
        for one in watching
        for dimension in one["Dimensions"]
        if dimension["Name"] == "service"
    }


def referred(node: Any) -> Iterator[str]:
    """Every name that a part of the template refers to."""
    if isinstance(node, dict):
        if set(node) == {"Ref"}:
            yield str(node["Ref"])
        for inner in node.values():
            yield from referred(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from referred(inner)


def test_every_parameter_that_a_function_gets_is_one_of_the_template() -> None:
    known = {*template()["Parameters"], *template()["Resources"]}
    names = {one for one in referred(template()) if not one.startswith("AWS::")}
    assert {"OperatorCountry", "OperatorZone"} <= names <= known


def test_a_registration_without_an_answer_raises_an_alarm_A3_G3() -> None:
    # As often as the clock counts it, in the function whose tests count it.
    [(service, alarm)] = alarms("RegistrationOverdue").items()
    assert (service, alarm["Statistic"], alarm["Threshold"]) == ("lifecycle_worker", "Sum", 1)


def test_a_license_key_that_was_not_mailed_raises_an_alarm_B5_G3() -> None:
    [(service, alarm)] = alarms("LicenseKeyUnsent").items()
    assert (service, alarm["Statistic"], alarm["Threshold"]) == ("lifecycle_worker", "Sum", 1)


def test_a_token_that_was_not_shipped_in_a_year_raises_an_alarm_B5_G3() -> None:
    [(service, alarm)] = alarms("LicenseKeyPostponed").items()
    assert (service, alarm["Statistic"], alarm["Threshold"]) == ("lifecycle_worker", "Sum", 1)


def test_a_clock_that_is_late_raises_an_alarm_S44_G3() -> None:
    [alarm] = alarms("SweepLag").values()
    assert set(alarms("SweepLag")) == {"lifecycle_sweep"}
    assert (alarm["Statistic"], alarm["ComparisonOperator"]) == (
        "Maximum",
        "GreaterThanOrEqualToThreshold",
    )
    # The sweep runs every five minutes: a due row normally waits no longer than that.
    assert 300 < alarm["Threshold"] <= 3_600
    assert alarm["TreatMissingData"] == "notBreaching", "a stopped clock has its own alarm"


@pytest.mark.parametrize(
    ("metric", "services"),
    [
        ("SignInFailed", {"session"}),
        ("RecoveryFailed", {"recovery"}),
        ("CodeWrong", {"elevation", "phones", "registration"}),
    ],
)
def test_many_failures_in_five_minutes_raise_an_alarm_S61(metric: str, services: set[str]) -> None:
    found = alarms(metric)
    assert set(found) == services
    for alarm in found.values():
        assert (alarm["Statistic"], alarm["ComparisonOperator"]) == (
            "Sum",
            "GreaterThanOrEqualToThreshold",
        )
        assert alarm["Period"] * alarm["EvaluationPeriods"] == 300
        assert 20 <= alarm["Threshold"] <= 100
        assert alarm["TreatMissingData"] == "notBreaching"


def test_an_unused_upgrade_raises_an_alarm_wherever_its_credential_ends_C6() -> None:
    found = alarms("UpgradeUnused")
    assert set(found) == {"administration", "credentials", "lifecycle_worker", "operations"}
    assert {(one["Statistic"], one["Threshold"]) for one in found.values()} == {("Sum", 1)}


def test_a_backlog_of_due_rows_raises_an_alarm_S44_G3() -> None:
    """The sweep's lag measures how late it found rows, not how late workers process them."""
    alarm = resources("AWS::CloudWatch::Alarm", "infra/observability.yaml")["ClockBacklogAlarm"]
    watched = alarm["Properties"]
    assert watched["MetricName"] == "ApproximateAgeOfOldestMessage"
    assert watched["Dimensions"] == [{"Name": "QueueName", "Value": {"Ref": "LifecycleQueue"}}]
    assert watched["AlarmActions"] == [{"Ref": "Alarms"}]
    assert 300 < watched["Threshold"] <= 3_600
    given = resources("AWS::CloudFormation::Stack")["Observability"]["Properties"]["Parameters"]
    assert given["LifecycleQueue"] == {"Fn::GetAtt": ["Messaging", "Outputs.LifecycleQueueName"]}


def test_a_clock_that_stands_still_raises_an_alarm_S44_G3() -> None:
    [alarm] = alarms("SweepRan").values()
    assert set(alarms("SweepRan")) == {"lifecycle_sweep"}
    assert (alarm["Statistic"], alarm["ComparisonOperator"], alarm["Threshold"]) == (
        "Sum",
        "LessThanThreshold",
        1,
    )
    assert 2 * 300 <= alarm["Period"] * alarm["EvaluationPeriods"] <= 3_600
    assert alarm["TreatMissingData"] == "breaching", "silence is what is being watched for"


def test_faults_of_the_audit_trail_raise_an_alarm_from_both_checks_S59() -> None:
    found = alarms("AuditFaults")
    assert set(found) == {"operations", "audit_check"}
    for alarm in found.values():
        assert (alarm["Statistic"], alarm["Threshold"]) == ("Sum", 1)
        assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
        assert (alarm["EvaluationPeriods"], alarm["TreatMissingData"]) == (1, "notBreaching")


@pytest.mark.parametrize(
    ("metric", "service"),
    [
        ("LetterNotAcknowledged", "lifecycle_worker"),
        ("LettersFailed", "letters"),
        ("LetterAcknowledgmentsRefused", "letters"),
    ],
)
def test_a_letter_that_nobody_gets_raises_an_alarm_C2(metric: str, service: str) -> None:
    [(name, alarm)] = alarms(metric).items()
    assert name == service
    assert (alarm["Statistic"], alarm["Threshold"]) == ("Sum", 1)
    assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert (alarm["EvaluationPeriods"], alarm["TreatMissingData"]) == (1, "notBreaching")


def test_a_letters_job_that_stops_raises_an_alarm_C2() -> None:
    [(name, alarm)] = alarms("LettersHandedOver").items()
    assert (name, alarm["Statistic"], alarm["TreatMissingData"]) == (
        "letters",
        "SampleCount",
        "breaching",
    )
    # It publishes every day, also when there is no letter.
    assert (alarm["Period"], alarm["EvaluationPeriods"]) == (86_400, 2)


def test_a_daily_check_that_stops_raises_an_alarm_S59() -> None:
    [alarm] = alarms("HoursChecked").values()
    assert set(alarms("HoursChecked")) == {"audit_check"}
    assert (alarm["Statistic"], alarm["ComparisonOperator"], alarm["Threshold"]) == (
        "Sum",
        "LessThanThreshold",
        1,
    )
    # Two runs fail: CloudWatch's days begin at midnight, the run comes at any time of them.
    assert (alarm["Period"], alarm["EvaluationPeriods"]) == (86_400, 2)
    assert alarm["TreatMissingData"] == "breaching"


@pytest.mark.parametrize(
    "metric",
    ["OrderRenewalRefused", "OrderAddedTokenRefused", "OrderLinesRefused", "OrderPaymentHeld"],
)
def test_money_that_bought_nothing_raises_an_alarm_from_every_finder_B7_S38(metric: str) -> None:
    found = alarms(metric)
    assert set(found) >= {"payment_worker", "lifecycle_worker"}
    for alarm in found.values():
        assert (alarm["Statistic"], alarm["Threshold"]) == ("Sum", 1)
        assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
        assert (alarm["EvaluationPeriods"], alarm["TreatMissingData"]) == (1, "notBreaching")


@pytest.mark.parametrize(
    "metric", ["RefundUnassigned", "RefundFailed", "RefundByBank", "PaymentDisputed"]
)
def test_money_that_goes_back_raises_an_alarm_from_every_finder_B4_S40(metric: str) -> None:
    finders = {"payment_worker", "lifecycle_worker", "effects_worker"}
    assert set(alarms(metric)) == finders
    assert all(alarm["Threshold"] == 1 for alarm in alarms(metric).values())


def test_a_refund_that_stripe_refuses_raises_an_alarm_G2() -> None:
    assert set(alarms("OrderRefundRefused")) == {"effects_worker"}


def test_a_dispute_about_an_absence_raises_an_alarm_from_either_side_C3() -> None:
    assert set(alarms("AppointmentDisputed")) == {"proofing", "agents"}


def test_a_room_that_was_given_up_raises_an_alarm_C3() -> None:
    assert set(alarms("AppointmentRoomGivenUp")) == {"lifecycle_worker"}


def test_an_order_that_the_provider_refuses_raises_an_alarm_from_every_finder_B4() -> None:
    assert set(alarms("OrderCheckoutRefused")) == {"webstore", "lifecycle_worker"}


def test_texts_and_calls_go_only_where_the_template_names_S13() -> None:
    offered = prices_of(template()["Parameters"]["PhonePrices"]["Default"])
    assert {country: set(price) for country, price in offered.items()} == {
        country: set(Channel) for country in ("US", "CA")
    }
    here = prices_of(json.dumps(PHONE_PRICES))
    assert set(here) == {"US", "CA", "DE", "GB"}


def test_each_table_is_named_among_the_stacks_outputs_G3() -> None:
    """Whoever looks at rows, as operators and tests do, finds a table's name there."""
    named = {one for one in template()["Outputs"] if one.endswith("Table")}
    assert named == set(TABLES)
