"""The clock's work on license keys that nobody has redeemed (B5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from keyfob.domain.credentials.errors import LicenseKeyLapsed
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.orders.errors import LicenseKeyNotReissuable
from keyfob.domain.orders.key_schedule import Due
from keyfob.domain.orders.license_key import KeyState, LicenseKey
from keyfob.domain.orders.order import Order
from keyfob.storage.messages.store import OutboxRow
from keyfob.storage.orders.license_keys import LicenseKeyRow
from keyfob.storage.rows import Remove, Update
from keyfob.usecases.credentials.redemption import Claim
from keyfob.usecases.orders.pricing import Item
from keyfob.wiring.operations import undelivered_of
from keyfob.wiring.orders import key_jobs_of, reissuing_of
from tests.support.builders import a_record
from tests.support.credential_world import CredentialWorld
from tests.support.fakes import fake_mac, fake_unseal
from tests.support.faults import first
from tests.support.order_world import OPERATOR, SYSTEM, OrderWorld, actor

DAY = timedelta(days=1)


class Bench:
    """A paid order of one credential, and the clock's jobs on its key."""

    def __init__(self, world: CredentialWorld, product: str = "phone") -> None:
        self.world: CredentialWorld = world
        self.orders: OrderWorld = world.orders
        self.jobs = key_jobs_of(world.orders.base)
        self.reissuing = reissuing_of(world.orders.base)
        self.order: Order = world.orders.paid(world.ada, items=(Item(product=product),))
        self.typed = self._mailed()
        self.subject = f"KEY#{fake_mac('license-key', self.typed)}"

    @property
    def key(self) -> LicenseKey:
        """The key of the first unit as it is now."""
        found = self.orders.orders.keys.get(self.subject)
        assert found
        return found

    def row(self) -> LicenseKeyRow:
        """Its row."""
        found = self.orders.database.get(LicenseKeyRow, self.subject, "-")
        assert found
        return found

    def perform(self, **after: float) -> Due | None:
        """Let the clock look at the key, so long after the payment."""
        assert self.order.paid_at
        if after:
            self.world.clock.now = self.order.paid_at + timedelta(**after)
        return self.jobs.perform(self.subject, by=SYSTEM)

    def redeem(self) -> None:
        """Ada redeems the key."""
        claim = Claim(
            license_key=self.typed, legal_name="Ada Byron", country="GB", organization="acme"
        )
        ada = self.world.ada
        self.world.redemption.redeem(claim, a_record(ada.id), actor(ada))

    def reminders(self) -> list[str]:
        """Until when each reminder says that the key lasts."""
        rows = [one for one in self.orders.queued(pending=False) if one.state != "moot"]
        return [one.facts["lapses"] for one in rows if one.kind == Kind.LICENSE_KEY_REMINDER]

    def _mailed(self) -> str:
        row = self.mail()
        assert row.sealed
        return fake_unseal(row.pk, row.sealed)

    def mail(self) -> OutboxRow:
        """The mail that brings the key."""
        rows = [one for one in self.orders.queued(pending=False) if one.kind == Kind.LICENSE_KEY]
        [found] = [one for one in rows if one.facts == {"order": self.order.number, "unit": 0}]
        return found


@pytest.fixture
def bench(credential_world: CredentialWorld) -> Bench:
    return Bench(credential_world)


def actions(bench: Bench) -> list[str]:
    """The actions of the key's entries, after that it was made."""
    return bench.world.trail(bench.subject)[1:]


def test_a_key_is_reminded_of_three_times_and_lapses_after_a_year_B5(bench: Bench) -> None:
    bench.orders.send_queued()
    seen = [bench.perform(days=days) for days in (0.5, 1, 2, 14, 15, 60, 335, 364, 365, 366)]
    assert seen == [
        None,
        Due.CHECK,
        None,
        Due.REMIND,
        None,
        Due.REMIND,
        Due.REMIND,
        None,
        Due.LAPSE,
        None,
    ]
    assert bench.reminders() == ["2027-11-22T07:00:00Z"] * 3
    assert actions(bench) == ["license_key.reminded"] * 3 + ["license_key.lapsed"]
    assert bench.key.state is KeyState.LAPSED
    row = bench.row()
    listed = [row.g1pk, row.g1sk, row.g3pk]
    assert listed == [None] * 3, "the clock and administrators see it no more"
    with pytest.raises(LicenseKeyLapsed, match="in the year"):
        bench.redeem()


