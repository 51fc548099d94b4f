"""A provider of meeting rooms in this process (C3)."""

from __future__ import annotations

from dataclasses import dataclass, field

from keyfob.domain.proofing.errors import RoomsUnavailable
from keyfob.domain.proofing.rooms import Meeting


@dataclass(kw_only=True)
class ARoom:
    """A room: its address, its meeting, and whether it is open."""

    address: str
    meeting: Meeting
    is_open: bool = True


@dataclass
class FakeRooms:
    """Answers as the Protocol says; `down` makes it unavailable. `asked` lists its calls."""

    down: bool = False
    asked: list[str] = field(default_factory=list)
    rooms: dict[str, ARoom] = field(default_factory=dict)

    def create(self, meeting: Meeting) -> str:
        self._ask("create")
        return self._put(meeting)

    def move(self, meeting: Meeting) -> str:
        self._ask("move")
        return self._put(meeting)

    def close(self, appointment: str, number: int) -> None:
        self._ask("close")
        room = self.rooms.get(appointment)
        if room and room.meeting.number <= number:
            room.is_open = False

    def _put(self, meeting: Meeting) -> str:
        room = self.rooms.get(meeting.appointment)
        if room is None or (not room.is_open and meeting.number > room.meeting.number):
            address = f"https://rooms.example/r/{len(self.asked)}"
            room = self.rooms[meeting.appointment] = ARoom(address=address, meeting=meeting)
        if not room.is_open:
            raise RoomsUnavailable
        if meeting.number > room.meeting.number:
            room.meeting = meeting
        return room.address

    def _ask(self, what: str) -> None:
        if self.down:
            raise RoomsUnavailable
        self.asked.append(what)
