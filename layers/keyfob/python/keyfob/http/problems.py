"""Refusals as `application/problem+json` (RFC 9457): the only place that knows HTTP statuses."""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import Any

from keyfob.domain import errors
from keyfob.domain.errors import DomainError, Throttled

CONTENT_TYPE = "application/problem+json"

# A refusal has the status of its nearest base class in this table.
STATUS: dict[type[DomainError], HTTPStatus] = {
    errors.BadRequest: HTTPStatus.BAD_REQUEST,
    errors.Unauthenticated: HTTPStatus.UNAUTHORIZED,
    errors.Forbidden: HTTPStatus.FORBIDDEN,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.Conflicting: HTTPStatus.CONFLICT,
    errors.BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.UnsupportedMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.InvalidInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.Throttled: HTTPStatus.TOO_MANY_REQUESTS,
    errors.Defect: HTTPStatus.INTERNAL_SERVER_ERROR,
    errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}


def status_of(kind: type[DomainError]) -> HTTPStatus:
    """The status of a refusal.

    Raises:
        StopIteration: the table has none of its base classes.
    """
    return next(STATUS[one] for one in kind.__mro__ if one in STATUS)


def problem(
    error: DomainError, *, support: str
) -> tuple[HTTPStatus, dict[str, Any], dict[str, str]]:
    """Status, body and extra headers for a refusal.

    `support` is included if a person may have to help (G5).
    """
    status = status_of(type(error))
    body: dict[str, Any] = {
        "type": f"urn:keyfob:problem:{error.code}",
        "title": error.code.replace("_", " ").capitalize(),
        "status": int(status),
        "detail": str(error),
        "code": error.code,
    }
    headers: dict[str, str] = {}
    body |= error.members
    if isinstance(error, Throttled):
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after.total_seconds())))
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if error.needs_support:
        body["support"] = support
    return status, body, headers
