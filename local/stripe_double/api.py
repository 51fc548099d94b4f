"""Stripe's HTTP API: keys, routes, idempotency, errors."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from werkzeug import Request, Response

from local.faults import StripeFaults, Switch
from local.stripe_double import objects
from local.stripe_double.differences import SDK_VERSION
from local.stripe_double.document import Document
from local.stripe_double.errors import StripeRefusal, WrongAnswer
from local.stripe_double.events import Caller
from local.stripe_double.expand import Expansion
from local.stripe_double.idempotency import Idempotency
from local.stripe_double.params import parse, refuse_too_long
from local.stripe_double.routes import Parameters, Route
from local.stripe_double.store import Store

_REMEMBERED = 10_000
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer before it is HTTP; `original` is the request whose answer is replayed."""

    status: int
    body: str
    original: str | None = None
    retry: bool | None = None


class Api:
    """Answers as https://api.stripe.com does; raises if its answer would differ."""

    def __init__(
        self,
        *,
        key: str,
        store: Store,
        document: Document,
        idempotency: Idempotency,
        expansion: Expansion,
        routes: Sequence[Route],
        faults: Switch[StripeFaults],
    ) -> None:
        """Serve the account whose secret key is `key`."""
        self._key = key
        self._store = store
        self._document = document
        self._idempotency = idempotency
        self._expansion = expansion
        self._routes = routes
        self._faults = faults
        self._seen: deque[dict[str, Any]] = deque(maxlen=_REMEMBERED)

    @property
    def seen(self) -> list[dict[str, Any]]:
        """The requests since the start, oldest first: method, path, idempotency key, status."""
        return list(self._seen)

    def answer(self, request: Request, path: str) -> Response:
        """Answer one request; `path` is the one that Stripe would see (`/v1/…`)."""
        key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
        caller = Caller(request=objects.new_id("req", 14), idempotency_key=key)
        seen: dict[str, Any] = {
            "method": request.method,
            "path": path,
            "idempotency_key": key,
            "status": None,
        }
        self._seen.append(seen)
        reply = self._reply(request, path, caller)
        seen["status"] = reply.status
        return _response(request, caller, reply)

    def _reply(self, request: Request, path: str, caller: Caller) -> Reply:
        try:
            self._misbehave()
            self._authenticate(request)
            return self._route(request, path, caller)
        except StripeRefusal as refusal:
            self._document.check_resource("error", refusal.body)
            return Reply(status=refusal.status, body=_text(refusal.body))
        except WrongAnswer as bug:
            _log.error("%s %s: %s", request.method, path, bug)
            mistake = StripeRefusal(f"The Stripe double is wrong: {bug}", kind="api_error")
            return Reply(status=500, body=_text(mistake.body), retry=False)

    def _misbehave(self) -> None:
        answer = self._faults.now.answer
        if answer == "hang":
            self._faults.hang()
        if answer == "error429":
            raise StripeRefusal("Too many requests", status=429, code="rate_limit")
        if answer != "normal":
            raise StripeRefusal("Switched on by a test", status=500, kind="api_error")

    def _authenticate(self, request: Request) -> None:
        given = request.authorization
        key = "" if given is None else given.token or given.username or ""
        if not key:
            raise StripeRefusal("You did not provide an API key.", status=401)
        if not hmac.compare_digest(key.encode(), self._key.encode()):
            masked = f"{key[:8]}{'*' * 8}{key[-4:]}"
            raise StripeRefusal(f"Invalid API Key provided: {masked}", status=401)

    def _route(self, request: Request, path: str, caller: Caller) -> Reply:
        for route in self._routes:
            object_id = route.match(request.method, path)
            if object_id is not None:
                fields = request.form if request.method == "POST" else request.args
                pairs = list(fields.items(multi=True))
                asked = parse(pairs, route.schema)
                refuse_too_long(asked, self._document.limits(route.operation))
                if caller.idempotency_key is None:
                    return Reply(status=200, body=self._perform(route, object_id, asked, caller))
                fingerprint = hashlib.sha256(repr(sorted(pairs)).encode()).hexdigest()
                return self._once(route, object_id, asked, caller, (path, fingerprint))
        raise StripeRefusal(f"Unrecognized request URL ({request.method}: {path}).", status=404)

    def _perform(self, route: Route, object_id: str, asked: Parameters, caller: Caller) -> str:
        with self._store.transaction():
            body = route.handler(object_id, asked, caller)
            body = self._expansion.apply(body, asked.get("expand", []))
            self._document.check_answer(route.operation, body)
            return _text(body)

    def _once(
        self,
        route: Route,
        object_id: str,
        asked: Parameters,
        caller: Caller,
        same: tuple[str, str],
    ) -> Reply:
        """Carry out the request, or repeat the stored answer of its idempotency key."""
        key, request = caller.idempotency_key or "", caller.request or ""
        with self._idempotency.claim(key), self._store.transaction():
            if kept := self._idempotency.kept(key, *same):
                return Reply(status=kept.status, body=kept.body, original=kept.request)
            try:
                status, body = 200, self._perform(route, object_id, asked, caller)
            except StripeRefusal as refusal:
                status, body = refusal.status, _text(refusal.body)
            self._idempotency.keep(key, *same, request=request, status=status, body=body)
            return Reply(status=status, body=body)


def _text(body: dict[str, Any]) -> str:
    return json.dumps(body, indent=2)


def _response(request: Request, caller: Caller, reply: Reply) -> Response:
    response = Response(reply.body, status=reply.status, content_type="application/json")
    response.headers["Request-Id"] = caller.request or ""
    response.headers["Stripe-Version"] = request.headers.get("Stripe-Version", SDK_VERSION)
    if caller.idempotency_key:
        response.headers["Idempotency-Key"] = caller.idempotency_key
    if reply.original:
        response.headers["Idempotent-Replayed"] = "true"
        response.headers["Original-Request"] = reply.original
    if reply.retry is not None:
        response.headers["Stripe-Should-Retry"] = str(reply.retry).lower()
    return response
