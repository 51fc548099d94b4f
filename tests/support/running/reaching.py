"""The ways to the service in this process: HTTP, and AWS for functions and tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from tests.support.bureau import a_bureau, some_rooms
from tests.support.deployment import STRIPE_KEY, Deployment, reached
from tests.support.dynamodb import Client, Engine, answered
from tests.support.running import file_store
from tests.support.running.faults import text_of
from tests.support.running.service import Service

# Services that the local front stands in for, and their paths there.
_CAPTURED = {"sesv2": "/_ses", "pinpoint-sms-voice-v2": "/_sms"}


def _instead(service: Service, of: str, model: Any, params: Mapping[str, Any]) -> Any:
    """Checks roles and faults of functions' requests; captures mails, texts and calls."""
    service.permit(of, model.name, text_of(params))
    if of not in _CAPTURED:
        return None
    headers = {name: str(value) for name, value in params["headers"].items()}
    path = _CAPTURED[of] + params["url_path"].rstrip("/")
    content = text_of(params).encode()
    status, _, body = service.ask_front(params["method"], path, content, headers)
    return answered(model, status, body)


class _Tables:
    """The tables, for functions."""

    def __init__(self, service: Service, engine: Engine) -> None:
        self._service = service
        self._engine = engine

    def answer(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Carry out a request if the role grants it and AWS works."""
        self._service.permit_with_tables(operation, request)
        return self._engine.answer(operation, request)


class _Original:
    """The part of an answer that a cookie jar reads."""

    def __init__(self, headers: Any) -> None:
        self.msg = headers

    def close(self) -> None:
        """There is nothing to close."""

    def isclosed(self) -> bool:
        """Always true: the answer that it stands for was read to its end."""
        return True


class _Adapter(HTTPAdapter):
    """Lets the service answer every request that `requests` sends."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        self._service = service

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        if (request.url or "").startswith(self._service.url):
            status, headers, content = self._service.answer(request)
        else:
            status, headers, content = file_store.answer(self._service.client("s3"), request)
            self._service.settle()
        answer = HTTPResponse(
            BytesIO(content),
            headers,
            status,
            preload_content=False,
            request_method=request.method,
            original_response=_Original(headers),  # type: ignore[arg-type]
        )
        return self.build_response(request, answer)


@contextmanager
def reachable(service: Service, deployment: Deployment) -> Iterator[Service]:
    """The service answers at its address; key files and mails arrive."""
    between = deployment.between
    with reached(deployment) as patched:
        adapter = _Adapter(service)
        patched.setattr("requests.sessions.HTTPAdapter", lambda *_, **__: adapter)
        bureau = a_bureau(service.front._bureau, service.front._bureau_faults, secret=STRIPE_KEY)
        patched.setattr("keyfob.wiring.instant_proofing.bureau_of", lambda _base: bureau)
        rooms = some_rooms(service.front._rooms, service.front._rooms_faults, secret=STRIPE_KEY)
        patched.setattr("keyfob.wiring.rooms.rooms_of", lambda _base: rooms)
        # Without botocore, which takes ten times as long as the tables themselves.
        tables = Client(_Tables(service, deployment.engine))

        def client(of: str, **settings: Any) -> Any:
            return tables if of == "dynamodb" else deployment.open(of, **settings)

        patched.setattr("keyfob.gateways.aws.client", client)
        patched.setattr(between, "instead", partial(_instead, service))
        patched.setattr(between, "told", service.dropped)
        yield service
