"""Phones in the test's own process, with the key service and the provider at hand."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from keyfob.credentials.store import CredentialStore
from keyfob.directory.store import Directory
from keyfob.gateways import aws
from keyfob.gateways.kms import KmsMac, KmsSeal
from keyfob.gateways.phone_messages import EndUserMessaging
from keyfob.phones.binding import Binding
from keyfob.phones.checking import PhoneCheck
from keyfob.phones.codes import PhoneCodes
from keyfob.phones.number import prices_of
from keyfob.phones.sending import Sending
from keyfob.phones.store import PhoneStore
from keyfob.sessions.limits import Limits
from keyfob.wiring.credentials import credential_desk_of
from keyfob.wiring.runtime import Runtime


class Phoning:
    """What the function for phones is made of; each part through the given clients."""

    def __init__(self, base: Runtime, kms: Any, sms: Any) -> None:
        self._base = base
        self._mac = KmsMac(kms, base.settings.value("KEY_MAC"))
        self._sms = sms
        self._prices = prices_of(base.settings.value("PHONE_PRICES"))

    @cached_property
    def sending(self) -> Sending:
        """Limits and the way out."""
        base = self._base
        return Sending(
            limits=Limits(base.database),
            messages=EndUserMessaging(
                self._sms,
                sender=base.settings.value("PHONE_SENDER"),
                configuration_set=base.settings.value("PHONE_CONFIGURATION_SET"),
                lifetime=base.policy.phone_code_lifetime,
            ),
            prices=self._prices,
            transactions=base.transactions,
            clock=base.clock,
            policy=base.policy,
            count=base.count,
        )

    @cached_property
    def codes(self) -> PhoneCodes:
        """Codes and test messages."""
        base = self._base
        return PhoneCodes(
            store=PhoneStore(base.database),
            directory=Directory(base.database),
            sending=self.sending,
            mac=self._mac,
            prices=self._prices,
            transactions=base.transactions,
            clock=base.clock,
            policy=base.policy,
            sender=base.settings.value("SENDER_NAME"),
        )

    @cached_property
    def check(self) -> PhoneCheck:
        """Whoever compares codes."""
        base = self._base
        return PhoneCheck(
            store=PhoneStore(base.database),
            desk=credential_desk_of(base),
            mac=self._mac,
            clock=base.clock,
            policy=base.policy,
        )

    @cached_property
    def binding(self) -> Binding:
        """Adding, confirming and removing phones."""
        base = self._base
        return Binding(
            credentials=CredentialStore(base.database),
            store=PhoneStore(base.database),
            desk=credential_desk_of(base),
            codes=self.codes,
            check=self.check,
            sending=self.sending,
            seal=KmsSeal(aws.client("kms"), base.settings.value("KEY_MESSAGES")),
            prices=self._prices,
            transactions=base.transactions,
            clock=base.clock,
            policy=base.policy,
        )
