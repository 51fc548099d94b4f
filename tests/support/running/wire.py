"""A DynamoDB client that a test can interrupt between two requests, or whose answer gets lost."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

from botocore.exceptions import ReadTimeoutError

from tests.support.effort import LONG

Act = Callable[[], object]


class Killed(BaseException):
    """The process ends here. No `except Exception` may survive it."""


def die() -> None:
    """End the process, as far as the code under test can tell."""
    raise Killed


def lose_the_answer() -> None:
    """The request has landed; its answer is lost."""
    raise ReadTimeoutError(endpoint_url="http://127.0.0.1/")


class Wire:
    """Passes requests on; the acts given for an operation happen around its next requests.

    Each act belongs to one request: the first to the next one, the second to the one after it.
    If an act raises, the code under test gets its exception instead of the sending or the answer.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._before: dict[str, deque[Act]] = defaultdict(deque)
        self._after: dict[str, deque[Act]] = defaultdict(deque)
        self._lock = Lock()
        self.sent: list[tuple[str, dict[str, Any]]] = []

    def before(self, operation: str, *acts: Act) -> None:
        """Run these before the next requests of this kind are sent."""
        self._before[operation].extend(acts)

    def after(self, operation: str, *acts: Act) -> None:
        """Run these after the next requests of this kind were carried out."""
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


class RequestKiller:
    """Ends a process before or after its `number`-th request, to any service; at 0 never."""

    def __init__(self, number: int = 0, when: str = "before") -> None:
        self._number = number
        self._when = when
        self.requests: list[str] = []

    def over(self, client: Any) -> KillableClient:
        """A client of the process that this ends."""
        return KillableClient(client, self)

    def meet(self, operation: str, send: Callable[[], Any]) -> Any:
        """The answer, if the process survives."""
        self.requests.append(operation)
        fatal = len(self.requests) == self._number
        if fatal and self._when == "before":
            raise Killed
        answer = send()
        if fatal:
            raise Killed
        return answer


def deaths_of(requests: Sequence[str]) -> list[tuple[int, str]]:
    """The points where a process may be killed: a request's number, and before or after it.

    A request that only reads adds no new case; the long run tries it.
    """
    return [
        (number, when)
        for number, name in enumerate(requests, start=1)
        if LONG or name not in _READING
        for when in ("before", "after")
    ]


_READING = {"get_item", "batch_get_item", "query", "generate_mac", "decrypt", "encrypt"}


class KillableClient(Wire):
    """A client whose process dies in the middle of its work."""

    def __init__(self, client: Any, killer: RequestKiller) -> None:
        super().__init__(client)
        self._killer = killer

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        send = super().__getattr__(operation)
        return lambda **arguments: self._killer.meet(operation, lambda: send(**arguments))
