"""The whole service in this process, as tests know the local stack.

Every function stands behind its routes; what it puts in the outbox, on a queue or in the bucket of
key files reaches whom the template names, before the request is answered. A function may do what
its role in the template grants. Tables are in memory, other parts of AWS are moto's, Stripe, mails
and phones the local front's. Nothing runs by itself: no schedule comes, and one request is carried
out at a time.
"""

from __future__ import annotations

import copy
import importlib
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse
from werkzeug.test import EnvironBuilder, run_wsgi_app

from local.front import Front, Settings
from local.record import Record
from local.stack import FunctionFailed, Stack
from tests.support.deployment import (
    FRONT_PORT,
    FRONT_SECRET,
    STRIPE_KEY,
    WEBHOOK_SECRET,
    Deployment,
    for_worker,
    reached,
    sample,
)
from tests.support.dynamodb import answered
from tests.support.gateway import FUNCTION_OF, event_of
from tests.support.roles import PREFIXES, asked_of_tables, fitting, may
from tests.support.running.faults import DENIED, Faults, met, text_of
from tests.support.templates import capability, functions

_API = "/_aws/execute-api/service"
_WORKERS = {
    "payments": ("PaymentWorkerFunction", "settle_payment"),
    "messages": ("NotifierFunction", "send_message"),
    "effects": ("EffectsWorkerFunction", "perform_effect"),
    "lifecycle": ("LifecycleWorkerFunction", "due_order"),
}
_RELAY = "OutboxRelayFunction"
_CAPTURED = {"sesv2": "/_ses", "pinpoint-sms-voice-v2": "/_sms"}
_log = logging.getLogger(__name__)
Http = tuple[int, HTTPHeaderDict, bytes]


