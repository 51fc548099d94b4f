"""A DynamoDB client that a test can interrupt between two requests, or whose answer gets lost."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from threading import Lock
from typing import Any

from botocore.exceptions import ReadTimeoutError

Act = Callable[[], object]


class Killed(BaseException):
    """The process ends here. No `except Exception` may outlive it."""


def die() -> None:
    """End the process, as far as the code under test can tell."""
    raise Killed


def lose_the_answer() -> None:
    """The request has landed; whoever sent it never learns."""
    raise ReadTimeoutError(endpoint_url="http://127.0.0.1/")


class Wire:
    """Passes requests on; the acts given for an operation happen around its next requests.

    Each act belongs to one request: the first to the next one, the second to the one after it.
    An act that raises is what the code under test meets instead of sending, or of the answer.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._before: dict[str, deque[Act]] = defaultdict(deque)
        self._after: dict[str, deque[Act]] = defaultdict(deque)
        self._lock = Lock()
        self.sent: list[tuple[str, dict[str, Any]]] = []

    def before(self, operation: str, *acts: Act) -> None:
        """Let these happen before the next requests of this kind are sent."""
        self._before[operation].extend(acts)

    def after(self, operation: str, *acts: Act) -> None:
        """Let these happen after the next requests of this kind were carried out."""
        self._after[operation].extend(acts)

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        send = getattr(self._client, operation)

        def request(**arguments: Any) -> Any:
            with self._lock:
                before, after = (
                    self._next(self._before, operation),
                    self._next(self._after, operation),
                )
            before()
            self.sent.append((operation, arguments))
            answer = send(**arguments)
            after()
            return answer

        return request

    def _next(self, acts: dict[str, deque[Act]], operation: str) -> Act:
        return acts[operation].popleft() if acts[operation] else nothing


def nothing() -> None:
    """Nothing happens."""
