"""Checks that the holder is notified of every act, once."""

from __future__ import annotations

from collections.abc import Iterator

from .record import (
    EXPIRED,
    LAPSED,
    LIFTED,
    NOTICE,
    REMINDER,
    RENEWED,
    REVOKED,
    SUSPENDED,
    Fault,
    Life,
    Told,
    Watch,
)

_TOLD_BY = {
    RENEWED: "credential_renewed",
    SUSPENDED: "credential_suspended",
    LIFTED: "credential_reenabled",
    REVOKED: "credential_revoked",
    LAPSED: "credential_lapsed",
}
Found = Iterator[tuple[Fault, str]]


def answers(life: Life, watch: Watch) -> Found:
    """Faults of the messages that follow from acts, and of sending any message."""
    told = {(one.number, one.kind): one for one in life.messages}
    if len(told) < len(life.messages):
        yield Fault.DOUBLE, "two messages of the same kind about the same"
    suspending: set[str] = set()
    for act in life.acts:
        if act.what == SUSPENDED:
            suspending.add(act.by)
        stays = act.what == LIFTED and act.by in suspending and len(suspending) > 1
        if act.what == LIFTED:
            suspending.discard(act.by)
        kind = "credential_cause_lifted" if stays else _TOLD_BY[act.what]
        answer = told.pop((act.number, kind), None)
        if answer is None or _overdue(answer, watch):
            yield Fault.MISSING, f"not told of {act}, or too late: {answer}"
    for left in told.values():
        if left.kind not in {NOTICE, EXPIRED, REMINDER}:
            yield Fault.CAUSELESS, f"{left}"
    yield from _too_often(life, watch)


def _too_often(life: Life, watch: Watch) -> Found:
    for message in life.messages:
        # One more for those named in the log: their sender died before it could record the sending.
        if len(message.sent) > (2 if message.id in watch.resent else 1):
            yield Fault.DOUBLE, f"sent {len(message.sent)} times: {message}"


def _overdue(message: Told, watch: Watch) -> bool:
    latest = watch.latest(message.queued_at, watch.patience.mail)
    return latest < watch.until and not any(one.at <= latest for one in message.sent)
