"""Years of a few credentials: the clock moves, the sweep runs, mails are sent."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import requests

from local.client import eventually, mails
from local.stack import Stack
from tests.support.running.credential_checks import account_of
from tests.support.running.people import PERMANENT
from tests.support.running.rows import Rows
from tests.support.running.stack_holders import Holder

# It is day in New York then: reminders keep quiet hours.
DAYTIME = 15
_SLACK = timedelta(minutes=61)


@dataclass
class Life:
    """A holder, and the observations of them on the way."""

    holder: Holder
    seen: dict[str, Any] = field(default_factory=dict)

    @property
    def account(self) -> str:
        """The account's id."""
        return account_of(self.holder.person)

    def sign_in(self) -> None:
        """Sign in by password: sessions idle out while years pass."""
        self.holder.person.sign_in(PERMANENT)

    def shown(self) -> dict[str, Any]:
        """The credential as its holder sees it."""
        path = f"/credentials/{self.holder.credential}"
        answer: dict[str, Any] = self.holder.person.expect(200, "GET", path)
        return answer

    def code(self) -> requests.Response:
        """Try the token's next code."""
        return self.holder.person.elevate(self.holder.device.press())

    def subjects(self, stack: Stack) -> list[str]:
        """The subjects of the mails that came, in their order."""
        told = mails(stack.url, to=f"{self.holder.person.user_id}@acme.example")
        return [one["subject"] for one in told]


class Years:
    """Moves the stack's clock and has the sweep do what is due."""

    def __init__(self, stack: Stack, lives: Sequence[Life]) -> None:
        self.stack = stack
        self.lives = lives
        self.reports: list[dict[str, Any]] = []

    def go_to(self, at: datetime) -> None:
        """Move the clock on to this instant."""
        ahead = at - self.stack.clock.now()
        assert ahead > timedelta(), "nobody goes back"
        self.stack.clock.move(ahead)

    def day(self, at: datetime, **later: float) -> None:
        """The day of `at`, or so much later, in the daytime, with everything due done."""
        noon = (at + timedelta(**later)).replace(hour=DAYTIME, minute=0, second=0)
        self.go_to(max(noon, at + timedelta(**later) + timedelta(minutes=1)))
        self.tick()

    def tick(self) -> None:
        """The sweep, with every message of the queue twice; all is done when it ends."""
        report: dict[str, Any] = self.stack.invoke("LifecycleSweepFunction", {})
        assert report["finished"]
        self.reports.append(report)
        for life in self.lives:
            self._queue({"due": f"ACCOUNT#{life.account}"})
        eventually(self._is_quiet, seconds=60, what="everything due is done and told")

    def _queue(self, body: dict[str, Any]) -> None:
        """Put this on the clock's queue."""
        self.stack.client("sqs").send_message(
            QueueUrl=self.stack.outputs["LifecycleQueue"], MessageBody=json.dumps(body)
        )

    def _is_quiet(self) -> bool:
        soon = (self.stack.clock.now() + _SLACK).isoformat()
        live = [row for row in Rows(self.stack).all("credentials") if row["sk"] == "live"]
        planned = all(row["g1sk"] > soon for row in live)
        told = all(row["state"] != "pending" for row in Rows(self.stack).all("outbox"))
        return planned and told
