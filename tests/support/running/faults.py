"""What may happen to requests to AWS instead of being carried out and answered."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError

FAIL = "fail"
HANG = "hang"
LOSE = "lose"
THROTTLE = "throttle"

# What AWS says then: status and code.
REFUSALS = {FAIL: (500, "InternalServerError"), THROTTLE: (400, "ThrottlingException")}


class Faults:
    """Which requests meet what, by operation (`TransactWriteItems`, `Decrypt`, …)."""

    def __init__(self) -> None:
        self._forever: list[tuple[str, str, str]] = []
        self._next: dict[str, deque[str]] = defaultdict(deque)

    def always(self, what: str, *operations: str, about: str = "") -> None:
        """Let all requests of these kinds meet this; only those that name `about`, if given."""
        self._forever += [(operation, about, what) for operation in operations]

    def next(self, operation: str, *what: str) -> None:
        """Let the next requests of this kind meet these, one each."""
        self._next[operation].extend(what)

    def heal(self) -> None:
        """Let everything be carried out again."""
        self._forever, self._next = [], defaultdict(deque)

    def fate(self, operation: str, body: str) -> str:
        """What happens to this request; empty if it is carried out."""
        waiting = self._next[operation]
        if waiting:
            return waiting.popleft()
        return next(
            (what for kind, about, what in self._forever if kind == operation and about in body),
            "",
        )


def meet(what: str, operation: str) -> None:
    """What a client is told in the end, after it has tried in vain.

    Raises:
        ClientError: that it failed.
        ReadTimeoutError: nothing.
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