class Service(Stack):
    """Takes the local stack's place for whoever speaks to one."""

    def __init__(self, deployment: Deployment) -> None:
        state = Path(deployment.values["CLOCK_FILE"]).parent
        record = Record(
            emulator_port=FRONT_PORT,
            front_port=FRONT_PORT,
            api_id="service",
            front_secret=FRONT_SECRET,
            stripe_key=STRIPE_KEY,
            webhook_secret=WEBHOOK_SECRET,
        )
        super().__init__(state, record)
        self.outputs = _outputs(deployment.values)
        self.sources = Sources(self)
        self.front = Front(
            Settings(
                port=FRONT_PORT,
                state=state,
                emulator=record.emulator_url,
                api_id=record.api_id,
                front_secret=FRONT_SECRET,
                stripe_key=STRIPE_KEY,
                webhook_secret=WEBHOOK_SECRET,
            )
        )
        # Of requests that functions send; a test's own are always carried out.
        self.faults = Faults()
        self._deployment = deployment
        self._running: list[str] = []
        # What functions asked of AWS that their roles don't grant; AWS refuses it.
        self.denied: list[str] = []
        self._tables = {
            deployed: output.removesuffix("Table")
            for output, deployed in self.outputs.items()
            if output.endswith("Table")
        }
        self._known: set[Any] = set()
        self._under_way = False

    def client(self, service: str) -> Any:
        """A client of this AWS as the account's root."""
        if service in {"lambda", "events"}:
            return self.sources
        return self._deployment.client(service)

    def invoke(self, output: str, payload: dict[str, Any]) -> Any:
        """Call the function that the output names and return its answer.

        Raises FunctionFailed if the function raised.
        """
        try:
            answer = self._handle(output, json.loads(json.dumps(payload)))
        except Exception as failure:
            raise FunctionFailed(f"{output}: {failure}") from failure
        finally:
            self.settle()
        return json.loads(json.dumps(answer))

    def answer(self, request: requests.PreparedRequest) -> Http:
        """The answer to a request for this service's address."""
        assert request.method
        assert request.url
        target = request.url.removeprefix(self.url)
        body: Any = request.body or b""
        content = body.encode() if isinstance(body, str) else bytes(body)
        headers = {name: str(value) for name, value in request.headers.items()}
        target = target.removeprefix(_API)
        if target.startswith("/v1/"):
            answer = self._api(request.method, target.removeprefix("/v1"), content, headers)
        else:
            answer = self.ask_front(request.method, target, content, headers)
        if not target.startswith(("/_stripe", "/_ses", "/_sms")):  # those are asked by functions
            self.settle()
        return answer

    def ask_front(
        self, method: str, target: str, content: bytes, headers: Mapping[str, str]
    ) -> Http:
        """What the front answers."""
        builder = EnvironBuilder(
            path=target, method=method, data=content, headers=dict(headers), base_url=self.url
        )
        found, status, answered = run_wsgi_app(self.front, builder.get_environ(), buffered=True)
        told = HTTPHeaderDict(answered.to_wsgi_list())
        return int(status.split(" ")[0]), told, b"".join(found)

    def fate(self, service: str, operation: str, body: str) -> tuple[int, bytes] | None:
        """What a request to AWS meets instead of being carried out, if anything.

        Raises:
            ReadTimeoutError: it is never answered.
        """
        if not self._running:
            return None
        if not self._may(self._running[-1], service, operation, body):
            self.denied.append(f"{self._running[-1]}: {service} {operation}")
            return DENIED
        what = self.faults.fate(operation, body)
        return met(what) if what else None

    def _may(self, function: str, service: str, operation: str, body: str) -> bool:
        if service != "dynamodb":
            return may(function, service, operation)
        return all(
            fitting(function, self._tables[table], action, key)
            for table, action, key in asked_of_tables(operation, json.loads(body))
        )

    def settle(self) -> None:
        """Let happen what follows from what has happened, until nothing does any more."""
        if self._under_way:
            return
        self._under_way = True
        try:
            while self._relay() | self._work() | self.front.work_off():
                pass
        finally:
            self._under_way = False

    def dropped(self, request: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        """An object was put in a bucket; key files are imported."""
        bucket, key = request["Bucket"], request["Key"]
        if bucket == self.outputs["KeyFilesBucket"] and key.startswith("incoming/"):
            event = sample("workers/import_tokens")
            event["detail"]["object"] = {"key": key, "etag": answer["ETag"].strip('"')}
            self._handle("TokenImportFunction", event)

    def _api(self, method: str, target: str, content: bytes, headers: dict[str, str]) -> Http:
        address = headers.get("X-Forwarded-For", "127.0.0.1")
        try:
            event = event_of(method, target, content, headers=headers, address=address)
        except LookupError:
            return 403, HTTPHeaderDict(), b'{"message": "Missing Authentication Token"}'
        function = FUNCTION_OF[event["httpMethod"], event["resource"]]
        try:
            answer = self._run(function, event)
        except Exception:  # noqa: BLE001 - API Gateway doesn't mind which, either
            _log.exception("%s failed", function)
            return 502, HTTPHeaderDict(), b'{"message": "Internal server error"}'
        told = HTTPHeaderDict(answer.get("headers") or {})
        for name, values in answer.get("multiValueHeaders", {}).items():
            for value in values:
                told.add(name, value)
        return answer["statusCode"], told, (answer.get("body") or "").encode()

    def _handle(self, output: str, event: Any) -> Any:
        return self._run(capability(functions()[output]), event)

    def _run(self, function: str, event: Any) -> Any:
        self._running.append(function)
        try:
            return self._deployment.invoke(function, event)
        finally:
            self._running.pop()

    def _relay(self) -> bool:
        """Bring new rows of the outbox to the queues."""
        if not self.sources.on(_RELAY):
            return False
        table = self._deployment.engine.tables[self.outputs["OutboxTable"]]
        new = [key for key in table.items if key not in self._known]
        if not new:
            return False
        try:
            self._handle(_RELAY, _stream_event(table.items[key]["pk"] for key in new))
        except Exception:  # noqa: BLE001 - whatever it is, the stream brings them again
            _log.exception("the relay failed")
            return False
        self._known.update(new)
        return True

    def _work(self) -> bool:
        """Give workers what is on their queues; what they give back stays away for a while."""
        worked = False
        for queue, (function, event) in _WORKERS.items():
            if self.sources.on(function) and self._deployment.waiting(queue):
                bodies = self._deployment.queued(queue)
                worked = worked or bool(bodies)
                for start in range(0, len(bodies), 10):
                    self._handle(function, for_worker(event, *bodies[start : start + 10]))
        return worked


@dataclass
class Sources:
    """What feeds functions, by the calls that turn it on and off."""

    service: Service
    _off: set[str] = field(default_factory=set)

    def on(self, function: str) -> bool:
        """Whether the function gets what is there for it."""
        return function not in self._off

    def list_event_source_mappings(self, **asked: str) -> dict[str, Any]:
        """The one of this function."""
        return {"EventSourceMappings": [{"UUID": asked["FunctionName"]}]}

    def update_event_source_mapping(self, **asked: Any) -> None:
        """Turn it on or off."""
        change = self._off.discard if asked["Enabled"] else self._off.add
        change(asked["UUID"])
        self.service.settle()

    def get_event_source_mapping(self, **asked: str) -> dict[str, Any]:
        """Its state."""
        return {"State": "Enabled" if self.on(asked["UUID"]) else "Disabled"}

    def list_rules(self) -> dict[str, Any]:
        """The schedules; they never come."""
        return {"Rules": [{"Name": one} for one in ("LifecycleSweepFunction",)]}

    def list_targets_by_rule(self, **asked: str) -> dict[str, Any]:
        """Each is for the function that it is named for."""
        return {"Targets": [{"Arn": f"arn:aws:lambda:function:{asked['Rule']}"}]}

    def disable_rule(self, **_: str) -> None:
        """It never comes anyway."""

    def enable_rule(self, **_: str) -> None:
        """It never comes."""

    def get_function_configuration(self, **asked: str) -> dict[str, Any]:
        """The variables of a function."""
        folder = capability(functions()[asked["FunctionName"]])
        base = importlib.import_module(f"{folder}.wiring").runtime()
        return {"Environment": {"Variables": dict(base.settings.environment)}}


def _outputs(values: Mapping[str, str]) -> dict[str, str]:
    """As the template names them."""
    named = {name: name for name in functions()}
    for variable, value in values.items():
        kind, _, name = variable.partition("_")
        if kind in {"TABLE", "BUCKET", "QUEUE"}:
            named[f"{name.title().replace('_', '')}{kind.title()}"] = value
    return named


def _captured_by(service: Service, prefix: str) -> Callable[..., Any]:
    """A client's requests end at the front, below this path."""

    def answer(model: Any, params: Mapping[str, Any], **_: Any) -> Any:
        content = params["body"]
        content = content.encode() if isinstance(content, str) else content
        headers = {name: str(value) for name, value in params["headers"].items()}
        path = prefix + params["url_path"].rstrip("/")
        status, _, body = service.ask_front(params["method"], path, content, headers)
        return answered(model, status, body)

    return answer


def _fate_in(service: Service, asked: str) -> Callable[..., Any]:
    """Requests of functions to this part of AWS are allowed by their roles, and may fail."""

    def answer(model: Any, params: Mapping[str, Any], **_: Any) -> Any:
        instead = service.fate(asked, model.name, text_of(params))
        return answered(model, *instead) if instead else None

    return answer


class _Adapter(HTTPAdapter):
    """Has the service answer what `requests` sends to it, and nobody anything else."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        self._service = service

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        assert (request.url or "").startswith(self._service.url), request.url
        status, headers, content = self._service.answer(request)
        answer = HTTPResponse(
            BytesIO(content), headers, status, preload_content=False, request_method=request.method
        )
        return self.build_response(request, answer)


@contextmanager
def reachable(service: Service, deployment: Deployment) -> Iterator[Service]:
    """The service answers at its address; key files and mails arrive."""
    events = deployment.session.get_component("event_emitter")
    hooks: dict[str, Callable[..., Any]] = {}
    for name in ("dynamodb", *PREFIXES):
        fate = _fate_in(service, name)
        # A hook for an operation comes before those for its whole service.
        operations = deployment.session.get_service_model(name).operation_names
        hooks |= {f"before-call.{name}.{operation}": fate for operation in operations}
    hooks |= {
        f"before-call.{name}": _captured_by(service, prefix) for name, prefix in _CAPTURED.items()
    }
    put: list[Mapping[str, str]] = []
    hooks["provide-client-params.s3.PutObject"] = lambda params, **_: put.append(params)
    hooks["after-call.s3.PutObject"] = lambda parsed, **_: service.dropped(put.pop(), parsed)
    with reached(deployment) as patched:
        adapter = _Adapter(service)
        patched.setattr("requests.sessions.HTTPAdapter", lambda *_, **__: adapter)
        for name, hook in hooks.items():
            events.register_first(name, hook)
        yield service
        for name, hook in hooks.items():
            events.unregister(name, hook)


def _stream_event(ids: Iterable[Any]) -> dict[str, Any]:
    event = sample("workers/new_promises")
    pattern = event["Records"][0]
    event["Records"] = []
    for one in ids:
        record = copy.deepcopy(pattern)
        record["dynamodb"]["Keys"] = {"pk": one, "sk": {"S": "-"}}
        event["Records"].append(record)
    return event
