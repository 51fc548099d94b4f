"""The whole service in this process, as tests know the local stack.

Every function stands behind its routes; its messages to the outbox, a queue or the bucket of key
files reach the consumers that the template names, before the request is answered. A function may do
only what its role in the template grants. Tables are in memory, other parts of AWS are moto's,
Stripe, mails and phones the local front's. There are no schedules, and one request is carried out
at a time.
"""

from __future__ import annotations

import copy
import json
import logging
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import requests
from botocore.credentials import Credentials
from urllib3 import HTTPHeaderDict
from werkzeug.test import EnvironBuilder, run_wsgi_app

from local.front import Front, Settings
from local.operators import Operator
from local.record import Record
from local.stack import FunctionFailed, Stack
from tests.support.deployment import (
    FRONT_PORT,
    FRONT_SECRET,
    STRIPE_KEY,
    WEBHOOK_SECRET,
    Deployment,
    for_worker,
    sample,
)
from tests.support.gateway import FUNCTION_OF, OPERATED_BY, event_of
from tests.support.roles import asked_of_tables, fitting, may
from tests.support.running.faults import Faults, meet, refused
from tests.support.running.sources import Sources
from tests.support.templates import capability, functions, template

_API = "/_aws/execute-api/service"
_OPERATORS = "/_aws/execute-api/operators"
_WORKERS = {
    "payments": ("PaymentWorkerFunction", "settle_payment"),
    "messages": ("NotifierFunction", "send_message"),
    "effects": ("EffectsWorkerFunction", "perform_effect"),
    "documents": ("DocumentWorkerFunction", "write_document"),
    "lifecycle": ("LifecycleWorkerFunction", "due_order"),
}
_RELAY = "OutboxRelayFunction"
_log = logging.getLogger(__name__)
Http = tuple[int, HTTPHeaderDict, bytes]
_REFUSALS = template()["Resources"]["OperatorApi"]["Properties"]["GatewayResponses"]
_UNSIGNED: Http = (
    403,
    HTTPHeaderDict({"Content-Type": "application/problem+json"}),
    _REFUSALS["MISSING_AUTHENTICATION_TOKEN"]["ResponseTemplates"]["application/json"].encode(),
)


