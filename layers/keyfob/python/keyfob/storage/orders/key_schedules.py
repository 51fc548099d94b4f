"""The schedules of license keys that nobody has redeemed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from keyfob.domain import due_index as index
from keyfob.domain.orders.key_schedule import Schedule
from keyfob.domain.orders.license_key import LicenseKey
from keyfob.storage.orders.license_keys import LicenseKeyRow, schedule_values
from keyfob.storage.orders.order_row import SK
from keyfob.storage.rows import Subject, Update, assign


def reschedule(seen: LicenseKey, to: Schedule, due: datetime) -> Update:
    """The update that records the clock's work on a key, if nobody was faster."""
    return Update(
        row=LicenseKeyRow,
        key=(seen.subject, SK),
        actions=assign(LicenseKeyRow, _planned(seen, to, due)),
        subject=Subject(id=seen.subject, number=seen.version, head=seen.head),
    )


def replan(seen: LicenseKey, to: Schedule, due: datetime) -> Update:
    """The same without an entry: nothing happened that anybody asks for later."""
    return Update(
        row=LicenseKeyRow,
        key=(seen.subject, SK),
        actions=assign(LicenseKeyRow, _planned(seen, to, due)),
        condition=LicenseKeyRow.version == seen.version,
    )


def _planned(seen: LicenseKey, to: Schedule, due: datetime) -> Mapping[str, Any]:
    planned = {"g1pk": index.shard_of(seen.subject), "g1sk": index.sort_key(due, seen.subject)}
    return schedule_values(to) | planned
