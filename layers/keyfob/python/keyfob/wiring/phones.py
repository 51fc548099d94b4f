"""Sending to phones, put together; the hot path needs none of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyfob.domain.phones.number import Prices, prices_of
from keyfob.domain.phones.provider import PhoneMessages
from keyfob.gateways import aws
from keyfob.gateways.phone_messages import EndUserMessaging
from keyfob.storage.directory.store import Directory
from keyfob.storage.holds.store import HoldStore
from keyfob.storage.limits import Limits
from keyfob.storage.phones.store import PhoneStore
from keyfob.usecases.phones.codes import PhoneCodes
from keyfob.usecases.phones.notices import PhoneNotices
from keyfob.usecases.phones.sending import Sending
from keyfob.wiring.keys import mac_of, unseal_of
from keyfob.wiring.runtime import Runtime

if TYPE_CHECKING:
    from mypy_boto3_pinpoint_sms_voice_v2.client import PinpointSMSVoiceV2Client


def phone_prices_of(base: Runtime) -> Prices:
    """The prices of texts and calls, by country."""
    return prices_of(base.settings.value("PHONE_PRICES"))


def sms_of(_base: Runtime) -> PinpointSMSVoiceV2Client:
    """The service that sends texts and places calls."""
    # A message costs money: only the requester decides whether to send another.
    client: PinpointSMSVoiceV2Client = aws.client("pinpoint-sms-voice-v2", tries=1)
    return client


def phone_messages_of(base: Runtime) -> PhoneMessages:
    """Texts and calls of this deployment."""
    return EndUserMessaging(
        base.outside(sms_of),
        sender=base.settings.value("PHONE_SENDER"),
        configuration_set=base.settings.value("PHONE_CONFIGURATION_SET"),
        lifetime=base.policy.phone_code_lifetime,
    )


def sending_of(base: Runtime) -> Sending:
    """Limits and sending."""
    return Sending(
        limits=Limits(base.database),
        messages=base.outside(phone_messages_of),
        prices=phone_prices_of(base),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
        count=base.count,
    )


def phone_notices_of(base: Runtime) -> PhoneNotices:
    """Unrequested messages to phones."""
    settings = base.settings
    return PhoneNotices(
        directory=Directory(base.database),
        holds=HoldStore(base.database),
        limits=Limits(base.database),
        messages=base.outside(phone_messages_of),
        unseal=base.outside(unseal_of),
        prices=phone_prices_of(base),
        clock=base.clock,
        policy=base.policy,
        portal=settings.value("PUBLIC_URL"),
        sender=settings.value("SENDER_NAME"),
        support=settings.value("SUPPORT_CONTACT"),
    )


def phone_codes_of(base: Runtime, sending: Sending) -> PhoneCodes:
    """Codes and test messages."""
    return PhoneCodes(
        store=PhoneStore(base.database),
        directory=Directory(base.database),
        sending=sending,
        mac=base.outside(mac_of),
        prices=phone_prices_of(base),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
        sender=base.settings.value("SENDER_NAME"),
    )
