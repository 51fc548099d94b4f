"""The sending of messages, put together."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from keyfob.gateways import aws
from keyfob.gateways.ses import SesMail
from keyfob.storage.access.store import AccessStore
from keyfob.storage.connections.store import ConnectionStore
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.messages.store import Lease
from keyfob.storage.orders.store import OrderStore
from keyfob.storage.proofing.calendar import Calendar
from keyfob.storage.proofing.store import CaseStore
from keyfob.storage.registrations.invitations import Invitations
from keyfob.storage.registrations.registrations import Registrations
from keyfob.storage.sponsorships.campaigns import Campaigns
from keyfob.storage.sponsorships.sponsorships import Sponsorships
from keyfob.usecases.messages.composer import Composer
from keyfob.usecases.messages.connections import Connections
from keyfob.usecases.messages.invited import Invited
from keyfob.usecases.messages.mail import MailBuilder, Sender
from keyfob.usecases.messages.notifier import MailTransport, Notifier, Texts
from keyfob.usecases.messages.order_facts import OrderFacts
from keyfob.usecases.messages.readers import Readers
from keyfob.usecases.messages.reminder_facts import ReminderFacts
from keyfob.usecases.messages.sponsored import Sponsored
from keyfob.usecases.phones.notices import PhoneNotices
from keyfob.wiring.documents import enclosing_of
from keyfob.wiring.keys import unseal_of
from keyfob.wiring.phones import phone_notices_of
from keyfob.wiring.runtime import Runtime

if TYPE_CHECKING:
    from mypy_boto3_sesv2.client import SESV2Client


def ses_of(_base: Runtime) -> SESV2Client:
    """The mail service."""
    # One try: a mail whose answer was lost must not be sent again uncounted.
    client: SESV2Client = aws.client("sesv2", read_seconds=8, tries=1)
    return client


def mail_of(base: Runtime) -> MailTransport:
    """The transport of finished mails."""
    return SesMail(base.outside(ses_of))


def texts_of(base: Runtime) -> Texts:
    """Notices by text."""
    return TextsOnDemand(base)


def composer_of(base: Runtime) -> Composer:
    """The composer of mails."""
    settings = base.settings
    sender = Sender(
        name=settings.value("SENDER_NAME"),
        address=settings.value("SENDER_ADDRESS"),
        support=settings.value("SUPPORT_CONTACT"),
        portal=settings.value("PUBLIC_URL"),
    )
    directory, connections = Directory(base.database), ConnectionStore(base.database)
    invitations, registrations = Invitations(base.database), Registrations(base.database)
    orders, unseal = OrderStore(base.database), base.outside(unseal_of)
    return Composer(
        directory=directory,
        readers=Readers(directory, invitations, registrations, orders),
        invited=Invited(directory, invitations, registrations, base.clock),
        sponsored=sponsored_of(base),
        connections=Connections(directory, connections, base.clock),
        access=AccessStore(base.database),
        order_facts=OrderFacts(directory, orders, unseal, base.clock),
        cases=CaseStore(base.database),
        calendar=Calendar(base.database),
        reminder_facts=ReminderFacts(CredentialStore(base.database), base.clock, base.policy),
        unseal=unseal,
        builder=MailBuilder(sender, base.clock),
        clock=base.clock,
    )


def sponsored_of(base: Runtime) -> Sponsored:
    """The facts of messages about sponsorships."""
    return Sponsored(
        Directory(base.database),
        Campaigns(base.database),
        Sponsorships(base.database),
        OrderStore(base.database),
        base.clock,
    )


class TextsOnDemand:
    """Builds the texts' sender on first use: unreadable prices must not stop mails."""

    def __init__(self, base: Runtime) -> None:
        self._base = base

    @cached_property
    def _notices(self) -> PhoneNotices:
        return phone_notices_of(self._base)

    def tell(self, lease: Lease) -> bool:
        return self._notices.tell(lease)


def notifier_of(base: Runtime) -> Notifier:
    """The notifier of mails and texts."""
    return Notifier(
        composer_of(base),
        base.outside(mail_of),
        base.outside(texts_of),
        base.clock,
        base.policy,
        enclosures=base.outside(enclosing_of),
    )
