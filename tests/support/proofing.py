"""People to be proofed and agents who proof them, over the API through its samples."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from keyfob.domain.credentials.credential import State
from tests.support.deployment import Deployment, later, sample
from tests.support.token_holder import TokenHolder, a_holder_with_a_shipped_token
from tests.support.visitor import PERMANENT, Answer, visitor

DAYS = range(1, 8)
PASSED = {"outcome": "passed", "document": "passport", "unexpired": True, "likeness": True}


@dataclass(kw_only=True)
class Candidate:
    """A person whose credential waits for proofing."""

    holder: TokenHolder
    deployment: Deployment
    proofing: str = ""

    def call(self, name: str, body: Any = None, **changes: Any) -> Answer:
        """Send a sample event, with the own credential or case where it names one."""
        places = {"credential": self.holder.credential, "proofing": self.proofing}
        named = sample(f"api/{name}")["pathParameters"] or {}
        parameters = {one: places[one] for one in named}
        self.holder.visitor.stay()
        return self.holder.visitor.call(name, body, **{"parameters": parameters, **changes})

    def choose(self, method: str = "live") -> Answer:
        """Choose the method, and keep the case's id."""
        answer = self.call("choose_proofing", {"method": method})
        if answer.status == 200:
            self.proofing = str(answer.body["id"])
        return answer

    def ask_slots(self, *, first: str = "", last: str = "", zone: str = "UTC") -> Answer:
        """Ask for the free times of these days, by default of tomorrow and the day after."""
        today = self.deployment.clock.now().date()
        days = {"from": first or later_day(today, 1), "to": last or later_day(today, 2)}
        query = {**days, "time_zone": zone}
        return self.call(
            "show_slots",
            queryStringParameters=query,
            multiValueQueryStringParameters={name: [one] for name, one in query.items()},
        )

    def slots(self, **asked: str) -> list[datetime]:
        """The free starts."""
        answer = self.ask_slots(**asked)
        assert answer.status == 200, answer.body
        return [datetime.fromisoformat(one["start"]) for one in answer.body["slots"]]

    def book(self, start: datetime, **changes: Any) -> Answer:
        """Book this start, or move the appointment to it."""
        body = {
            "start": start.isoformat(),
            "time_zone": "Asia/Kolkata",
            "phone": "+91 98765 43210",
            **changes,
        }
        return self.call("book_appointment", body)

    def shown(self) -> Any:
        """The case as the API shows it."""
        return self.call("show_proofing").body

    def activate(self, code: str | None = None) -> Answer:
        """Activate the credential, with a code if there is one."""
        if code is None:
            return self.call("activate_credential")
        json_body = {"Content-Type": "application/json"}
        return self.call("activate_credential", {"activation_code": code}, headers=json_body)


@dataclass(kw_only=True)
class AnAgent:
    """An agent with a token."""

    holder: TokenHolder
    deployment: Deployment

    @property
    def account(self) -> str:
        """The agent's account."""
        return self.holder.visitor.token.partition(".")[0]

    def elevate(self) -> None:
        """Sign in and give a code that wasn't used before."""
        later(self.deployment, seconds=60)
        assert self.holder.visitor.sign_in(PERMANENT).status == 201
        self.holder.device.settle()
        assert self.holder.elevate().status == 201

    def day(self, day: str | None = None) -> Answer:
        """The appointments of a day."""
        query = {"day": day} if day else None
        return self.holder.visitor.call(
            "show_agents_day",
            queryStringParameters=query,
            multiValueQueryStringParameters={"day": [day]} if day else None,
        )

    def reissue(self, appointment: str) -> Answer:
        """Ask for another code for the holder who passed."""
        return self.holder.visitor.call("reissue_code", parameters={"appointment": appointment})

    def result(self, appointment: str, body: Any = None) -> Answer:
        """Give the appointment a result, by default that the holder passed."""
        place = {"appointment": appointment}
        return self.holder.visitor.call("give_result", body or PASSED, parameters=place)


def a_candidate(deployment: Deployment, **changes: Any) -> Candidate:
    """A person with a credential that waits for proofing."""
    waits = {"state": State.PENDING_ACTIVATION, "activated_at": None, "proofing": True}
    holder = a_holder_with_a_shipped_token(deployment, **{**waits, **changes})
    return Candidate(holder=holder, deployment=deployment)


def an_agent(deployment: Deployment, **changes: Any) -> AnAgent:
    """An agent who works around the clock, in UTC, unless told otherwise."""
    who = visitor(deployment, roles=["agent"])
    holder = a_holder_with_a_shipped_token(deployment, who=who)
    assert holder.register().status == 201
    works(deployment, who.user_id, **changes)
    return AnAgent(holder=holder, deployment=deployment)


def works(
    deployment: Deployment,
    user_id: str,
    *,
    begins: str = "00:00",
    until: str = "23:45",
    days: Iterable[int] = DAYS,
    **changes: Any,
) -> Any:
    """Set an agent's hours."""
    hours = [{"day": day, "from": begins, "until": until} for day in days]
    event = sample("operations/set_agent", user_id=user_id, hours=hours)
    event |= {"time_zone": "UTC", **changes}
    answer = deployment.invoke("operations", event)
    assert "error" not in answer, answer
    return answer


def later_day(day: date, days: int) -> str:
    """The day so many days later, as ISO 8601."""
    return str(day + timedelta(days=days))
