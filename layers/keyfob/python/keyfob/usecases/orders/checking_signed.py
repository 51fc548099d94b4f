"""Checking uploaded purchase orders (S45): quarantine ──▶ received ──▶ accepted | refused.

    event    read the upload; commit `received`          (killed: the event comes again)
             inspect it in a process of its own
             good: store the checked bytes
             commit `accepted`, or `refused` ⊕ mail      (killed: inspected again, the same end)
             delete the upload

An event may come twice, late or in parallel: an upload that isn't awaited any more is deleted
unread. A form can be used again while it is valid: what comes after the first file is such an
upload.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.orders import signed_order as decisions
from keyfob.domain.orders.signed_order import Reason
from keyfob.domain.policy import Policy
from keyfob.storage.orders.store import OrderStore
from keyfob.usecases.orders.signed_order_service import SignedOrderService

# Why a file is refused, or None.
Inspect = Callable[[bytes, int], Reason | None]


class UploadedFiles(Protocol):
    """The quarantine, and where checked files are kept."""

    def uploaded(self, order: str, file: str) -> bytes | None:
        """The upload; None if it is gone. Of one that is too large, a byte more than allowed."""

    def keep(self, order: str, file: str, content: bytes) -> None:
        """Store the bytes that were checked; the same ones again change nothing."""

    def remove(self, order: str, file: str) -> None:
        """Delete the upload for good, if it is there."""


class CheckingSigned:
    """Checks uploads."""

    def __init__(
        self,
        service: SignedOrderService,
        *,
        orders: OrderStore,
        files: UploadedFiles,
        inspect: Inspect,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._service = service
        self._orders = orders
        self._files = files
        self._inspect = inspect
        self._clock = clock
        self._policy = policy

    def check(self, number: str, file: str, *, by: Actor) -> str:
        """Check this upload of an order; returns `accepted`, `refused` or `obsolete`.

        Raises:
            Unavailable: a table or the file store didn't answer; to be tried again.
        """
        order = self._orders.get(number)
        if order is None or not self._service.get(order).expects(file):
            self._files.remove(number, file)
            return "obsolete"
        content = self._files.uploaded(number, file)
        if content is None:
            return "obsolete"  # another event's worker has just ended
        now = in_seconds(self._clock)
        self._service.decide(order, lambda seen: decisions.receive(seen, file, now), by=by)
        reason = self._inspect(content, self._policy.signed_order_pages)
        if reason is None:
            self._files.keep(number, file, content)
        done = self._service.decide(order, lambda seen: decisions.decide(seen, file, reason), by=by)
        self._files.remove(number, file)
        return str(done.state) if done.file == file else "obsolete"
