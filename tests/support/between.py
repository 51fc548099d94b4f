"""Hooks between the clients of a botocore session and AWS, for a suite to fill."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from botocore.session import Session

from tests.support.roles import PREFIXES

# Gets the service, the operation's model and the request; its result replaces AWS's answer.
Instead = Callable[[str, Any, Mapping[str, Any]], Any]
# Gets the request that put an object in a bucket, and the answer.
Told = Callable[[Mapping[str, Any], Mapping[str, Any]], None]


class Between:
    """Does nothing until its hooks are set.

    A client copies its session's hooks when it is made: these have to be there before all clients.
    """

    def __init__(self, session: Session) -> None:
        self.instead: Instead | None = None
        self.told: Told | None = None
        self._put: list[Mapping[str, Any]] = []
        events = session.get_component("event_emitter")
        for service in ("dynamodb", *PREFIXES):
            # A hook for an operation comes before those for its whole service.
            for operation in session.get_service_model(service).operation_names:
                hook = partial(self._before, service)
                events.register_first(f"before-call.{service}.{operation}", hook)
        events.register_first("provide-client-params.s3.PutObject", self._about_to_put)
        events.register_first("after-call.s3.PutObject", self._after_put)

    def _before(self, service: str, model: Any, params: Mapping[str, Any], **_: Any) -> Any:
        return self.instead(service, model, params) if self.instead else None

    def _about_to_put(self, params: Mapping[str, Any], **_: Any) -> None:
        self._put.append(params)

    def _after_put(self, parsed: Mapping[str, Any], **_: Any) -> None:
        request = self._put.pop()
        if self.told:
            self.told(request, parsed)
