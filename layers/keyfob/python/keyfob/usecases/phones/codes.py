"""Sends codes to phones, and test messages (B1, E1)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.clock import Clock
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.credentials.lifecycle import require_usable
from keyfob.domain.errors import NotFound
from keyfob.domain.orders.license_key import Mac
from keyfob.domain.phones import phone as phones
from keyfob.domain.phones import wording
from keyfob.domain.phones.number import Channel, Number, Prices, parsed
from keyfob.domain.phones.phone import Phone
from keyfob.domain.policy import Policy
from keyfob.storage.directory.store import Directory
from keyfob.storage.phones import store as rows
from keyfob.storage.phones.store import PhoneStore
from keyfob.storage.rows import Write
from keyfob.storage.transaction import Transactions
from keyfob.usecases.phones.sending import Admitted, Sending, Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A message on its way to a phone: when its code expires, when the next may be requested."""

    shown: str
    until: datetime | None
    again_at: datetime


class PhoneCodes:
    """Sends codes, in the language of the account's directory entry."""

    def __init__(
        self,
        *,
        store: PhoneStore,
        directory: Directory,
        sending: Sending,
        mac: Mac,
        prices: Prices,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
        sender: str,
    ) -> None:
        self._store = store
        self._directory = directory
        self._sending = sending
        self._mac = mac
        self._prices = prices
        self._transactions = transactions
        self._clock = clock
        self._policy = policy
        self._sender = sender

    def send(
        self, credential: Credential | None, session: str, phone: str, channel: Channel, by: Actor
    ) -> Sent:
        """Send a new code for this session; the previous one becomes invalid (S11).

        Raises:
            NotFound: it is no phone of the credential.
            NotApproved, NotActivated, Suspended, Expired, PhoneBlocked, PhoneLocked: nothing sent.
            PhoneNotAllowed, TooManyTries, PhoneMessagesPaused: nothing sent.
            PhoneUnavailable, PhoneUnreachable: perhaps nothing was sent; ask again.
        """
        if credential is None:
            raise NotFound
        require_usable(credential, self._clock())

        def attempt() -> Admitted:
            seen = self._store.of(credential)
            if phone not in seen.all:
                raise NotFound
            before = seen.all[phone]
            if before.is_abandoned(self._clock(), self._policy):
                raise NotFound
            number = parsed(before.number, self._prices)
            after, told = self.coded(before, session, channel, by)
            confirmed = before.confirmed_at is not None
            write = rows.change(seen, before, after)
            return self.admit(number, told, by, write, confirmed=confirmed)

        admitted = self._transactions.retry_on_conflict(attempt)
        self._sending.deliver(admitted)
        return self.sent(admitted)

    def test(self, typed: str, channel: Channel, by: Actor) -> Sent:
        """Send a test message to a number (B1).

        Raises:
            InvalidPhone, PhoneNotAllowed, TooManyTries, PhoneMessagesPaused: nothing sent.
            PhoneUnavailable, PhoneUnreachable: perhaps nothing was sent; ask again.
        """
        number = parsed(typed, self._prices)
        language = self._language(by)
        told = Told(
            channel=channel,
            text=wording.test_text(language, self._sender),
            call=wording.test_call(language, self._sender),
        )
        admitted = self._transactions.retry_on_conflict(
            lambda: self.admit(number, told, by, action="phone.tested")
        )
        self._sending.deliver(admitted)
        return replace(self.sent(admitted), until=None)

    def coded(self, phone: Phone, session: str, channel: Channel, by: Actor) -> tuple[Phone, Told]:
        """The phone with a new code, and the message that carries it."""
        code, policy = phones.generate(), self._policy
        mac = phones.mac_of(self._mac, session, phone.id, code)
        after = phones.sent(phone, session, mac, self._clock(), policy)
        minutes = int(policy.phone_code_lifetime.total_seconds() // 60)
        words = (code, minutes, self._language(by), self._sender)
        told = Told(channel=channel, text=wording.code_text(*words), call=wording.code_call(*words))
        return after, told

    def admit(
        self,
        number: Number,
        told: Told,
        by: Actor,
        *writes: Write,
        action: str = "phone.code_sent",
        confirmed: bool = False,
    ) -> Admitted:
        """Count the message and audit it, in the transaction of `writes`."""
        facts = {"phone": number.masked, "country": number.country, "channel": told.channel.value}
        entry = Entry(action=action, actor=by, at=self._clock(), facts=facts)
        return self._sending.admit(number, told, by, *writes, audit=entry, confirmed=confirmed)

    def sent(self, admitted: Admitted) -> Sent:
        """The answer to the request."""
        return Sent(
            shown=admitted.number.masked,
            until=admitted.at + self._policy.phone_code_lifetime,
            again_at=self._sending.again_at(admitted),
        )

    def _language(self, by: Actor) -> str:
        account = self._directory.account(by.account)
        return account.language if account else ""
