"""`python -m local.template`: template.yaml with all functions as their folders declare them.

Only the part between the marker lines is rewritten. Each function gets its own role with its
declared rights, the variables for these, its triggers, and two outputs.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from keyfob.http.openapi import operations
from local.functions import ROOT, Declaration, Keys, declaration, names
from local.short_yaml import Flow, Tagged, dumped

TEMPLATE = ROOT / "template.yaml"
_BEGIN = (
    "  # Functions: written by `make template` from functions/*/function.yaml and the routes.\n"
)
_END = "  # End of what is written.\n"
_PIECE = re.compile(f"{re.escape(_BEGIN)}.*?{re.escape(_END)}", re.DOTALL)

# A seed is decrypted with its data key's name; the emulator has no encryption context.
_SEEDS = {"StringLike": {"kms:EncryptionContext:data_key": "????Q?"}}
# What is sealed for an outbox row is decrypted with the row's id: some decrypt effects' alone.
_SEALED_FOR = "kms:EncryptionContext:outbox"
_MAIL = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}"
_STREAM_ACTIONS = ["DescribeStream", "GetRecords", "GetShardIterator"]
_QUEUE_ACTIONS = ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"]
_PHONE_PARAMETERS = ["PHONE_PRICES", "PHONE_SENDER", "PHONE_CONFIGURATION_SET"]

Properties = dict[str, Any]
Route = tuple[str, str, str]  # method, path and operation id
PUBLIC, OPERATOR = "Api", "OperatorApi"  # the two APIs
Routes = Mapping[str, Iterable[Route]]  # by the API that serves them


def _ref(name: str) -> Tagged:
    return Tagged("!Ref", name)


def _sub(text: str) -> Tagged:
    return Tagged("!Sub", text)


def _output(stack: str, name: str) -> Tagged:
    return Tagged("!GetAtt", f"{stack}.Outputs.{name}")


def _part(stack: str, name: str, part: str) -> Tagged:
    """A resource of another stack, or (`heads/*`) a part of it."""
    return _sub(f"${{{stack}.Outputs.{name}}}/{part}") if part else _output(stack, name)


def _if(condition: str, then: Any) -> Tagged:
    return Tagged("!If", [condition, then, _ref("AWS::NoValue")])


def pascal(name: str) -> str:
    """`key_files` and `KEY_FILES` as `KeyFiles`."""
    return "".join(part.capitalize() for part in name.split("_"))


def variables(said: Declaration) -> Properties:
    """The environment variables that name a function's declared resources."""
    tables = dict.fromkeys(one.partition("/")[0] for one in said.tables)
    keys = dict.fromkeys(one.partition("/")[0] for one in said.keys)
    buckets = dict.fromkeys(one.partition("/")[0] for one in said.buckets)
    parameters = [
        *said.parameters,
        *(_PHONE_PARAMETERS if said.phone_messages else []),
        *(["SENDER_NAME", "SENDER_ADDRESS"] if said.mails else []),
    ]
    pool = ["USER_POOL", "USER_POOL_CLIENT"] if said.user_pool else []
    return {
        **{f"TABLE_{one.upper()}": _output("Data", f"{pascal(one)}Table") for one in tables},
        **{
            f"QUEUE_{one.upper()}": _output("Messaging", f"{pascal(one)}Queue")
            for one in said.sends
        },
        **{f"BUCKET_{one.upper()}": _output("Data", f"{pascal(one)}Bucket") for one in buckets},
        **{f"KEY_{one.upper()}": _output("Data", f"{pascal(one)}KeyArn") for one in keys},
        **{f"{one.upper()}_SECRET": _secret(one) for one in said.secrets},
        **{one: _output("Identity", pascal(one)) for one in pool},
        **{one: _ref(pascal(one)) for one in parameters},
    }


def _secret(name: str) -> Tagged:
    """A secret's name; empty for the front's where there is no front."""
    found = _output("Data", f"{pascal(name)}Secret")
    return Tagged("!If", ["HasFront", found, ""]) if name == "front" else found


