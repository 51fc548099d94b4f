"""Shared parts of acts about time: moving the clock, sweeping, reading the results."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from local.client import Unexpected, eventually
from local.holders import Holder
from local.play import Mail, Play

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


class Moving(Play):
    """A play with a moved clock; each person's mails are read once, in the order they came."""

    def go(self, at: datetime, *, settled: bool = True) -> None:
        """Move the clock to an instant; with `settled`, a minute past it, for work due then."""
        then = at + MINUTE if settled else at
        if then < self.stack.clock.now():
            raise Unexpected(f"the clock is at {self.stack.clock.now()} and can't go to {then}")
        self.stack.clock.move_to(then)

    def act(self, one: Holder, title: str) -> None:
        """Begin a new act, at this person's local time."""
        self.tell.act(title)
        self.tell.note(one.local(self.stack.clock.now()))

    def sweep(self) -> None:
        """Run the sweep that runs every five minutes."""
        swept = self.stack.invoke("LifecycleSweepFunction", {})
        self.tell.check(f"the sweep finds {swept['queued']} due", swept["queued"] >= 1)

    def arrives(self, one: Holder, containing: str) -> Mail:
        """The one mail since the last, with these words in its subject."""
        mail = self.arriving(one, 1)[0]
        self.tell.check(
            f"a mail to {first_name(one)}: “{mail['subject']}”", containing in mail["subject"]
        )
        return mail

    def arriving(self, one: Holder, count: int) -> list[Mail]:
        """The mails since the last.

        Raises:
            Unexpected: there are more, or not enough in time.
        """
        what = f"{count} more mails to {one.name}"
        found = eventually(
            lambda: mails if len(mails := one.unread()) >= count else [], seconds=60, what=what
        )
        if len(found) != count:
            raise Unexpected(f"{what}: {[mail['subject'] for mail in found]}")
        one.read += count
        return found

    def shows(self, one: Holder, status: str, words: str, date: str) -> dict[str, Any]:
        """The credential as its holder sees it now."""
        view = one.look()
        at = one.local(instant(view[date]))
        self.tell.check(
            f"{first_name(one)}'s credential: {status}", view["status"] == status, f"{words} {at}"
        )
        return view

    def status_of(self, one: Holder) -> str:
        """The credential's status, for somebody whose session may have idled out."""
        one.sign_in()
        return str(one.look()["status"])

    def until(self, what: str, ask: Callable[[], bool]) -> None:
        """Wait until `ask` is true."""
        with self.tell.waiting(what):
            eventually(ask, seconds=60, what=what)


def the_next(at: datetime, hour: int, zone: ZoneInfo) -> datetime:
    """The next time that a clock in `zone` shows this full hour."""
    there = at.astimezone(zone)
    then = there.replace(hour=hour, minute=0, second=0, microsecond=0)
    return then if then > there else then + DAY


def instant(text: str) -> datetime:
    """An instant of the API, as a value."""
    return datetime.fromisoformat(text)


def first_name(one: Holder) -> str:
    """The person's name in the demo."""
    return one.name.split()[0]