class Service(Stack):
    """Takes the local stack's place for its clients."""

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
        self.sources = Sources(self.settle)
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
        # Faults of functions' requests; a test's own are always carried out.
        self.faults = Faults()
        self._deployment = deployment
        self._running: list[str] = []
        # Requests of functions that their roles don't grant; AWS refuses them.
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
        if target.startswith(f"{_OPERATORS}/v1/"):
            return self._signed(request.method, target.removeprefix(_OPERATORS), content, headers)
        target = target.removeprefix(_API)
        if target.startswith("/v1/"):
            answer = self._api(request.method, target.removeprefix("/v1"), content, headers)
        else:
            answer = self.ask_front(request.method, target, content, headers)
        if not target.startswith(("/_stripe", "/_ses", "/_sms")):  # functions call those
            self.settle()
        return answer

    def operator(self, name: str) -> Operator:
        """A person of this name; the access key of the signature stands for the role's session."""
        credentials = Credentials(name, "not-judged", "not-judged")
        return Operator(url=f"{self.url}{_OPERATORS}", credentials=credentials)

    def ask_front(
        self, method: str, target: str, content: bytes, headers: Mapping[str, str]
    ) -> Http:
        """The front's answer."""
        builder = EnvironBuilder(
            path=target,
            method=method,
            data=content,
            headers=list(headers.items()),
            base_url=self.url,
        )
        found, status, sent = run_wsgi_app(self.front, builder.get_environ(), buffered=True)
        told = HTTPHeaderDict(sent.to_wsgi_list())
        return int(status.split(" ")[0]), told, b"".join(found)

    def permit(self, service: str, operation: str, body: str) -> None:
        """Let a request to AWS be carried out.

        Raises:
            ClientError: the function's role doesn't grant it, or AWS fails at the moment.
            ReadTimeoutError: it is never answered.
        """
        if self._running:
            granted = may(self._running[-1], service, operation)
            self._permit(f"{service} {operation}", operation, body, granted=granted)

    def permit_with_tables(self, operation: str, request: Mapping[str, Any]) -> None:
        """The same for DynamoDB, where a role may be bound to keys."""
        if self._running:
            granted = all(
                fitting(self._running[-1], self._tables[table], action, key)
                for table, action, key in asked_of_tables(operation, request)
            )
            self._permit(f"dynamodb {operation}", operation, str(request), granted=granted)

    def _permit(self, what: str, operation: str, body: str, *, granted: bool) -> None:
        if not granted:
            self.denied.append(f"{self._running[-1]}: {what}")
            raise refused("AccessDeniedException", operation)
        meet(self.faults.fate(operation, body), operation)

    def settle(self) -> None:
        """Process all consequences until there are none."""
        if self._under_way:
            return
        self._under_way = True
        try:
            while self._relay() | self._work() | self.front.work_off():
                pass
        finally:
            self._under_way = False

    def dropped(self, request: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        """An object was put in a bucket: something is imported, taken or checked."""
        bucket, key = request["Bucket"], request["Key"]
        if bucket == self.outputs["KeyFilesBucket"] and key.startswith("incoming/"):
            event = sample("workers/import_tokens")
            event["detail"]["object"] = {"key": key, "etag": answer["ETag"].strip('"')}
            self._handle("TokenImportFunction", event)
        if bucket == self.outputs["LettersBucket"] and key.startswith("acknowledged/"):
            event = sample("workers/acknowledge_letters")
            event["detail"]["object"]["key"] = key
            self._handle("LettersFunction", event)
        if bucket == self.outputs["DocumentsBucket"] and key.startswith("quarantine/"):
            event = sample("workers/check_purchase_order")
            event["detail"]["object"]["key"] = key
            self._handle("PurchaseOrdersFunction", event)

    def _signed(self, method: str, target: str, content: bytes, headers: dict[str, str]) -> Http:
        """The operators' API's answer; IAM's part is played by the emulator alone."""
        found = re.search(r"Credential=([^/]+)/", headers.get("Authorization", ""))
        if not found:
            return _UNSIGNED
        principal = f"arn:aws:sts::000000000000:assumed-role/keyfob-operator/{found[1]}"
        answer = self._api(
            method, target.removeprefix("/v1"), content, headers, principal=principal
        )
        self.settle()
        return answer

    def _api(
        self,
        method: str,
        target: str,
        content: bytes,
        headers: dict[str, str],
        *,
        principal: str = "",
    ) -> Http:
        address = headers.get("X-Forwarded-For", "127.0.0.1")
        try:
            event = event_of(
                method, target, content, headers=headers, address=address, principal=principal
            )
        except LookupError:
            return 403, HTTPHeaderDict(), b'{"message": "Missing Authentication Token"}'
        served = OPERATED_BY if principal else FUNCTION_OF
        function = served[event["httpMethod"], event["resource"]]
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
        """Give workers the messages on their queues; returned ones stay away for a while."""
        worked = False
        for queue, (function, event) in _WORKERS.items():
            if self.sources.on(function):
                bodies = self._deployment.queued(queue)
                worked = worked or bool(bodies)
                for start in range(0, len(bodies), 10):
                    self._handle(function, for_worker(event, *bodies[start : start + 10]))
        return worked


def _outputs(values: Mapping[str, str]) -> dict[str, str]:
    """The outputs that the template names."""
    named = {name: name for name in functions()}
    for variable, value in values.items():
        kind, _, name = variable.partition("_")
        if kind in {"TABLE", "BUCKET", "QUEUE"}:
            named[f"{name.title().replace('_', '')}{kind.title()}"] = value
    return named


def _stream_event(ids: Iterable[Any]) -> dict[str, Any]:
    event = sample("workers/new_messages")
    pattern = event["Records"][0]
    event["Records"] = []
    for one in ids:
        record = copy.deepcopy(pattern)
        record["dynamodb"]["Keys"] = {"pk": one, "sk": {"S": "-"}}
        event["Records"].append(record)
    return event
