"""The deployed functions in this process: real handlers and wiring, AWS by moto, Stripe faked.

Each function sees exactly the variables that the template gives it.
"""

from __future__ import annotations

import copy
import importlib
import itertools
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from botocore.session import Session

from keyfob.gateways.aws import client as open_client
from keyfob.usecases.messages.notifier import no_enclosures
from keyfob.wiring.settings import Settings
from local.clock import LocalClock
from tests.support.between import Between
from tests.support.context import Context
from tests.support.dynamodb import Client, Engine
from tests.support.fake_bureau import FakeBureau
from tests.support.fake_rooms import FakeRooms
from tests.support.fakes import FakePayments, FakePhoneMessages
from tests.support.templates import (
    ROOT,
    capability,
    create_tables,
    functions,
    resources,
    template,
)
from tests.support.tokens import plenty

FRONT_SECRET = "the-fronts-secret"
WEBHOOK_SECRET = "whsec_functions"
STRIPE_KEY = "sk_test_x"
# The front's address; nothing listens there.
FRONT_PORT = 1
FRONT = f"http://127.0.0.1:{FRONT_PORT}"
_ACCOUNT, _REGION = "123456789012", "eu-central-1"
_QUEUES = ("payments", "messages", "effects", "lifecycle", "documents")
_SENDER = "no-reply@keyfob.example"
_numbers = itertools.count(1)


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """The surroundings of the functions."""

    name: str
    values: Mapping[str, str]
    session: Session
    between: Between
    engine: Engine
    clock: LocalClock
    provider: FakePayments
    phones: FakePhoneMessages
    bureau: FakeBureau
    rooms: FakeRooms
    _clients: dict[str, Any] = field(default_factory=dict)
    _opened: dict[tuple[Any, ...], Any] = field(default_factory=dict)

    @property
    def tables(self) -> list[str]:
        """The deployed names of all tables."""
        return [value for name, value in self.values.items() if name.startswith("TABLE_")]

    def rows(self, table: str) -> list[Any]:
        """Every row of the table `TABLE_<table>`; a scan ends after a megabyte of others' rows."""
        name = self.values[f"TABLE_{table.upper()}"]
        return self.engine.snapshot([name])[name]

    def client(self, service: str) -> Any:
        """A botocore client of the same AWS; making one takes longer than most requests."""
        if service not in self._clients:
            self._clients[service] = self.session.create_client(service)
        return self._clients[service]

    def open(self, service: str, **settings: Any) -> Any:
        """A client as functions have it; like their connections it outlives a new wiring."""
        key = (service, *settings.items())
        if key not in self._opened:
            self._opened[key] = open_client(service, **settings)
        return self._opened[key]

    def invoke(self, function: str, event: Mapping[str, Any]) -> Any:
        """The answer of the function's handler to the event."""
        return self.app(function).handler(copy.deepcopy(event), Context())

    def app(self, function: str) -> Any:
        """The function's module."""
        return importlib.import_module(f"{function}.app")

    def queued(self, queue: str) -> list[dict[str, Any]]:
        """Take the messages off a queue; moto's SQS API takes fifty times as long."""
        from moto.sqs.models import sqs_backends

        held = sqs_backends[_ACCOUNT][_REGION].queues[f"{queue}-{self.name}"]
        waiting = held.messages
        for message in waiting:
            message.mark_received(visibility_timeout=30)
            held.delete_message(str(message.receipt_handle))
        return [json.loads(message.body) for message in waiting]

    def mails(self) -> list[str]:
        """Every mail that was sent, raw, oldest first."""
        from moto.sesv2.models import sesv2_backends

        backend = sesv2_backends[_ACCOUNT][_REGION]
        return [str(message.raw_data) for message in backend.core_backend.sent_messages]


def sample(path: str, **changes: Any) -> dict[str, Any]:
    """A sample event from `events/`."""
    event: dict[str, Any] = json.loads((ROOT / "events" / f"{path}.json").read_text())
    return {**event, **changes}


def for_worker(name: str, *bodies: Mapping[str, Any]) -> dict[str, Any]:
    """The sample event of a worker with these messages in it."""
    event = sample(f"workers/{name}")
    [pattern] = event["Records"]
    records = [
        {**pattern, "messageId": f"message-{number}", "body": json.dumps(body)}
        for number, body in enumerate(bodies)
    ]
    return {**event, "Records": records}


def failed(answer: Mapping[str, Any]) -> list[str]:
    """The messages that a worker gives back to its queue."""
    return [one["itemIdentifier"] for one in answer["batchItemFailures"]]