def statements(said: Declaration) -> Iterator[Properties]:
    """The statements of a function's role."""
    yield from _rows(said.tables)
    if said.user_pool:
        yield _allow("cognito-idp", said.user_pool, _output("Identity", "UserPoolArn"))
    yield from _objects(said.buckets)
    for key, actions in said.keys.items():
        name, _, rows = key.partition("/")
        bound = {"StringLike": {_SEALED_FOR: rows}} if rows else _SEEDS if key == "seeds" else None
        when = _if("IsCloud", Flow(bound)) if bound else None
        yield _allow("kms", actions, _output("Data", f"{pascal(name)}KeyArn"), when)
    for secret in said.secrets:
        resource = _output("Data", f"{pascal(secret)}Secret")
        yield _allow("secretsmanager", ["GetSecretValue"], resource)
    for queue in said.sends:
        yield _sending(queue)
    if said.mails:
        yield _mailing()
    if said.phone_messages:
        # The service has no resource to name if any of the account's senders may be used.
        yield _allow("sms-voice", said.phone_messages, "*")
    yield from _receiving(said)


def _rows(tables: Mapping[str, Mapping[Any, Keys]]) -> Iterator[Properties]:
    for name, actions in tables.items():
        table, _, index = name.partition("/")
        resource = _part("Data", f"{pascal(table)}TableArn", f"index/{index}" if index else "")
        for keys, some in _by_keys(actions):
            yield _allow("dynamodb", some, resource, _bound(keys))


def _objects(buckets: Mapping[str, Sequence[str]]) -> Iterator[Properties]:
    for name, actions in buckets.items():
        bucket, _, part = name.partition("/")
        yield _allow("s3", actions, _part("Data", f"{pascal(bucket)}BucketArn", part))


def _by_keys(actions: Mapping[str, Keys]) -> Iterator[tuple[Keys, list[str]]]:
    """Actions grouped by the rows they are for."""
    together: dict[str, tuple[Keys, list[str]]] = {}
    for action, keys in actions.items():
        together.setdefault(str(keys), (keys, []))[1].append(action)
    yield from together.values()


def _bound(keys: Keys) -> Flow | None:
    if keys == "any":
        return None
    return Flow({"ForAllValues:StringLike": {"dynamodb:LeadingKeys": keys}})


def _allow(
    service: str, actions: Iterable[Any], resource: Any, condition: Any = None
) -> Properties:
    said = [f"{service}:{one}" if isinstance(one, str) else one for one in actions]
    statement = {"Effect": "Allow", "Action": said, "Resource": resource}
    return statement if condition is None else {**statement, "Condition": condition}


def _sending(queue: str) -> Properties:
    # The emulator treats the batch as an action of its own; AWS authorizes it as sqs:SendMessage.
    batch = _if("IsLocal", "sqs:SendMessageBatch")
    resource = _output("Messaging", f"{pascal(queue)}QueueArn")
    return _allow("sqs", ["SendMessage", batch], resource)


def _mailing() -> Properties:
    # Any identity that SES has verified, but only one sender address.
    resources = [_sub(f"{_MAIL}:{one}/*") for one in ("identity", "configuration-set")]
    from_us = Flow({"StringEquals": {"ses:FromAddress": _ref("SenderAddress")}})
    return _allow("ses", ["SendEmail", "SendRawEmail"], resources, from_us)


def _receiving(said: Declaration) -> Iterator[Properties]:
    if said.stream:
        yield _allow("dynamodb", _STREAM_ACTIONS, _stream(said.stream))
    if said.queue:
        yield _allow("sqs", _QUEUE_ACTIONS, _output("Messaging", f"{pascal(said.queue)}QueueArn"))


def _stream(table: str) -> Tagged:
    return _output("Data", f"{pascal(table)}StreamArn")


def routes_of(name: str) -> Routes:
    """A function's routes; the operators' are on an API of their own, which is IAM's alone."""
    return {PUBLIC: operations(name), OPERATOR: operations(name, for_operators=True)}


