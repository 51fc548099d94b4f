"""Our own answers: for functions without a framework, and for refusals everywhere."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from keyfob.domain.error_description import described
from keyfob.domain.errors import Defect, DomainError
from keyfob.domain.sessions.client import Client
from keyfob.http.gate import Event, client_of, correlation_of
from keyfob.http.problems import CONTENT_TYPE, problem

logger = logging.getLogger(__name__)

HEADERS: Mapping[str, list[str]] = {
    "Cache-Control": ["no-store"],
    "X-Content-Type-Options": ["nosniff"],
    # For a year; browsers heed it over HTTPS only (RFC 6797, sections 6.1 and 8.1).
    "Strict-Transport-Security": ["max-age=31536000"],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The result of a request, its account, and the cookies to set."""

    status: HTTPStatus
    body: Mapping[str, Any]
    account: str
    cookies: Sequence[str] = ()


def respond(
    event: Event,
    work: Callable[[Event, Client], Answer],
    *,
    front: Callable[[], Sequence[str]],
    support: str,
) -> dict[str, Any]:
    """Do the work and answer; a refusal becomes a problem, an unexpected error is logged.

    `front` returns the front's accepted secrets; none where there is no front.
    """
    started = time.perf_counter()
    account = None
    try:
        done = work(event, client_of(event, front=front()))
    except DomainError as refusal:
        answer = refused(refusal, support=support)
    except Exception as error:  # noqa: BLE001
        logger.error("defect", extra=described(error))  # noqa: TRY400
        answer = refused(Defect(), support=support)
    else:
        account = done.account
        answer = answered(int(done.status), json.dumps(done.body), "application/json", {})
        set_cookies(answer, done.cookies)
    note_request(event, answer["statusCode"], account, started)
    return answer


def refused(refusal: DomainError, *, support: str) -> dict[str, Any]:
    """The refusal as a problem."""
    status, body, headers = problem(refusal, support=support)
    logger.info("refused", extra={"code": refusal.code, "status": int(status)})
    return answered(int(status), json.dumps(body), CONTENT_TYPE, headers)


def answered(
    status: int, body: str, content_type: str, headers: Mapping[str, str]
) -> dict[str, Any]:
    """An answer in API Gateway's form; no cache may store it."""
    own = {"Content-Type": [content_type], **{name: [value] for name, value in headers.items()}}
    return {
        "statusCode": status,
        "body": body,
        "isBase64Encoded": False,
        "multiValueHeaders": {**own, **HEADERS},
    }


def set_cookies(answer: dict[str, Any], cookies: Sequence[str]) -> None:
    """Set these cookies on the answer, each in its own header."""
    if cookies:
        answer["multiValueHeaders"] = {**answer["multiValueHeaders"], "Set-Cookie": list(cookies)}


def note_request(event: Event, status: int, account: str | None, started: float) -> None:
    """Write one log line per request; `started` is by `time.perf_counter`."""
    logger.info(
        "request",
        extra={
            "method": event["httpMethod"],
            "route": event["resource"],
            "status": status,
            "milliseconds": round((time.perf_counter() - started) * 1000, 1),
            "account": account,
            "correlation": correlation_of(event),
        },
    )
