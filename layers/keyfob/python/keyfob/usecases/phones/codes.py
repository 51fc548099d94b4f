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
from keyfob.domain.phones.number import Channel, Prices, parsed
from keyfob.domain.phones.phone import Phone
from keyfob.domain.policy import Policy
from keyfob.storage.directory.store import Directory
from keyfob.storage.phones import store as rows
from keyfob.storage.phones.store import PhoneStore
from keyfob.storage.rows import Write
from keyfob.storage.transaction import Transactions
from keyfob.usecases.phones.sending import Admitted, Reserved, Sending, Told


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
            confirmed = before.confirmed_at is not None
            reserved = self.reserve(before, session, channel, by, confirmed=confirmed)
            after, told = self.coded(before, session, reserved)
            return self.admit(reserved, told, rows.change(seen, before, after))

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

        def attempt() -> Admitted:
            reserved = self._sending.reserve(number, channel, by, confirmed=False)
            return self.admit(reserved, told, action="phone.tested")

        admitted = self._transactions.retry_on_conflict(attempt)
        self._sending.deliver(admitted)
        return replace(self.sent(admitted), until=None)

    def reserve(
        self, phone: Phone, session: str, channel: Channel, by: Actor, *, confirmed: bool
    ) -> Reserved:
        """Look whether a code may be sent to the phone, before the key service is asked for one.

        Raises:
            PhoneBlocked, PhoneLocked; PhoneNotAllowed, TooManyTries, PhoneMessagesPaused.
        """
        phones.require_sendable(phone, session, self._clock(), self._policy)
        number = parsed(phone.number, self._prices)
        return self._sending.reserve(number, channel, by, confirmed=confirmed)

    def coded(self, phone: Phone, session: str, reserved: Reserved) -> tuple[Phone, Told]:
        """The phone with a new code, and the message that carries it.

        Raises:
            KeysUnavailable: the key service did not answer.
        """
        code, policy = phones.generate(), self._policy
        mac = phones.mac_of(self._mac, session, phone.id, code)
        spoken = reserved.channel is Channel.VOICE
        after = phones.sent(phone, session, mac, self._clock(), policy, spoken=spoken)
        minutes = int(policy.phone_code_lifetime.total_seconds() // 60)
        words = (code, minutes, self._language(reserved.by), self._sender)
        text, call = wording.code_text(*words), wording.code_call(*words)
        return after, Told(channel=reserved.channel, text=text, call=call)

    def admit(
        self, reserved: Reserved, told: Told, *writes: Write, action: str = "phone.code_sent"
    ) -> Admitted:
        """Count the message and audit it, in the transaction of `writes`.

        Raises:
            Conflict: somebody else was faster.
        """
        number = reserved.number
        facts = {"phone": number.masked, "country": number.country, "channel": told.channel.value}
        entry = Entry(action=action, actor=reserved.by, at=self._clock(), facts=facts)
        return self._sending.admit(reserved, told, *writes, audit=entry)

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