def events(said: Declaration, routes: Routes) -> Properties:
    """A function's triggers, except queue and stream, which are resources of their own."""
    found: Properties = {}
    for api, some in routes.items():
        for method, path, operation in some:
            served = {"RestApiId": _ref(api), "Method": method.lower(), "Path": path}
            found[pascal(operation)] = {"Type": "Api", "Properties": Flow(served)}
    if said.schedule:
        when = {"Schedule": said.schedule.at, "Description": said.schedule.description}
        found["Schedule"] = {"Type": "Schedule", "Properties": Flow(when)}
    if said.objects:
        found["Dropped"] = {
            "Type": "EventBridgeRule",
            "Properties": {"Pattern": _made(said.objects)},
        }
    return found


def _made(objects: str) -> Properties:
    bucket, _, prefix = objects.partition("/")
    return {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {
            "bucket": Flow({"name": [_output("Data", f"{pascal(bucket)}Bucket")]}),
            "object": Flow({"key": [{"prefix": prefix}]}),
        },
    }


def resources(name: str, said: Declaration, routes: Routes) -> Properties:
    """A function with its routes, and its source in a queue or stream."""
    role = {"Version": "2012-10-17", "Statement": list(statements(said))}
    properties = {
        "Description": said.description,
        "CodeUri": "functions/",
        "Handler": f"{name}.app.handler",
        "Timeout": said.timeout,
        "MemorySize": said.memory,
    }
    if said.retries is not None:
        properties["EventInvokeConfig"] = Flow({"MaximumRetryAttempts": said.retries})
    properties["Environment"] = {"Variables": variables(said)}
    if said.layers:
        layers = [_if("IsCloud", _ref(f"{pascal(one)}Layer")) for one in said.layers]
        properties["Layers"] = layers
    properties["Policies"] = [role]
    calls = events(said, routes)
    if calls:
        properties["Events"] = calls
    logical = f"{pascal(name)}Function"
    found = {logical: {"Type": "AWS::Serverless::Function", "Properties": properties}}
    for kind, feed in (("Queue", _queue(said)), ("Stream", _new_rows(said))):
        if feed:
            mapping = {"FunctionName": _ref(logical), **feed}
            found[f"{pascal(name)}{kind}"] = {
                "Type": "AWS::Lambda::EventSourceMapping",
                "Properties": mapping,
            }
    return found


def _queue(said: Declaration) -> Properties:
    if not said.queue:
        return {}
    return {
        "EventSourceArn": _output("Messaging", f"{pascal(said.queue)}QueueArn"),
        # One at a time: no message suffers from another's slow or failing outside call.
        "BatchSize": 1,
        "ScalingConfig": Flow({"MaximumConcurrency": said.concurrency}),
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
    }


def _new_rows(said: Declaration) -> Properties:
    if not said.stream:
        return {}
    return {
        "EventSourceArn": _stream(said.stream),
        "StartingPosition": "TRIM_HORIZON",
        "BatchSize": 100,
        "FilterCriteria": Flow({"Filters": [{"Pattern": '{"eventName": ["INSERT"]}'}]}),
    }


def outputs(name: str) -> Properties:
    """The addresses of a function and its role."""
    logical = f"{pascal(name)}Function"
    return {
        logical: Flow({"Value": _ref(logical)}),
        f"{pascal(name)}Role": Flow({"Value": Tagged("!GetAtt", f"{logical}Role.Arn")}),
    }


def written(template: str) -> str:
    """The template with the current declarations of all functions."""
    said = {name: declaration(name) for name in names()}
    blocks = [
        "\n".join(dumped(resources(name, one, routes_of(name))) for name, one in said.items()),
        "".join(dumped(outputs(name)) for name in said),
    ]
    pieces = iter(blocks)
    text, places = _PIECE.subn(lambda _: f"{_BEGIN}{next(pieces)}{_END}", template)
    if places != len(blocks):
        raise LookupError("the lines that frame resources and outputs are not there")
    return text


if __name__ == "__main__":
    sys.stdout.write(written(TEMPLATE.read_text(encoding="utf-8")))