@pytest.fixture(scope="session")
def hooks(aws: Session) -> Between:
    """The hooks of the botocore session."""
    return Between(aws)


@pytest.fixture(scope="session")
def deployment(
    aws: Session,
    hooks: Between,
    engine: Engine,
    dynamodb: Client,
    tmp_path_factory: pytest.TempPathFactory,
) -> Deployment:
    """The whole service, created once."""
    folder = tmp_path_factory.mktemp("stage")
    _verify_sender(aws)
    return deploy(aws, hooks, engine, dynamodb, folder=folder, name="deployed")


@pytest.fixture(scope="module", name="deployment")
def of_its_own(
    aws: Session,
    hooks: Between,
    engine: Engine,
    dynamodb: Client,
    tmp_path_factory: pytest.TempPathFactory,
) -> Deployment:
    """The whole service for one module, whose tests move the clock by weeks."""
    name = f"own-{next(_numbers)}"
    _verify_sender(aws)
    return deploy(aws, hooks, engine, dynamodb, folder=tmp_path_factory.mktemp(name), name=name)


def deploy(
    aws: Session, between: Between, engine: Engine, dynamodb: Client, *, folder: Path, name: str
) -> Deployment:
    """The whole service, with resources of this name and its clock in this folder."""
    offset = folder / "clock-offset"
    return Deployment(
        name=name,
        values=_resources(aws, dynamodb, name) | _parameters(offset),
        session=aws,
        between=between,
        engine=engine,
        clock=LocalClock(offset),
        provider=FakePayments(),
        phones=FakePhoneMessages(),
        bureau=FakeBureau(),
        rooms=FakeRooms(),
    )


def wire_anew() -> None:
    """Give every function a cold start: only its settings stay."""
    for function in functions().values():
        wiring = vars(importlib.import_module(f"{capability(function)}.wiring"))
        base = wiring["runtime"]()
        for name, member in vars(type(base)).items():
            if isinstance(member, cached_property):
                vars(base).pop(name, None)
        for name, build in wiring.items():
            if name != "runtime" and hasattr(build, "cache_clear"):
                build.cache_clear()


@contextmanager
def reached(deployment: Deployment) -> Iterator[pytest.MonkeyPatch]:
    """Directs the handlers to this deployment, newly wired; afterwards to the previous one."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("POWERTOOLS_LOG_LEVEL", "INFO")
        patched.setattr("keyfob.gateways.aws._session", lambda: deployment.session)
        patched.setattr("keyfob.gateways.aws.client", deployment.open)
        for function in functions().values():
            base = importlib.import_module(f"{capability(function)}.wiring").runtime()
            values = {one: deployment.values.get(one, "") for one in _variables(function)}
            patched.setattr(base, "settings", Settings(values))
        wire_anew()
        yield patched
    wire_anew()


@pytest.fixture(scope="module")
def _deployed(deployment: Deployment) -> Iterator[None]:
    """The handlers of a module's tests, with the payment and phone providers faked."""
    with reached(deployment) as patched:
        for place in ("keyfob.wiring.orders", "keyfob.wiring.placing", "keyfob.wiring.guests"):
            patched.setattr(f"{place}.stripe_of", lambda _base: deployment.provider)
        phones = "keyfob.wiring.phones.phone_messages_of"
        patched.setattr(phones, lambda _base: deployment.phones)
        bureau = "keyfob.wiring.instant_proofing.bureau_of"
        patched.setattr(bureau, lambda _base: deployment.bureau)
        patched.setattr("keyfob.wiring.rooms.rooms_of", lambda _base: deployment.rooms)
        # Most mails wait for nothing; the tests of documents set it.
        patched.setattr("keyfob.wiring.notifier.enclosing_of", lambda _base: no_enclosures)
        yield


def _verify_sender(aws: Session) -> None:
    """Verify the mails' sender, as an operator does in SES."""
    ses: Any = aws.create_client("sesv2")
    ses.create_email_identity(EmailIdentity=_SENDER)


def _variables(function: Mapping[str, Any]) -> list[str]:
    everywhere = template()["Globals"]["Function"]["Environment"]["Variables"]
    return [*everywhere, *function.get("Environment", {}).get("Variables", {})]


