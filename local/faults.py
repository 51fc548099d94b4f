"""Faults for tests and the demo: broken answers and webhooks of outside parties."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Generic, Literal, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

HANG_SECONDS = 60.0
_CLOSED = ConfigDict(extra="forbid")


class UnknownFault(Exception):
    """The control request names a switch or a position that does not exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeFaults:
    """Stripe's faults; the overrides make it charge something other than the order.

    New events are sent, after `delay_seconds`, or dropped, sent twice, or held until they are
    delivered by hand, in any order.
    """

    __pydantic_config__ = _CLOSED

    webhooks: Literal["deliver", "drop", "twice", "hold"] = "deliver"
    delay_seconds: float = 0.0
    answer: Literal["normal", "hang", "error500", "error429"] = "normal"
    refunds: Literal["succeed", "pending"] = "succeed"
    amount_override: int | None = None
    currency_override: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SesFaults:
    """The mail service's faults."""

    __pydantic_config__ = _CLOSED

    answer: Literal["normal", "error", "hang"] = "normal"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneFaults:
    """The faults of the provider of texts and calls.

    `slow` accepts a message, but only after `seconds`; `reject` answers that the number has opted
    out.
    """

    __pydantic_config__ = _CLOSED

    answer: Literal["normal", "error", "throttle", "hang", "slow", "reject"] = "normal"
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BureauFaults:
    """The credit bureau's faults.

    `slow` answers after `seconds`; `lie` answers nonsense; `twice` sends every answer twice in one
    body; `lost` does what was asked and answers an error.
    """

    __pydantic_config__ = _CLOSED

    answer: Literal["normal", "error", "hang", "slow", "lie", "twice", "lost"] = "normal"
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomsFaults:
    """The faults of the provider of meeting rooms.

    As the bureau's; `foreign` answers with an address of another site, `other` with another
    appointment's id.
    """

    __pydantic_config__ = _CLOSED

    answer: Literal[
        "normal", "error", "hang", "slow", "lie", "twice", "lost", "foreign", "other"
    ] = "normal"
    seconds: float = 0.0


Faults = StripeFaults | SesFaults | PhoneFaults | BureauFaults | RoomsFaults
F = TypeVar("F", bound=Faults)


class Switch(Generic[F]):
    """One party's current faults; setting them releases every hanging request."""

    def __init__(self, initial: F) -> None:
        """Start with `initial`."""
        self._now = initial
        self._parser = TypeAdapter(type(initial))
        self._changed = threading.Condition()
        self._closed = False

    @property
    def now(self) -> F:
        """The current faults."""
        return self._now

    def set(self, wanted: Mapping[str, Any]) -> F:
        """Change the named switches and leave the others.

        Raises UnknownFault when a switch or a position does not exist.
        """
        with self._changed:
            try:
                self._now = self._parser.validate_python({**asdict(self._now), **wanted})
            except ValidationError as refusal:
                raise UnknownFault(str(refusal)) from refusal
            self._changed.notify_all()
            return self._now

    def hang(self, seconds: float = HANG_SECONDS) -> None:
        """Block until the faults are set again or the process ends, at most `seconds`."""
        with self._changed:
            if not self._closed:
                self._changed.wait(seconds)

    def release(self) -> None:
        """Release every hanging request, because the process ends."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
