"""Answers that lead to a file: the API itself serves no binary content."""

from __future__ import annotations

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

# Seconds after which a client asks again for a file that is being written.
_LATER = "2"


def link_or_later(url: str | None) -> Response[None]:
    """303 to the file's address; 202 while it is being written (RFC 9110, 15.3.3 and 15.4.4)."""
    if url is None:
        return Response(status_code=HTTPStatus.ACCEPTED, headers={"Retry-After": _LATER})
    return Response(status_code=HTTPStatus.SEE_OTHER, headers={"Location": url})
