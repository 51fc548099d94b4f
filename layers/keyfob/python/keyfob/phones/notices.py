"""Keeping the promise to tell a phone something by text (A4, S14)."""

from __future__ import annotations

from keyfob.clock import Clock
from keyfob.credentials.store import CredentialStore
from keyfob.directory.store import Directory
from keyfob.errors import PhoneNotAllowed, PhoneUnreachable
from keyfob.messages.outbox import Kind, Message
from keyfob.phones import wording
from keyfob.phones.number import Channel, Number, Prices, parsed, price
from keyfob.phones.provider import PhoneMessages
from keyfob.phones.sending import everybodys
from keyfob.phones.store import PhoneStore
from keyfob.phones.wording import Notice
from keyfob.policy import Policy
from keyfob.sessions.limits import Limits

_NOTICES = {
    Kind.PHONE_ADDED_TEXT: Notice.PHONE_ADDED,
    Kind.PASSWORD_RECOVERED_TEXT: Notice.PASSWORD_RECOVERED,
}


class PhoneNotices:
    """Sends what the outbox promises to phones; what it costs counts like everything else's."""

    def __init__(
        self,
        *,
        credentials: CredentialStore,
        store: PhoneStore,
        directory: Directory,
        limits: Limits,
        messages: PhoneMessages,
        prices: Prices,
        clock: Clock,
        policy: Policy,
        sender: str,
        support: str,
    ) -> None:
        self._credentials = credentials
        self._store = store
        self._directory = directory
        self._limits = limits
        self._messages = messages
        self._prices = prices
        self._clock = clock
        self._policy = policy
        self._sender = sender
        self._support = support

    def tell(self, message: Message) -> bool:
        """Send the text; False if that phone doesn't count any more, or takes none.

        Raises:
            PhoneUnavailable; TooManyTries: of everybody. To be tried again.
        """
        account = self._directory.account(message.recipient)
        number = self._number(message)
        if account is None or number is None:
            return False
        cost = price(number, Channel.TEXT, self._prices)
        self._limits.take(everybodys(cost, self._policy), self._clock())
        said = wording.notice(_NOTICES[message.kind], account.language, self._sender, self._support)
        try:
            self._messages.text(number.e164, said)
        except PhoneUnreachable:
            return False
        return True

    def _number(self, message: Message) -> Number | None:
        live = self._credentials.live(str(message.facts["holder"]))
        for phone in self._store.confirmed(live):
            if phone.id == message.facts["phone"]:
                try:
                    number = parsed(phone.number, self._prices)
                except PhoneNotAllowed:
                    return None
                return number if Channel.TEXT in number.channels else None
        return None