def test_the_purchaser_is_told_that_a_key_has_lapsed_B5(bench: Bench) -> None:
    bench.orders.send_queued()
    bench.perform(days=1)
    bench.orders.mail.sent.clear()
    bench.perform(days=365)
    bench.orders.send_queued()
    [mail] = bench.orders.mail.sent
    assert mail["Subject"] == f"A license key of order {bench.order.number} has ended"
    part = mail.get_body(("plain",))
    assert part
    text = part.get_content()
    assert "22 November 2027" in text
    assert "buy a new one" in text
    assert bench.typed not in text


def test_a_key_whose_token_was_never_shipped_begins_its_year_anew_B5(
    credential_world: CredentialWorld,
) -> None:
    """Nobody could redeem it. The credential then expires with the year that began anew."""
    bench = Bench(credential_world, "hardware-token")
    bench.orders.send_queued()
    bench.perform(days=1)
    bench.perform(days=335)
    assert bench.perform(days=365) is Due.LAPSE
    assert actions(bench) == ["license_key.postponed"]
    assert bench.key.is_issued
    assert bench.row().g1sk.startswith("2028-10-23T07:00:00Z#KEY#")
    credential_world.sent(credential_world.delivered(None), bench.order.number)
    bench.perform(days=365 + 336)
    assert bench.reminders() == ["2028-11-22T07:00:00Z"]
    bench.redeem()
    live = credential_world.live
    assert (live.paid_at.isoformat(), live.expires_at.isoformat()) == (
        "2026-11-22T07:00:00+00:00",
        "2028-11-22T07:00:00+00:00",
    )


@pytest.mark.parametrize(("days", "lapses"), [(364, True), (366, False)])
def test_a_key_lapses_if_its_token_was_sent_before_its_end_B5(
    days: int, lapses: bool, credential_world: CredentialWorld
) -> None:
    """Also where the clock looks at it late."""
    bench = Bench(credential_world, "hardware-token")
    assert bench.order.paid_at
    bench.perform(days=1)
    bench.world.clock.now = bench.order.paid_at + timedelta(days=days)
    credential_world.sent(credential_world.delivered(None), bench.order.number)
    bench.perform(days=367)
    assert bench.key.is_issued is not lapses
    assert Kind.LICENSE_KEY_LAPSED in bench.orders.kinds() or not lapses


def test_a_token_that_was_lost_on_its_way_counts_as_not_shipped_B5(
    credential_world: CredentialWorld,
) -> None:
    bench = Bench(credential_world, "hardware-token")
    bench.perform(days=1)
    device = credential_world.delivered(None)
    credential_world.sent(device, bench.order.number)
    undelivered_of(bench.orders.base).lost(bench.order.number, device.serial, by=OPERATOR)
    bench.perform(days=365)
    assert actions(bench) == ["license_key.unsent", "license_key.postponed"]


def test_the_key_is_due_when_the_clock_must_look_at_it_B5(bench: Bench) -> None:
    assert bench.row().g1sk.startswith("2026-11-23T07:00:00Z#KEY#")
    bench.perform(days=1)
    assert bench.row().g1sk.startswith("2026-12-06T07:00:00Z#KEY#")
    bench.perform(days=2)
    assert bench.row().g1sk.startswith("2026-12-06T07:00:00Z#KEY#")


def test_the_reminder_names_order_unit_and_end_and_not_the_key_B5(bench: Bench) -> None:
    bench.orders.send_queued()
    bench.orders.mail.sent.clear()
    bench.perform(days=1)
    bench.perform(days=14, hours=6)
    bench.orders.send_queued()
    [mail] = bench.orders.mail.sent
    part = mail.get_body(("plain",))
    assert part
    text = part.get_content()
    assert bench.order.number in text
    assert "22 November 2027" in text
    assert bench.typed not in text


@pytest.mark.parametrize("how", ["dead", "moot", "pending"])
def test_a_key_whose_mail_is_not_sent_in_a_day_is_counted_once_B5(how: str, bench: Bench) -> None:
    """Given up, or obsolete since its purchaser left, or still waiting: nobody has the key."""
    key = (bench.mail().pk, "-")
    pending = OutboxRow.state == "pending"
    ended = Update(row=OutboxRow, key=key, actions=[OutboxRow.state.set(how)], condition=pending)
    bench.orders.database.write(ended)
    assert bench.perform(hours=23) is None
    bench.perform(hours=24)
    assert bench.perform() is None
    assert actions(bench) == ["license_key.unsent"]
    bench.redeem()


def test_a_key_whose_mail_was_sent_gets_no_entry_even_when_the_mail_is_gone_B5(
    bench: Bench,
) -> None:
    bench.orders.send_queued()
    bench.perform(days=1)
    assert actions(bench) == []
    again = Bench(bench.world)
    gone = Remove(row=OutboxRow, key=(again.mail().pk, "-"), condition=OutboxRow.state == "pending")
    again.orders.base.transactions.commit(gone, audit=[])
    again.perform(days=1)
    assert actions(again) == []


