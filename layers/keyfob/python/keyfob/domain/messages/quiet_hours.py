"""Quiet hours: no reminder comes at night. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from keyfob.domain.policy import Policy


def quiet_until(now: datetime, zone: str, policy: Policy) -> datetime | None:
    """The end, in UTC, of the quiet hours that `now` is in; None by day.

    Args:
        now: the instant.
        zone: the IANA name of the zone whose wall clock counts.
        policy: `quiet_from` of one day to `quiet_until` of the next.
    """
    local = now.astimezone(ZoneInfo(zone))
    if policy.quiet_until <= local.hour < policy.quiet_from:
        return None
    morning = local.date() + timedelta(days=local.hour >= policy.quiet_from)
    ends = datetime.combine(morning, time(policy.quiet_until), ZoneInfo(zone))
    return ends.astimezone(UTC)
