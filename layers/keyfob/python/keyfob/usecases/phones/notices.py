"""Sends an outbox message to a phone by text (A4, S14)."""

from __future__ import annotations

from collections.abc import Callable

from keyfob.domain.clock import Clock
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.phones import wording
from keyfob.domain.phones.errors import PhoneNotAllowed, PhoneUnreachable
from keyfob.domain.phones.number import Channel, Number, Prices, parsed, price
from keyfob.domain.phones.provider import PhoneMessages
from keyfob.domain.phones.wording import Notice
from keyfob.domain.policy import Policy
from keyfob.storage.directory.store import Directory
from keyfob.storage.limits import Limits
from keyfob.storage.messages.store import Lease
from keyfob.usecases.phones.sending import everybodys

_NOTICES = {
    Kind.PHONE_ADDED_TEXT: Notice.PHONE_ADDED,
    Kind.PASSWORD_RECOVERED_TEXT: Notice.PASSWORD_RECOVERED,
}


class PhoneNotices:
    """Sends the outbox's texts to phones; their costs count toward the same limits."""

    def __init__(
        self,
        *,
        directory: Directory,
        limits: Limits,
        messages: PhoneMessages,
        unseal: Callable[[str, bytes], str],
        prices: Prices,
        clock: Clock,
        policy: Policy,
        sender: str,
        support: str,
    ) -> None:
        self._directory = directory
        self._limits = limits
        self._messages = messages
        self._unseal = unseal
        self._prices = prices
        self._clock = clock
        self._policy = policy
        self._sender = sender
        self._support = support

    def tell(self, lease: Lease) -> bool:
        """Send the text; False if there is no recipient, or the phone takes no texts.

        Raises:
            PhoneUnavailable; TooManyTries: by everybody together. To be tried again.
        """
        message = lease.message
        account = self._directory.account(message.recipient)
        if account is None or message.sealed is None:
            return False
        number = self._number(self._unseal(lease.id, message.sealed))
        if number is None:
            return False
        cost = price(number, Channel.TEXT, self._prices)
        self._limits.take(everybodys(cost, self._policy), self._clock())
        notice = _NOTICES[message.kind]
        try:
            self._messages.text(
                number.e164,
                wording.notice(notice, account.language, self._sender, self._support),
            )
        except PhoneUnreachable:
            return False
        return True

    def _number(self, queued: str) -> Number | None:
        try:
            number = parsed(queued, self._prices)
        except PhoneNotAllowed:
            return None
        return number if Channel.TEXT in number.channels else None
