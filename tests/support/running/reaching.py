"""The ways to the service in this process: HTTP, and AWS as functions and tests ask it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from tests.support.deployment import Deployment, reached
from tests.support.dynamodb import answered
from tests.support.roles import PREFIXES
from tests.support.running.faults import text_of
from tests.support.running.service import Service

# What the front plays, below these paths.
_CAPTURED = {"sesv2": "/_ses", "pinpoint-sms-voice-v2": "/_sms"}


def _captured_by(service: Service, prefix: str) -> Callable[..., Any]:
    """A client's requests end at the front, below this path."""

    def answer(model: Any, params: Mapping[str, Any], **_: Any) -> Any:
        content = params["body"]
        content = content.encode() if isinstance(content, str) else content
        headers = {name: str(value) for name, value in params["headers"].items()}
        path = prefix + params["url_path"].rstrip("/")
        status, _told, body = service.ask_front(params["method"], path, content, headers)
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
