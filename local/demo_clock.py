"""The demo's acts about time: four credentials, two years, one clock that is moved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from local.client import Unexpected, eventually
from local.holders import Holder, buy_and_register, cast, deliver_tokens, renew
from local.narrator import Narrator
from local.play import Mail, Play
from local.stack import Stack

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)


class ClockLife(Play):
    """Each act moves the clock on from the one before; the dates are what the API says."""

    def __init__(self, stack: Stack, tell: Narrator) -> None:
        """Play on `stack`, told by `tell`."""
        super().__init__(stack, tell)
        self.people = cast(stack, "alan", "grace", "olga", "konrad")
        self.alan, self.grace, self.olga, self.konrad = self.people

    def play(self) -> None:
        """Two years."""
        self.buying()
        self.suspending()
        self.reminding()
        self.reenabling()
        self.lapsing_suspended()
        self.noticing_at_night()
        self.letting_it_expire()
        self.renewing_early()
        self.expiring()
        self.renewing()
        self.counting_down()
        self.lapsing_expired()
        self.summing_up()

    def buying(self) -> None:
        """B4, C1, D2: everybody has an active credential and a token."""
        deliver_tokens(self.stack, self.people)
        self.stack.clock.move_to(_next(self.stack.clock.now(), 22, self.alan.zone))
        self._act(self.alan, "Alan buys a credential, late in the evening")
        buy_and_register([self.alan])
        self._shows(self.alan, "active", "until", "expires_at")
        some_weeks_later = self.stack.clock.now() + 44 * _DAY
        self._go(_next(some_weeks_later, 10, self.grace.zone))
        self._act(self.grace, "Grace, Olga and Konrad buy theirs")
        late = [self.grace, self.olga, self.konrad]
        buy_and_register(late)
        for one in late:
            self._shows(one, "active", "until", "expires_at")

    def suspending(self) -> None:
        """F5: by the holders themselves."""
        self._go(self.stack.clock.now() + 75 * _DAY)
        self._act(self.konrad, "Konrad and Olga suspend theirs")
        for one in (self.konrad, self.olga):
            one.sign_in()
            path = f"/credentials/{one.credential}/suspension"
            one.person.expect(200, "POST", path)
            self._shows(one, "suspended", "60 days, until", "revokes_at")
            self._arrives(one, "was suspended")
        refused = self.konrad.person.elevate(self.konrad.device.code())
        self.tell.check(
            "Konrad's code is refused",
            refused.json()["code"] == "credential_suspended",
            refused.json()["detail"],
        )

    def reminding(self) -> None:
        """F5, F7: 30, 15 and 3 days before the end of a suspension."""
        ends = _instant(self.konrad.look()["revokes_at"])
        for days in (30, 15, 3):
            self._go(max(ends, _instant(self.olga.views[-1][1]["revokes_at"])) - days * _DAY)
            self._act(self.konrad, f"{days} days are left to both")
            self._sweep()
            self._arrives(self.olga, "will be revoked")
            mail = self._arrives(self.konrad, "will be revoked")
        self.tell.mail(mail)

    def reenabling(self) -> None:
        """F5: the last day but one."""
        self._go(_instant(self.olga.views[-1][1]["suspended_at"]) + 59 * _DAY)
        self._act(self.olga, "Day 59: Olga re-enables hers")
        self.olga.sign_in()
        self.olga.person.expect(200, "DELETE", f"/credentials/{self.olga.credential}/suspension")
        self._shows(self.olga, "active", "valid as before, until", "expires_at")
        self._arrives(self.olga, "was re-enabled")

    def lapsing_suspended(self) -> None:
        """F5, F7, S43: day 60 comes to one of them only."""
        ends = _instant(self.konrad.views[-1][1]["revokes_at"])
        self._go(ends - 5 * _MINUTE, settled=False)
        self.konrad.sign_in()
        self._go(_instant(self.olga.views[-2][1]["revokes_at"]))
        self._act(self.konrad, "Day 60")
        self._is_revoked(self.konrad)
        self.tell.check(
            "Olga's is not: day 60 passes, and nobody writes to her",
            self._status_of(self.olga) == "active" and not self.olga.unread(),
        )

    def noticing_at_night(self) -> None:
        """F6, S45: a reminder waits for the morning."""
        self._go(_instant(self.alan.views[-1][1]["renewal_from"]))
        self._act(self.alan, "Alan has 30 days left to renew, and it is night in New York")
        self._sweep()
        self.alan.sign_in()
        self._until(
            "the notice is decided and written down",
            lambda: self.alan.history()[-1]["what"] == "credential.renewal_noticed",
        )
        self.tell.check("but not sent: nobody is woken for it", not self.alan.unread())
        self._go(_next(self.stack.clock.now(), 8, self.alan.zone))
        self._sweep()
        mail = self._arrives(self.alan, "Renew your credential")
        arrived = datetime.fromisoformat(mail["at"]).astimezone(self.alan.zone)
        self.tell.check("it comes in the morning", arrived.hour == 8, f"{self.alan.local(arrived)}")
        self.tell.mail(mail)

    def letting_it_expire(self) -> None:
        """F6: he does nothing."""
        self._go(_instant(self.alan.views[-1][1]["expires_at"]))
        self._act(self.alan, "Alan's year is over")
        self._sweep()
        self._arrives(self.alan, "has expired")
        self.alan.sign_in()
        self._shows(self.alan, "expired", "a year to renew it, until", "revokes_at")

    def renewing_early(self) -> None:
        """B7: from the original expiry, however early."""
        self._go(_instant(self.olga.views[-1][1]["renewal_from"]))
        self._act(self.olga, "Grace and Olga are asked to renew, and Olga does at once")
        self._sweep()
        for one in (self.grace, self.olga):
            self._arrives(one, "Renew your credential")
        self.olga.sign_in()
        self._renew(self.olga)

    def expiring(self) -> None:
        """F6, S22: to the minute."""
        grace = self.grace
        expires = _instant(grace.views[-1][1]["expires_at"])
        self._go(expires - 5 * _MINUTE, settled=False)
        self._act(grace, "Five minutes before Grace's year is over")
        grace.sign_in()
        elevated = grace.person.elevate(grace.device.code())
        self.tell.check("her code signs her in: strength 2", elevated.status_code == 201)
        self._go(expires)
        self._act(grace, "And a minute after")
        shown = grace.person.expect(200, "GET", "/session")
        self.tell.check("the same session is back at strength 1", shown["strength"] == 1)
        refused = grace.person.elevate(grace.device.code())
        self.tell.check(
            "the next code is refused, and she is told why",
            refused.json()["code"] == "credential_expired",
            refused.json()["detail"],
        )
        self._sweep()
        self.tell.mail(self._arrives(grace, "has expired"))
        self._shows(grace, "expired", "a year to renew it, until", "revokes_at")

    def renewing(self) -> None:
        """B7, S46: late, by card, from the original expiry."""
        grace = self.grace
        self._go(self.stack.clock.now() + 14 * _DAY)
        self._act(grace, "Two weeks late, Grace renews by card")
        grace.sign_in()
        self.tell.mail(self._renew(grace))
        elevated = grace.person.elevate(grace.device.code())
        self.tell.check(
            "the token that she has always had signs her in: strength 2",
            elevated.status_code == 201 and elevated.json()["strength"] == 2,
        )

    def counting_down(self) -> None:
        """F7, S44: 30, 15 and 3 days before the revocation."""
        ends = _instant(self.alan.views[-1][1]["revokes_at"])
        for days in (30, 15, 3):
            # He bought in the evening: what is decided then is read in the morning.
            self._go(_next(ends - days * _DAY, 8, self.alan.zone))
            self._act(self.alan, f"Alan hasn't renewed: {days} days are left")
            self._sweep()
            self._arrives(self.alan, "will be revoked")

    def lapsing_expired(self) -> None:
        """F7, S22, S43: at once, and only the credential."""
        ends = _instant(self.alan.views[-1][1]["revokes_at"])
        self._go(ends - 5 * _MINUTE, settled=False)
        self.alan.sign_in()
        self._go(ends)
        self._act(self.alan, "A year after the expiry")
        self.tell.mail(self._is_revoked(self.alan))

    def summing_up(self) -> None:
        """S43, S44: nothing twice, nothing missing."""
        self.tell.act("What the clock did to each of them")
        for one in self.people:
            one.sign_in()
            one.look()
            by_itself = [each for each in one.history() if each["by"] == "system"]
            self.tell.note(f"{one.name}, {one.organization}: {one.views[-1][1]['status']}")
            for each in by_itself:
                at = one.local(datetime.fromisoformat(each["at"]))
                self.tell.note(f"  {each['what']:<28}{at}")
        self.tell.check(
            "and no mail has come that was not expected",
            not any(one.unread() for one in self.people),
        )

    def _is_revoked(self, one: Holder) -> Mail:
        """S22: sessions gone at once, the password kept."""
        before = one.person.call("GET", "/session").status_code
        self._sweep()
        mail = self._arrives(one, "was revoked automatically")
        after = one.person.call("GET", "/session").status_code
        self.tell.check(f"{_first(one)}'s session has ended", (before, after) == (200, 401))
        signed_in = one.sign_in()
        self.tell.check(
            "the same password still signs in, and no code is asked for",
            signed_in["strength"] == 1 and not signed_in["elevation"],
        )
        self._shows(one, "revoked", "since", "revoked_at")
        return mail

    def _renew(self, one: Holder) -> Mail:
        """The real way: order, Stripe's page, webhook, queue, worker."""
        until = _instant(one.views[-1][1]["expires_at"])
        order = renew(one)
        self.await_fulfilled(one.person, order)
        told = self._arriving(one, 2)
        by_subject = {mail["subject"]: mail for mail in told}
        self.tell.check(
            "two mails arrive: the order is confirmed, the credential is renewed",
            f"Order {order['number']} is confirmed" in by_subject,
        )
        view = self._shows(one, "active", "a year from the original expiry:", "expires_at")
        self.tell.check(
            "not from the day of the payment",
            _instant(view["expires_at"]) == until.replace(year=until.year + 1),
        )
        return by_subject["Your credential is renewed"]

    def _go(self, at: datetime, *, settled: bool = True) -> None:
        """Move the clock to an instant; a minute past it where something is to be due then."""
        then = at + _MINUTE if settled else at
        if then < self.stack.clock.now():
            raise Unexpected(f"the clock is at {self.stack.clock.now()} and can't go to {then}")
        self.stack.clock.move_to(then)

    def _act(self, one: Holder, title: str) -> None:
        self.tell.act(title)
        self.tell.note(one.local(self.stack.clock.now()))

    def _sweep(self) -> None:
        """As every five minutes."""
        swept = self.stack.invoke("LifecycleSweepFunction", {})
        self.tell.check(f"the sweep finds {swept['queued']} due", swept["queued"] >= 1)

    def _arrives(self, one: Holder, containing: str) -> Mail:
        """The one mail that has come since the last, with these words in its subject."""
        mail = self._arriving(one, 1)[0]
        self.tell.check(
            f"a mail to {_first(one)}: “{mail['subject']}”", containing in mail["subject"]
        )
        return mail

    def _arriving(self, one: Holder, count: int) -> list[Mail]:
        what = f"{count} more mails to {one.name}"
        found = eventually(
            lambda: mails if len(mails := one.unread()) >= count else [], seconds=60, what=what
        )
        if len(found) != count:
            raise Unexpected(f"{what}: {[mail['subject'] for mail in found]}")
        one.read += count
        return found

    def _shows(self, one: Holder, status: str, words: str, date: str) -> dict[str, Any]:
        """The credential as its holder sees it now."""
        view = one.look()
        at = one.local(_instant(view[date]))
        self.tell.check(
            f"{_first(one)}'s credential: {status}", view["status"] == status, f"{words} {at}"
        )
        return view

    def _status_of(self, one: Holder) -> str:
        one.sign_in()
        return str(one.look()["status"])

    def _until(self, what: str, ask: Callable[[], bool]) -> None:
        with self.tell.waiting(what):
            eventually(ask, seconds=60, what=what)


def _next(at: datetime, hour: int, zone: ZoneInfo) -> datetime:
    """The next time that a clock in `zone` shows this full hour."""
    there = at.astimezone(zone)
    then = there.replace(hour=hour, minute=0, second=0, microsecond=0)
    return then if then > there else then + _DAY


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _first(one: Holder) -> str:
    return one.name.split()[0]
