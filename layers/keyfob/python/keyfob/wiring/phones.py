"""Messages to phones, put together."""

from __future__ import annotations

from datetime import timedelta

from keyfob.gateways import aws
from keyfob.gateways.phone_messages import EndUserMessaging
from keyfob.phones.number import Prices, prices_of
from keyfob.wiring.runtime import Runtime


def phone_messages_of(base: Runtime, *, lifetime: timedelta) -> EndUserMessaging:
    """The sender of this deployment's texts and calls; `lifetime` is how long they are true."""
    settings = base.settings
    return EndUserMessaging(
        aws.client("pinpoint-sms-voice-v2", tries=1),
        sender=settings.value("PHONE_SENDER"),
        configuration_set=settings.value("PHONE_CONFIGURATION_SET"),
        lifetime=lifetime,
    )


def prices_for(base: Runtime) -> Prices:
    """The countries that this deployment sends to."""
    return prices_of(base.settings.value("PHONE_PRICES"))
