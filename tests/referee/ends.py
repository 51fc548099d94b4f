"""Checks that the credential was revoked in time, and only then."""

from __future__ import annotations

from collections.abc import Iterator

from .dates import Standing
from .record import LAPSED, LIFTED, RENEWED, REVOKED, Act, Fault, Life, Watch

Found = Iterator[tuple[Fault, str]]


def ends(life: Life, watch: Watch) -> Found:
    """Faults of its end."""
    standing, before = Standing(expires=life.first_expiry), []
    ended: Act | None = None
    for act in life.acts:
        if ended:
            yield Fault.AFTER_END, f"{act.what} at {act.at}, ended at {ended.at}"
        if act.what in {RENEWED, LIFTED} and act.at >= standing.ends:
            yield Fault.TOO_LATE, f"{act.what} at {act.at}, due to end at {standing.ends}"
        if act.what == LIFTED and act.by not in standing.suspended:
            yield Fault.NOT_THEIRS, f"suspended by {[*standing.suspended]}, lifted by {act.by}"
        if act.what in {LAPSED, REVOKED}:
            ended = act
            continue
        before.append(standing)
        standing = standing.after(act)
    if life.revoked_at != (ended.at if ended else None):
        yield Fault.AFTER_END, f"revoked at {life.revoked_at}, but the trail says {ended}"
    yield from _in_time(ended, standing, before, watch)


def _in_time(ended: Act | None, standing: Standing, before: list[Standing], watch: Watch) -> Found:
    due = standing.ends
    latest = watch.latest(due, watch.patience.clock)
    if ended is None:
        if latest < watch.until:
            yield Fault.NOT_REVOKED, f"due at {due}"
        return
    if ended.at > latest:
        yield Fault.REVOKED_LATE, f"at {ended.at}, due at {due}"
    if ended.what == LAPSED and ended.at < due:
        averted = any(one.ends <= ended.at for one in before)
        fault = Fault.REVOKED_AVERTED if averted else Fault.REVOKED_EARLY
        yield fault, f"at {ended.at}, due at {due}"
