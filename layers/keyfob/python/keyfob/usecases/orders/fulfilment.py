"""Minting license keys for a paid order, in chunks, each conditioned on the order's version.

`paid` alone is committed first and is itself due: if the process dies in between, the clock resumes
and mints the missing keys, once.
"""

from __future__ import annotations

from collections.abc import Callable

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.clock import Clock
from keyfob.domain.messages.kinds import Kind, LicenseKeyFacts
from keyfob.domain.messages.outbox import Message, Seal, message_id
from keyfob.domain.orders import license_key
from keyfob.domain.orders.license_key import Mac
from keyfob.domain.orders.order import Order, State, mint
from keyfob.domain.policy import Policy
from keyfob.storage.orders import store as rows
from keyfob.storage.rows import Put
from keyfob.storage.transaction import TransactionPart, Transactions
from keyfob.usecases.orders.service import OrderService


class Fulfilment:
    """Mints and sends the license keys of a paid order."""

    def __init__(
        self,
        *,
        service: OrderService,
        transactions: Transactions,
        mac: Mac,
        seal: Seal,
        clock: Clock,
        policy: Policy,
        generate: Callable[[], str] = license_key.generate,
    ) -> None:
        self._service = service
        self._transactions = transactions
        self._mac = mac
        self._seal = seal
        self._clock = clock
        self._policy = policy
        self._generate = generate

    def fulfill(self, number: str, *, by: Actor) -> Order:
        """Mint every missing key; leaves an unpaid order alone."""
        order = self._service.get(number)
        while order.state is State.PAID:
            self._transactions.retry_on_conflict(lambda: self._chunk(number, by))
            order = self._service.get(number)
        return order

    def _chunk(self, number: str, by: Actor) -> None:
        order = self._service.get(number)
        if order.state is not State.PAID:
            return
        left = len(order.units) - order.minted
        count = min(left, self._policy.fulfilment_chunk)
        now = self._clock()
        keys = [self._minted(order, unit, by) for unit in range(order.minted, order.minted + count)]
        entries = [
            Entry(
                action="license_key.minted",
                actor=by,
                at=now,
                subject=message.subject,
                facts={"order": order.number},
            )
            for _, message in keys
        ]
        part = TransactionPart(
            writes=[write for write, _ in keys],
            audit=entries,
            messages=[message for _, message in keys],
            facts={"keys": count},
        )
        self._service.commit(order, mint(order, count), by=by, part=part)

    def _minted(self, order: Order, unit: int, by: Actor) -> tuple[Put, Message]:
        key = self._generate()
        mac = self._mac("license-key", key)
        subject = f"KEY#{mac}"
        sealed = self._seal(message_id(Kind.LICENSE_KEY, subject, 1, order.account), key)
        message = Message(
            kind=Kind.LICENSE_KEY,
            subject=subject,
            version=1,
            recipient=order.account,
            facts=LicenseKeyFacts(order=order.number, unit=unit),
            sealed=sealed,
            correlation=by.correlation,
        )
        return rows.put_license_key(mac, order, unit), message
