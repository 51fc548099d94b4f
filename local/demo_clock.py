"""The demo's acts about time: four credentials, two years, one moved clock."""

from __future__ import annotations

from datetime import datetime

from local.client import idempotency_key, new_order
from local.holders import Holder, buy_and_register, cast, deliver_tokens, renew
from local.moving import DAY, MINUTE, Moving, first_name, instant, the_next
from local.narrator import Narrator
from local.play import Mail
from local.stack import Stack


class ClockLife(Moving):
    """The acts; each moves the clock forward. The dates are the API's."""

    def __init__(self, stack: Stack, tell: Narrator) -> None:
        """Play on `stack`, narrated by `tell`."""
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
        self.stack.clock.move_to(the_next(self.stack.clock.now(), 22, self.alan.zone))
        self.act(self.alan, "Alan buys a credential, late in the evening")
        buy_and_register([self.alan])
        self.shows(self.alan, "active", "until", "expires_at")
        some_weeks_later = self.stack.clock.now() + 44 * DAY
        self.go(the_next(some_weeks_later, 10, self.grace.zone))
        self.act(self.grace, "Grace, Olga and Konrad buy theirs")
        late = [self.grace, self.olga, self.konrad]
        buy_and_register(late)
        for one in late:
            self.shows(one, "active", "until", "expires_at")

    def suspending(self) -> None:
        """F5: by the holders themselves."""
        self.go(self.stack.clock.now() + 75 * DAY)
        self.act(self.konrad, "Konrad and Olga suspend theirs")
        for one in (self.konrad, self.olga):
            one.sign_in()
            path = f"/credentials/{one.credential}/suspension"
            one.person.expect(200, "POST", path)
            self.shows(one, "suspended", "60 days, until", "revokes_at")
            self.arrives(one, "was suspended")
        refused = self.konrad.person.elevate(self.konrad.device.code())
        self.tell.check(
            "Konrad's code is refused",
            refused.json()["code"] == "credential_suspended",
            refused.json()["detail"],
        )

    def reminding(self) -> None:
        """F5, F7: 30, 15 and 3 days before the end of a suspension."""
        ends = instant(self.konrad.look()["revokes_at"])
        for days in (30, 15, 3):
            self.go(max(ends, instant(self.olga.views[-1][1]["revokes_at"])) - days * DAY)
            self.act(self.konrad, f"{days} days are left to both")
            self.sweep()
            self.arrives(self.olga, "will be revoked")
            mail = self.arrives(self.konrad, "will be revoked")
        self.tell.mail(mail)

    def reenabling(self) -> None:
        """F5: the last day but one."""
        self.go(instant(self.olga.views[-1][1]["suspended_at"]) + 59 * DAY)
        self.act(self.olga, "Day 59: Olga re-enables hers")
        self.olga.sign_in()
        self.olga.person.expect(200, "DELETE", f"/credentials/{self.olga.credential}/suspension")
        self.shows(self.olga, "active", "valid as before, until", "expires_at")
        self.arrives(self.olga, "was re-enabled")

    def lapsing_suspended(self) -> None:
        """F5, F7, S43: only one of them reaches day 60."""
        ends = instant(self.konrad.views[-1][1]["revokes_at"])
        self.go(ends - 5 * MINUTE, settled=False)
        self.konrad.sign_in()
        self.go(instant(self.olga.views[-2][1]["revokes_at"]))
        self.act(self.konrad, "Day 60")
        self._is_revoked(self.konrad, "Was it you? Something of your sign-in was ended")
        self.tell.check(
            "Olga's is not: day 60 passes, and nobody writes to her",
            self.status_of(self.olga) == "active" and not self.olga.unread(),
        )

    def noticing_at_night(self) -> None:
        """F6, S45: a reminder waits for the morning."""
        self.go(instant(self.alan.views[-1][1]["renewal_from"]))
        self.act(self.alan, "Alan has 30 days left to renew, and it is night in New York")
        self.sweep()
        self.alan.sign_in()
        self.until(
            "the notice is decided and written down",
            lambda: self.alan.history()[-1]["what"] == "credential.renewal_noticed",
        )
        self.tell.check("but not sent: nobody is woken for it", not self.alan.unread())
        self.go(the_next(self.stack.clock.now(), 8, self.alan.zone))
        self.sweep()
        mail = self.arrives(self.alan, "Renew your credential")
        arrived = datetime.fromisoformat(mail["at"]).astimezone(self.alan.zone)
        self.tell.check("it comes in the morning", arrived.hour == 8, f"{self.alan.local(arrived)}")
        self.tell.mail(mail)

    def letting_it_expire(self) -> None:
        """F6: the holder does nothing."""
        self.go(instant(self.alan.views[-1][1]["expires_at"]))
        self.act(self.alan, "Alan's year is over")
        self.sweep()
        self.arrives(self.alan, "has expired")
        self.alan.sign_in()
        self.shows(self.alan, "expired", "a year to renew it, until", "revokes_at")

    def renewing_early(self) -> None:
        """B7: an early renewal counts from the original expiry."""
        self.go(instant(self.olga.views[-1][1]["renewal_from"]))
        self.act(self.olga, "Grace and Olga are asked to renew, and Olga does at once")
        self.sweep()
        for one in (self.grace, self.olga):
            self.arrives(one, "Renew your credential")
        self.olga.sign_in()
        self._renew(self.olga)

    def expiring(self) -> None:
        """F6, S22: the credential expires to the minute."""
        grace = self.grace
        expires = instant(grace.views[-1][1]["expires_at"])
        self.go(expires - 5 * MINUTE, settled=False)
        self.act(grace, "Five minutes before Grace's year is over")
        grace.sign_in()
        elevated = grace.person.elevate(grace.device.code())
        self.tell.check("her code signs her in: strength 2", elevated.status_code == 201)
        self.go(expires)
        self.act(grace, "And a minute after")
        shown = grace.person.expect(200, "GET", "/session")
        self.tell.check("the same session is back at strength 1", shown["strength"] == 1)
        refused = grace.person.elevate(grace.device.code())
        self.tell.check(
            "the next code is refused, and she is told why",
            refused.json()["code"] == "credential_expired",
            refused.json()["detail"],
        )
        self.sweep()
        self.tell.mail(self.arrives(grace, "has expired"))
        self.shows(grace, "expired", "a year to renew it, until", "revokes_at")

    def renewing(self) -> None:
        """B7, S46: a late renewal by card counts from the original expiry."""
        grace = self.grace
        self.go(self.stack.clock.now() + 14 * DAY)
        self.act(grace, "Two weeks late, Grace renews by card")
        grace.sign_in()
        self.tell.mail(self._renew(grace))
        elevated = grace.person.elevate(grace.device.code())
        self.tell.check(
            "the token that she has always had signs her in: strength 2",
            elevated.status_code == 201 and elevated.json()["strength"] == 2,
        )

    def counting_down(self) -> None:
        """F7, S44: 30, 15 and 3 days before the revocation."""
        ends = instant(self.alan.views[-1][1]["revokes_at"])
        for days in (30, 15, 3):
            # He bought in the evening: a reminder that falls due then is read in the morning.
            self.go(the_next(ends - days * DAY, 8, self.alan.zone))
            self.act(self.alan, f"Alan hasn't renewed: {days} days are left")
            self.sweep()
            self.arrives(self.alan, "will be revoked")
        self._invoice_is_too_late(self.alan)

    def lapsing_expired(self) -> None:
        """F7, S22, S43: the revocation is immediate and ends only the credential."""
        ends = instant(self.alan.views[-1][1]["revokes_at"])
        self.go(ends - 5 * MINUTE, settled=False)
        self.alan.sign_in()
        self.go(ends)
        self.act(self.alan, "A year after the expiry")
        self.tell.mail(self._is_revoked(self.alan))

    def summing_up(self) -> None:
        """S43, S44: nothing twice, nothing missing."""
        self.tell.act("Two years later: the history of each credential")
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

    def _invoice_is_too_late(self, one: Holder) -> None:
        """F7: an invoice can't clear in five days; a card counts at once."""
        one.sign_in()
        items = [{"product": "renewal", "credential": one.credential}]
        body = new_order(items=items, payment="invoice")
        refused = one.person.call("POST", "/orders", body, headers=idempotency_key())
        self.tell.check(
            "he wants to renew by invoice, and is told that it can't clear in time",
            (refused.status_code, refused.json()["code"]) == (409, "invoice_too_late"),
            refused.json()["detail"],
        )

    def _is_revoked(self, one: Holder, *warnings: str) -> Mail:
        """S22, S54: sessions end at once, the password stays; a suspension's end is warned of."""
        before = one.person.call("GET", "/session").status_code
        self.sweep()
        arrived = self.arriving(one, 1 + len(warnings))
        by_subject = {mail["subject"]: mail for mail in arrived}
        subject = "Your credential was revoked automatically"
        self.tell.check(
            f"mails to {first_name(one)}: “{'”, “'.join(sorted(by_subject))}”",
            set(by_subject) == {subject, *warnings},
        )
        mail = by_subject[subject]
        after = one.person.call("GET", "/session").status_code
        self.tell.check(f"{first_name(one)}'s session has ended", (before, after) == (200, 401))
        signed_in = one.sign_in()
        self.tell.check(
            "the same password still signs in, and no code is asked for",
            signed_in["strength"] == 1 and not signed_in["elevation"],
        )
        self.shows(one, "revoked", "since", "revoked_at")
        return mail

    def _renew(self, one: Holder) -> Mail:
        """Renew by the real path: order, Stripe's page, webhook, queue, worker."""
        until = instant(one.views[-1][1]["expires_at"])
        order = renew(one)
        self.await_fulfilled(one.person, order)
        told = self.arriving(one, 2)
        by_subject = {mail["subject"]: mail for mail in told}
        self.tell.check(
            "two mails arrive: the order is confirmed, the credential is renewed",
            f"Order {order['number']} is confirmed" in by_subject,
        )
        view = self.shows(one, "active", "a year from the original expiry:", "expires_at")
        self.tell.check(
            "not from the day of the payment",
            instant(view["expires_at"]) == until.replace(year=until.year + 1),
        )
        return by_subject["Your credential is renewed"]
