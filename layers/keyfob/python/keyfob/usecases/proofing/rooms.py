"""Calls to the provider of meeting rooms that follow a commit about an appointment (C3).

open   read the case: is the room awaited? ──▶ create ──▶ record it, if it is still awaited
                                                      ╲─▶ the appointment is gone: close it
"""

from __future__ import annotations

from datetime import datetime

from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.proofing.errors import RoomsUnavailable
from keyfob.domain.proofing.rooms import Meeting, MeetingRooms, is_awaited, is_needed, opened
from keyfob.storage.messages.store import Lease
from keyfob.storage.proofing.store import CaseStore
from keyfob.storage.transaction import Transactions
from keyfob.usecases.proofing.cases import CaseChanges


class RoomEffects:
    """Each effect is idempotent, by the appointment's id and number."""

    def __init__(
        self,
        *,
        cases: CaseStore,
        rooms: MeetingRooms,
        changes: CaseChanges,
        transactions: Transactions,
        clock: Clock,
    ) -> None:
        self._cases = cases
        self._rooms = rooms
        self._changes = changes
        self._transactions = transactions
        self._clock = clock

    def perform(self, lease: Lease) -> bool | datetime:
        """Perform the effect; False if it is obsolete, an instant if it is too early.

        Raises:
            RoomsUnavailable: it is tried again later.
        """
        facts = lease.message.facts
        account = lease.message.subject.removeprefix("CASE#")
        meeting = Meeting(
            appointment=str(facts["appointment"]),
            number=int(facts["number"]),
            begins=datetime.fromisoformat(str(facts["start"])),
        )
        if lease.message.kind is Kind.OPEN_ROOM:
            by = Actor(kind="system", id="effects", correlation=lease.message.correlation)
            return self._open(account, meeting, by)
        if lease.message.kind is Kind.MOVE_ROOM:
            return self._move(account, meeting)
        closes = datetime.fromisoformat(str(facts["closes"]))
        if self._clock() < closes:
            return closes
        self._rooms.close(meeting.appointment, meeting.number)
        return True

    def _open(self, account: str, meeting: Meeting, by: Actor) -> bool:
        seen = self._cases.current(account)
        if is_awaited(seen, meeting.appointment, meeting.number):
            room = self._rooms.create(meeting)
            if self._record(account, meeting, room, by):
                return True
        # An earlier attempt may have made a room whose answer was lost.
        if not is_needed(self._cases.current(account), meeting.appointment):
            self._rooms.close(meeting.appointment, meeting.number)
        return False

    def _record(self, account: str, meeting: Meeting, room: str, by: Actor) -> bool:
        def attempt() -> bool:
            seen = self._cases.current(account)
            if seen is None or not is_awaited(seen, meeting.appointment, meeting.number):
                return False
            self._changes.commit(seen, opened(seen, meeting.number, room), by=by)
            return True

        return self._transactions.retry_on_conflict(attempt)

    def _move(self, account: str, meeting: Meeting) -> bool:
        case = self._cases.current(account)
        booked = case.appointment if case else None
        if booked is None or (booked.id, booked.number) != (meeting.appointment, meeting.number):
            return False
        if self._rooms.move(meeting) != booked.room:
            # People have the old address: a new one would be wrong for them.
            raise RoomsUnavailable
        return True


class NoRooms:
    """Stands in where no provider is configured any more: what it has opened can't be reached."""

    def create(self, meeting: Meeting) -> str:  # noqa: ARG002
        """There is none; the appointment goes on in the agent's room.

        Raises:
            RoomsUnavailable: always.
        """
        raise RoomsUnavailable

    def move(self, meeting: Meeting) -> str:  # noqa: ARG002
        """As `create`."""
        raise RoomsUnavailable

    def close(self, appointment: str, number: int) -> None:
        """Do nothing: the provider closes rooms by their time, too."""
