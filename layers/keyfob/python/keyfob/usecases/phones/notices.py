"""Sends an outbox message to a phone by text (A4, S14)."""

from __future__ import annotations

from collections.abc import Callable

from keyfob.domain.clock import Clock
from keyfob.domain.holds.notifications import number_of
from keyfob.domain.messages.declared import Recipient
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.phones import wording
from keyfob.domain.phones.errors import PhoneNotAllowed, PhoneUnreachable
from keyfob.domain.phones.number import Channel, Number, Prices, parsed, price
from keyfob.domain.phones.provider import PhoneMessages
from keyfob.domain.phones.wording import Notice
from keyfob.domain.policy import Policy
from keyfob.storage.directory.store import Directory
from keyfob.storage.holds.store import HoldStore
from keyfob.storage.limits import Limits
from keyfob.storage.messages.store import Lease
from keyfob.usecases.phones.sending import everybodys

_NOTICES = {
    Kind.PHONE_ADDED_TEXT: Notice.PHONE_ADDED,
    Kind.PHONE_REMOVED_TEXT: Notice.PHONE_REMOVED,
    Kind.PASSWORD_RECOVERED_TEXT: Notice.PASSWORD_RECOVERED,
    Kind.BINDING_HELD_TEXT: Notice.BINDING_HELD,
    Kind.BINDING_RELEASED_TEXT: Notice.BINDING_RELEASED,
}


class PhoneNotices:
    """Sends the outbox's texts to phones; their costs count toward the same limits."""

    def __init__(
        self,
        *,
        directory: Directory,
        holds: HoldStore,
        limits: Limits,
        messages: PhoneMessages,
        unseal: Callable[[str, bytes], str],
        prices: Prices,
        clock: Clock,
        policy: Policy,
        portal: str,
        sender: str,
        support: str,
    ) -> None:
        self._directory = directory
        self._holds = holds
        self._limits = limits
        self._messages = messages
        self._unseal = unseal
        self._prices = prices
        self._clock = clock
        self._policy = policy
        self._portal = portal
        self._sender = sender
        self._support = support

    def tell(self, lease: Lease) -> bool:
        """Send the text; False if there is no recipient, or the phone takes no texts.

        Raises:
            PhoneUnavailable; TooManyTries: by everybody together. To be tried again.
        """
        account = self._directory.account(lease.message.recipient)
        number = self._number(lease)
        if account is None or number is None:
            return False
        text = self._text(lease, account.language)
        cost = price(number, Channel.TEXT, self._prices) * wording.segments(text)
        self._limits.take(everybodys(cost, self._policy), self._clock())
        try:
            self._messages.text(number.e164, text)
        except PhoneUnreachable:
            return False
        return True

    def _text(self, lease: Lease, language: str) -> str:
        notice, sealed = _NOTICES[lease.message.kind], lease.message.sealed
        if notice is not Notice.BINDING_HELD or sealed is None:
            return wording.notice(notice, language, self._sender, self._support)
        link = f"{self._portal}/v1/freezes/{self._unseal(lease.id, sealed)}"
        return wording.notice(notice, language, self._sender, link)

    def _number(self, lease: Lease) -> Number | None:
        """The number that goes with the message, or that the account's hold keeps."""
        message = lease.message
        if message.kind.declared.to is Recipient.KNOWN_PHONES:
            # A child's hold is told to the phones of its parent's, too.
            account, phone = number_of(message.subject)
            kept = self._holds.numbers(account, self._clock()).sealed.get(phone)
            name = message.subject
        else:
            kept, name = message.sealed, lease.id
        if kept is None:
            return None
        try:
            number = parsed(self._unseal(name, kept), self._prices)
        except PhoneNotAllowed:
            return None
        return number if Channel.TEXT in number.channels else None