def _parameters(offset: Path) -> dict[str, str]:
    return {
        "STAGE": "local",
        "CLOCK_FILE": str(offset),
        "STRIPE_API_BASE": f"{FRONT}/_stripe",
        "BUREAU_URL": f"{FRONT}/_bureau",
        "AGENT_CHECKLIST": "{}",
        "CARRIERS": '{"ups": {"name": "UPS", "link": "https://ups.example/{number}"}}',
        "OPERATOR_COUNTRY": "US",
        "OPERATOR_ZONE": "America/New_York",
        # The tests that want a provider of rooms set it.
        "ROOMS_URL": "",
        "ROOMS_ADDRESS": "",
        "SELLER_ADDRESS": "1 Harbor Way|Portland OR 97201",
        "LETTER_PROVIDER": "arn:aws:iam::123456789012:role/letters",
        "ALLOW_PLAIN_KEY_FILES": "true",
        "POLICY": "{}",
        "FRONT_SECRET": "",
        "SUPPORT_CONTACT": "help@keyfob.example",
        "PUBLIC_URL": FRONT,
        "STATEMENTS_SIGNER": "first",
        "SENDER_NAME": "Keyfob",
        "PHONE_PRICES": '{"US": [8, 14], "DE": [90, 20], "FR": [70, 0]}',
        "PHONE_SENDER": "+12025550100",
        "SENDER_ADDRESS": _SENDER,
    }


def _resources(aws: Any, dynamodb: Client, deployed: str) -> dict[str, str]:
    tables = create_tables(dynamodb, lambda name: f"{name}-{deployed}")
    dynamodb.put_item(TableName=tables["orders"], Item=plenty())
    values = {f"TABLE_{name.upper()}": table for name, table in tables.items()}
    sqs = aws.create_client("sqs")
    for name in _QUEUES:
        values[f"QUEUE_{name.upper()}"] = sqs.create_queue(QueueName=f"{name}-{deployed}")[
            "QueueUrl"
        ]
    kms = aws.create_client("kms")
    for logical, key in resources("AWS::KMS::Key", "infra/data.yaml").items():
        kept = {
            one: key["Properties"][one]
            for one in ("KeySpec", "KeyUsage")
            if one in key["Properties"]
        }
        arn = kms.create_key(**kept)["KeyMetadata"]["Arn"]
        values[f"KEY_{_snake(logical.removesuffix('Key')).upper()}"] = arn
    secret = {"api_key": STRIPE_KEY, "webhook_secrets": [WEBHOOK_SECRET]}
    values["STRIPE_SECRET"] = aws.create_client("secretsmanager").create_secret(
        Name=f"stripe-{deployed}", SecretString=json.dumps(secret)
    )["ARN"]
    values["ROOMS_SECRET"] = aws.create_client("secretsmanager").create_secret(
        Name=f"rooms-{deployed}", SecretString="{}"
    )["ARN"]
    values["BUREAU_SECRET"] = aws.create_client("secretsmanager").create_secret(
        Name=f"bureau-{deployed}", SecretString="{}"
    )["ARN"]
    # Of the front that some tests have; the others have none.
    values["SECRET_OF_FRONT"] = aws.create_client("secretsmanager").create_secret(
        Name=f"front-{deployed}", SecretString=json.dumps({"current": FRONT_SECRET})
    )["ARN"]
    values["KEY_FILES_SECRET"] = aws.create_client("secretsmanager").create_secret(
        Name=f"key-files-{deployed}", SecretString="{}"
    )["ARN"]
    for name in ("heads", "reports", "key-files", "letters", "documents"):
        values[f"BUCKET_{name.upper().replace('-', '_')}"] = f"{name}-{deployed}"
        aws.create_client("s3").create_bucket(
            Bucket=f"{name}-{deployed}",
            ObjectLockEnabledForBucket=name == "heads",
            CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
        )
    return values | _pool(aws)


def _snake(name: str) -> str:
    """`StatementsFirst` as `Statements_First`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)


def _pool(aws: Any) -> dict[str, str]:
    cognito = aws.create_client("cognito-idp")
    [pool] = resources("AWS::Cognito::UserPool", "infra/identity.yaml").values()
    [client] = resources("AWS::Cognito::UserPoolClient", "infra/identity.yaml").values()
    policies = pool["Properties"]["Policies"]
    made = cognito.create_user_pool(PoolName="deployed", Policies=policies)["UserPool"]["Id"]
    flows = client["Properties"]["ExplicitAuthFlows"]
    created = cognito.create_user_pool_client(
        UserPoolId=made, ClientName="keyfob", ExplicitAuthFlows=flows
    )
    return {"USER_POOL": made, "USER_POOL_CLIENT": created["UserPoolClient"]["ClientId"]}


def later(deployment: Deployment, **by: float) -> None:
    """Move the deployment's clock on."""
    deployment.clock.move(timedelta(**by))