def test_nobody_is_reminded_of_a_key_that_waits_for_its_token_B5(
    credential_world: CredentialWorld,
) -> None:
    bench = Bench(credential_world, "hardware-token")
    bench.orders.send_queued()
    bench.perform(days=1)
    bench.perform(days=14)
    assert (actions(bench), bench.reminders()) == ([], [])
    credential_world.sent(credential_world.delivered(None), bench.order.number)
    bench.perform(days=60)
    assert len(bench.reminders()) == 1


def test_a_redeemed_or_reissued_key_is_left_alone_B5(bench: Bench) -> None:
    bench.reissuing.reissue(bench.order.number, 0, OPERATOR)
    assert bench.row().g1sk is None
    assert bench.perform(days=14) is None
    other = Bench(bench.world)
    other.redeem()
    row = other.row()
    planned = [row.g1pk, row.g1sk]
    assert planned == [None, None]
    assert other.perform(days=400) is None
    assert other.key.state is KeyState.REDEEMED


def test_an_earlier_key_without_schedule_stays_as_it_is_B5(bench: Bench) -> None:
    bought = bench.world.bought(kind="phone")
    old = f"KEY#{fake_mac('license-key', bought.keys[0])}"
    bench.world.clock.advance(days=400)
    assert bench.jobs.perform(old, by=SYSTEM) is None
    assert bench.jobs.perform("KEY#unknown", by=SYSTEM) is None
    bench.reissuing.reissue(bought.order, 0, OPERATOR)
    seen = bench.orders.orders.keys.get(old)
    assert seen
    assert seen.successor
    successor = bench.orders.orders.keys.get(seen.successor)
    assert successor
    assert (successor.schedule, successor.is_issued) == (None, True)


def test_a_key_whose_year_is_over_is_good_for_nothing_though_the_clock_is_late_B5(
    bench: Bench,
) -> None:
    """Neither redeemed nor reissued; a second before it is."""
    assert bench.order.paid_at
    bench.world.clock.now = bench.order.paid_at + timedelta(days=365)
    with pytest.raises(LicenseKeyLapsed):
        bench.redeem()
    with pytest.raises(LicenseKeyNotReissuable):
        bench.reissuing.reissue(bench.order.number, 0, OPERATOR)
    bench.world.clock.now -= timedelta(seconds=1)
    bench.redeem()
    assert bench.key.state is KeyState.REDEEMED


def test_a_lapse_at_the_moment_of_a_redemption_loses_B5(bench: Bench) -> None:
    """The redemption began a second before; the clock reads the key anew, which is redeemed."""
    bench.perform(days=1)
    bench.perform(days=365, seconds=-1)
    lapse = partial(bench.perform, days=365)

    def redeem() -> None:
        now = bench.world.clock.now
        bench.world.clock.now = now - timedelta(seconds=1)
        bench.redeem()
        bench.world.clock.now = now

    bench.world.client.next("transact_write_items", first(redeem))
    assert lapse() is None
    assert bench.key.state is KeyState.REDEEMED
    assert "license_key.lapsed" not in actions(bench)


def test_a_redemption_at_the_moment_of_a_lapse_is_refused_B5(bench: Bench) -> None:
    """The clock writes between the reading and the writing of the redemption."""
    bench.perform(days=1)
    bench.perform(days=365, seconds=-1)
    lapse = partial(bench.perform, days=365)
    bench.world.client.next("transact_write_items", first(lapse))
    with pytest.raises(LicenseKeyLapsed):
        bench.redeem()
    assert bench.key.state is KeyState.LAPSED


@pytest.mark.parametrize("how", ["twice", "at once"])
def test_a_reminder_is_sent_once_whatever_the_queue_repeats_S42(how: str, bench: Bench) -> None:
    bench.perform(days=1)
    if how == "at once":
        again: Callable[[], Any] = partial(bench.perform, days=14)
        bench.world.client.next("transact_write_items", first(again))
    bench.perform(days=14)
    assert bench.perform() is None
    assert len(bench.reminders()) == 1


def test_a_reminder_of_a_key_that_was_redeemed_meanwhile_is_not_sent_S44(bench: Bench) -> None:
    bench.orders.send_queued()
    bench.orders.mail.sent.clear()
    bench.perform(days=1)
    bench.perform(days=14, hours=6)
    bench.redeem()
    bench.orders.send_queued()
    assert bench.orders.mail.sent == []


def test_a_guests_key_is_reminded_of_at_the_orders_address_B8(bench: Bench) -> None:
    assert replace(bench.key, account="").purchaser == f"ORDER#{bench.order.number}"
    assert bench.key.purchaser == bench.world.ada.id
