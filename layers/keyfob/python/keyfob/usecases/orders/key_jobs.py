"""What the clock does to license keys that nobody has redeemed (B5).

    the clock: lapsed                  a redemption
    reads key, issued, v1              reads key, issued, v1
    lapsed IF version = 1      ✓       redeemed IF version = 1     ✗ reads: lapsed, refused

The queue's message names only the key: an old, duplicate or late one does no harm.
"""

from __future__ import annotations

from datetime import datetime

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.credentials.dates import one_year_after
from keyfob.domain.due_index import instant
from keyfob.domain.messages.facts import KeyReminderFacts
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message, message_id
from keyfob.domain.orders import key_schedule
from keyfob.domain.orders.key_schedule import Due, Schedule
from keyfob.domain.orders.license_key import LicenseKey
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.policy import Policy
from keyfob.storage.messages.store import OutboxStore
from keyfob.storage.orders import key_schedules as rows
from keyfob.storage.orders.license_keys import lapse_license_key
from keyfob.storage.orders.store import OrderStore
from keyfob.storage.transaction import Transactions

# An alarm is on LicenseKeyUnsent, which this entry counts.
_UNSENT = "license_key.unsent"
_POSTPONED = "license_key.postponed"
_ACTIONS = {Due.REMIND: "license_key.reminded", Due.LAPSE: "license_key.lapsed"}


class KeyJobs:
    """Checks that keys' mails were sent, reminds of keys, ends keys."""

    def __init__(
        self,
        *,
        orders: OrderStore,
        outbox: OutboxStore,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._orders = orders
        self._outbox = outbox
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def perform(self, subject: str, *, by: Actor) -> Due | None:
        """Do what is due for the key `KEY#<hash>`; None if nothing is.

        Raises:
            Busy, StorageUnavailable: nothing was done; it is due again when the lease ends.
        """
        return self._transactions.retry_on_conflict(lambda: self._attempt(subject, by))

    def _attempt(self, subject: str, by: Actor) -> Due | None:
        seen, now = self._orders.keys.get(subject), in_seconds(self._clock)
        if seen is None or not seen.is_issued or seen.schedule is None:
            return None
        what = key_schedule.due(seen.schedule, seen.paid_at, now, self._policy)
        if what is None:
            self._orders.write(rows.replan(seen, seen.schedule, self._next(seen, seen.schedule)))
            return None
        to = key_schedule.done(seen.schedule, what, now)
        if what is Due.REMIND and self._waits_for_token(seen):
            self._orders.write(rows.replan(seen, to, self._next(seen, to)))
        elif what is Due.LAPSE and self._was_not_shipped(seen, seen.schedule):
            year_ends = one_year_after(seen.schedule.lapses_at)
            self._postpone(seen, key_schedule.postponed(seen.schedule, year_ends, now), by)
        elif what is Due.LAPSE:
            self._transactions.commit(
                lapse_license_key(seen),
                audit=[self._entry(seen, _ACTIONS[what], by)],
                messages=[_told(Kind.LICENSE_KEY_LAPSED, seen, seen.schedule, by)],
            )
        elif what is Due.REMIND:
            self._transactions.commit(
                rows.reschedule(seen, to, self._next(seen, to)),
                audit=[self._entry(seen, _ACTIONS[what], by)],
                messages=[_told(Kind.LICENSE_KEY_REMINDER, seen, seen.schedule, by)],
            )
        else:
            self._check(seen, to, by)
        return what

    def _check(self, seen: LicenseKey, to: Schedule, by: Actor) -> None:
        """Record a key whose mail hasn't been sent; one that was needs no entry."""
        if self._is_sent(seen):
            self._orders.write(rows.replan(seen, to, self._next(seen, to)))
            return
        unsent = self._entry(seen, _UNSENT, by)
        self._transactions.commit(rows.reschedule(seen, to, self._next(seen, to)), audit=[unsent])

    def _postpone(self, seen: LicenseKey, to: Schedule, by: Actor) -> None:
        """Begin the year anew; the entry asks the operators to ship the token, or to refund."""
        change = rows.reschedule(seen, to, self._next(seen, to))
        self._transactions.commit(change, audit=[self._entry(seen, _POSTPONED, by)])

    def _was_not_shipped(self, key: LicenseKey, schedule: Schedule) -> bool:
        """Whether its token wasn't sent before its end, so that nobody could redeem it."""
        if key.kind is not ProductKind.HARDWARE_TOKEN:
            return False
        order = self._orders.get(key.order)
        sent = [one for one in order.shipments if one.unit == key.unit] if order else []
        return not any(one.at < schedule.lapses_at and not one.ended for one in sent)

    def _waits_for_token(self, key: LicenseKey) -> bool:
        """Whether it can't be redeemed yet, so that nobody needs to be reminded of it."""
        if key.kind is not ProductKind.HARDWARE_TOKEN:
            return False
        order = self._orders.get(key.order)
        return order is not None and not order.is_shipped(key.unit)

    def _is_sent(self, key: LicenseKey) -> bool:
        mail = message_id(Kind.LICENSE_KEY, key.subject, 1, key.purchaser)
        found = self._outbox.progress(mail)
        # It is kept for a while after it was sent: one that is gone was.
        return found is None or found.state == "done"

    def _next(self, seen: LicenseKey, schedule: Schedule) -> datetime:
        return key_schedule.next_due(schedule, seen.paid_at, self._policy)

    def _entry(self, seen: LicenseKey, action: str, by: Actor) -> Entry:
        return Entry(
            action=action,
            actor=by,
            at=in_seconds(self._clock),
            subject=seen.subject,
            facts={"order": seen.order, "unit": seen.unit + 1},
        )


def _told(kind: Kind, seen: LicenseKey, schedule: Schedule, by: Actor) -> Message:
    return Message(
        kind=kind,
        subject=seen.subject,
        version=seen.version + 1,
        recipient=seen.purchaser,
        facts=KeyReminderFacts(
            order=seen.order, unit=seen.unit, lapses=instant(schedule.lapses_at)
        ),
        correlation=by.correlation,
    )
