"""Making license keys: a key's row, the mail that brings it to the purchaser, its holder's mail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.credentials.dates import one_year_after
from keyfob.domain.messages.facts import LicenseKeyFacts
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message, Seal, message_id
from keyfob.domain.orders import key_schedule, license_key
from keyfob.domain.orders.key_schedule import Schedule
from keyfob.domain.orders.license_key import LicenseKey, Mac
from keyfob.domain.orders.order import Order
from keyfob.domain.policy import Policy
from keyfob.storage.orders import license_keys as rows
from keyfob.storage.rows import Put


@dataclass(frozen=True, slots=True, kw_only=True)
class Minted:
    """A new license key's row, audit entry and mails; it stands sealed in the purchaser's."""

    subject: str
    write: Put
    entry: Entry
    messages: Sequence[Message]


class Minting:
    """Makes license keys."""

    def __init__(
        self,
        *,
        mac: Mac,
        seal: Seal,
        clock: Clock,
        policy: Policy,
        generate: Callable[[], str] = license_key.generate,
    ) -> None:
        self._mac = mac
        self._seal = seal
        self._clock = clock
        self._policy = policy
        self._generate = generate

    def mint(
        self, order: Order, unit: int, *, by: Actor, instead_of: LicenseKey | None = None
    ) -> Minted:
        """A key for the order's `unit`-th unit (from 0), or one `instead_of` another.

        Raises:
            KeysUnavailable: the key service did not answer.
        """
        key = self._generate()
        mac = self._mac("license-key", key)
        subject = rows.key_subject(mac)
        facts = LicenseKeyFacts(order=order.number, unit=unit)
        if instead_of:
            facts["reissued"] = 1
        message = Message(
            kind=Kind.LICENSE_KEY,
            subject=subject,
            version=1,
            recipient=order.purchaser,
            facts=facts,
            sealed=self._seal(message_id(Kind.LICENSE_KEY, subject, 1, order.purchaser), key),
            correlation=by.correlation,
        )
        entry = Entry(
            action="license_key.minted",
            actor=by,
            at=self._clock(),
            subject=subject,
            facts={"order": order.number, "unit": unit + 1},
        )
        schedule, due = self._scheduled(order, instead_of)
        write = rows.put_license_key(mac, order, unit, schedule, due)
        holder = order.holder_of(unit)
        told = [message]
        if holder and holder != order.account:
            told.append(replace(message, kind=Kind.KEY_FOR_HOLDER, recipient=holder, sealed=None))
        return Minted(subject=subject, write=write, entry=entry, messages=told)

    def _scheduled(
        self, order: Order, instead_of: LicenseKey | None
    ) -> tuple[Schedule | None, datetime | None]:
        """The key's schedule, and when the clock must look at it; neither for an earlier one."""
        now = in_seconds(self._clock)
        if instead_of is None:
            paid_at = order.paid_at or now
            ends = one_year_after(paid_at)
            schedule = key_schedule.begun(paid_at, ends, now, self._policy)
        elif instead_of.schedule is None:
            return None, None
        else:
            paid_at = instead_of.paid_at
            schedule = key_schedule.begun_anew(instead_of.schedule, now)
        return schedule, key_schedule.next_due(schedule, paid_at, self._policy)
