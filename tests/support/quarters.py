"""The quarters of an hour that are taken, as they stand in the table."""

from __future__ import annotations

from datetime import datetime, timedelta

from keyfob.domain.proofing.case import Appointment
from keyfob.storage.database import Database
from keyfob.storage.proofing.calendar import QuarterRow

Quarters = dict[tuple[str, datetime], str | None]


def quarters_of(database: Database) -> Quarters:
    """Each taken quarter, by agent and start: the appointment that takes it; None is a day off."""
    return {
        (agent, datetime.fromisoformat(at)): item.get("appointment", {}).get("S")
        for item in database.scan(QuarterRow)
        if item["pk"]["S"].startswith("WEEK#")
        for agent, _, at in [item["sk"]["S"].partition("#")]
    }


def place(one: Appointment) -> Quarters:
    """The quarters that an appointment must take: its half an hour, and one after it."""
    return {(one.agent, one.start + timedelta(minutes=15 * number)): one.id for number in range(3)}
