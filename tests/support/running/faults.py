"""Faults of requests to AWS."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError

FAIL = "fail"
HANG = "hang"
LOSE = "lose"
THROTTLE = "throttle"

# AWS's answers: status and code.
REFUSALS = {FAIL: (500, "InternalServerError"), THROTTLE: (400, "ThrottlingException")}


class Faults:
    """The requests' faults, by operation (`TransactWriteItems`, `Decrypt`, …)."""

    def __init__(self) -> None:
        self._forever: list[tuple[str, str, str]] = []
        self._next: dict[str, deque[str]] = defaultdict(deque)

    def always(self, what: str, *operations: str, about: str = "") -> None:
        """Give all these requests this fault; only those that contain `about`, if given."""
        self._forever += [(operation, about, what) for operation in operations]

    def next(self, operation: str, *what: str) -> None:
        """Give the next requests of this kind these faults, one each."""
        self._next[operation].extend(what)

    def heal(self) -> None:
        """Let everything be carried out again."""
        self._forever, self._next = [], defaultdict(deque)

    def fate(self, operation: str, body: str) -> str:
        """This request's fault; empty if it is carried out."""
        waiting = self._next[operation]
        if waiting:
            return waiting.popleft()
        return next(
            (what for kind, about, what in self._forever if kind == operation and about in body),
            "",
        )


def meet(what: str, operation: str) -> None:
    """Raises the error that a client gets after its retries.

    Raises:
        ClientError: AWS failed.
        ReadTimeoutError: AWS didn't answer.
    """
    if what == HANG:
        raise ReadTimeoutError(endpoint_url="https://aws.example/")
    if what:
        raise refused(REFUSALS[what][1], operation)


def refused(code: str, operation: str) -> ClientError:
    """The error of a client whose request AWS refuses with this code."""
    return ClientError({"Error": {"Code": code, "Message": ""}}, operation)


def text_of(params: Mapping[str, Any]) -> str:
    """A request's body as text."""
    body = params["body"]
    return body.decode(errors="replace") if isinstance(body, bytes) else str(body)
