"""The check that a person begins a registration or an order, without a third party (A1, A2, B8).

Another check takes the place of `FormCheck` in the wiring; it must judge in constant work and
before anything costly.

The key that signs forms is derived by the key service from the day, once a day and process.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Protocol

from keyfob.domain.clock import Clock
from keyfob.domain.orders.license_key import Mac
from keyfob.domain.policy import Policy
from keyfob.domain.registrations import form as forms
from keyfob.domain.registrations.errors import FormExpired, FormInvalid, FormUsed
from keyfob.domain.registrations.form import Form, SentForm
from keyfob.storage.registrations import forms as rows
from keyfob.storage.registrations.forms import UsedForms
from keyfob.storage.transaction import TransactionPart

# More days than a form may say that it is from: no sender makes a process forget a key.
_DAYS = 8
_LONGEST = timedelta(days=2)


class BotCheck(Protocol):
    """Tells people from programs."""

    def form(self) -> Form:
        """A form to fill in."""

    def require_person(self, sent: SentForm) -> TransactionPart:
        """What to commit with the act that the form begins, so that it begins nothing else.

        Raises:
            FormInvalid, FormTooFast, FormExpired, FormUsed, FormTrapped, WorkInsufficient.
        """


class FormCheck:
    """Signed time, an invisible field, and a small proof of work."""

    def __init__(self, *, used: UsedForms, mac: Mac, clock: Clock, policy: Policy) -> None:
        self._used = used
        self._clock = clock
        self._policy = policy

        @lru_cache(maxsize=_DAYS)
        def key(day: str) -> bytes:
            return bytes.fromhex(mac(forms.PURPOSE, day))

        self._key = key

    def form(self) -> Form:
        """A form of this instant.

        Raises:
            KeysUnavailable: the key service did not answer.
        """
        now = self._clock()
        return forms.issued(self._key(forms.day_of(now)), now, self._policy)

    def require_person(self, sent: SentForm) -> TransactionPart:
        """The mark that this form was used.

        Raises:
            FormInvalid, FormTooFast, FormExpired, FormUsed, FormTrapped, WorkInsufficient.
            KeysUnavailable: the key service did not answer.
        """
        now = self._clock()
        at = self._require_recent(sent, now)
        forms.require_person(sent, self._key(forms.day_of(at)), now, self._policy)
        nonce = forms.nonce_of(sent)
        if self._used.has(nonce):
            raise FormUsed
        return TransactionPart(writes=[rows.use(nonce, now + self._policy.form_lifetime)])

    def _require_recent(self, sent: SentForm, now: datetime) -> datetime:
        """When it says that it was issued; days that nobody has need no key."""
        at = forms.issued_at(sent)
        if at > now + _LONGEST:
            raise FormInvalid
        if at < now - _LONGEST:
            raise FormExpired
        return at
