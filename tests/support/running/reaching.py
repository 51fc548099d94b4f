"""The ways to the service in this process: HTTP, and AWS as functions and tests ask it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from tests.support.deployment import Deployment, reached
from tests.support.dynamodb import answered
from tests.support.running.faults import text_of
from tests.support.running.service import Service

# What the front plays, below these paths.
_CAPTURED = {"sesv2": "/_ses", "pinpoint-sms-voice-v2": "/_sms"}


def _instead(service: Service, of: str, model: Any, params: Mapping[str, Any]) -> Any:
    """Requests of functions are allowed by their roles, and may fail; what is sent is captured."""
    instead = service.fate(of, model.name, text_of(params))
    if instead or of not in _CAPTURED:
        return answered(model, *instead) if instead else None
    headers = {name: str(value) for name, value in params["headers"].items()}
    path = _CAPTURED[of] + params["url_path"].rstrip("/")
    content = text_of(params).encode()
    status, _, body = service.ask_front(params["method"], path, content, headers)
    return answered(model, status, body)


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
    between = deployment.between
    with reached(deployment) as patched:
        adapter = _Adapter(service)
        patched.setattr("requests.sessions.HTTPAdapter", lambda *_, **__: adapter)
        patched.setattr(between, "instead", partial(_instead, service))
        patched.setattr(between, "told", service.dropped)
        yield service
