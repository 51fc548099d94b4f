"""The operator's requests about agents, appointments and proofings."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Literal

from pydantic import (
    Field,
    StringConstraints,
    model_validator,
)

from keyfob.domain.proofing.agent import Shift
from keyfob.domain.proofing.case import State
from keyfob.domain.proofing.step import Acts
from keyfob.http.fields import (
    Language,
    RequiredText,
    Text,
    Wanted,
    Zone,
)
from keyfob.usecases.proofing.correcting import Names
from operations.forms import AboutAccount, Form

Quarter = Annotated[
    str,
    StringConstraints(pattern=r"^([01]\d|2[0-3]):(00|15|30|45)$"),
    Wanted("must be a time of day on a quarter of an hour, for example 09:15"),
]
Room = Annotated[
    str,
    StringConstraints(pattern=r"^https://[!-~]{1,200}$"),
    Wanted("must be the https address of the agent's meeting room"),
]


class AgentHours(Form):
    """Working hours of a weekday, Monday is 1; `until` is later on the same day."""

    day: int = Field(ge=1, le=7)
    begins: Quarter = Field(alias="from")
    until: Quarter

    @model_validator(mode="after")
    def _in_order(self) -> AgentHours:
        if self.begins >= self.until:
            raise ValueError("hours end later than they begin, on the same day")
        return self

    def shift(self) -> Shift:
        """As a domain object."""
        return Shift(
            weekday=self.day - 1,
            begins=time.fromisoformat(self.begins),
            ends=time.fromisoformat(self.until),
        )


class SetAgentRequest(AboutAccount):
    """Make an account with the role `agent` an agent, or change its hours (C3).

    The holders of appointments get the address of `room`. Hours are on the wall of `time_zone`, on
    quarters of an hour; one that isn't `active` gets no further appointments.
    """

    operation: Literal["set_agent"]
    time_zone: Zone
    languages: list[Language] = Field(min_length=1, max_length=10)
    hours: list[AgentHours] = Field(max_length=28)
    room: Room
    active: bool = True


class DaysOffRequest(AboutAccount):
    """Take days of an agent's off, or give them back (C3).

    Appointments stay and are listed; their holders are told to move them.
    """

    operation: Literal["days_off"]
    days: list[date] = Field(min_length=1, max_length=31)
    off: bool = True


class ListAgentsRequest(Form):
    """List the agents and their hours (C3, G2)."""

    operation: Literal["list_agents"]


class ListProofingsRequest(Form):
    """List open cases: in this state, or at which this side has to act (C3, C4, G2)."""

    operation: Literal["list_proofings"]
    state: State | None = None
    acts: Acts | None = None
    limit: int = Field(200, ge=1, le=1000)


class ReassignAppointmentRequest(AboutAccount):
    """Give a holder's appointment to another agent who is free then; `agent` is a user id (C3)."""

    operation: Literal["reassign_appointment"]
    agent: str | None = Field(default=None, min_length=3, max_length=64)


class ReopenProofingRequest(AboutAccount):
    """Let the holder of a case in review book another appointment (C4).

    Where each side says that the other one didn't come, `missed_by` decides (C3).
    """

    operation: Literal["reopen_proofing"]
    missed_by: Literal["holder", "agent"] | None = None


class ConfirmNameRequest(AboutAccount):
    """Take over the name on a holder's document, with these names for the account (C4, A8)."""

    operation: Literal["confirm_name"]
    first_name: RequiredText
    middle_name: Text = ""
    last_name: RequiredText

    def names(self) -> Names:
        """As the use case takes them."""
        return Names(
            first_name=self.first_name, middle_name=self.middle_name, last_name=self.last_name
        )


class RefuseNameRequest(AboutAccount):
    """Keep the credential's name: the holder books again (C4)."""

    operation: Literal["refuse_name"]
