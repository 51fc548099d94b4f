"""Builds the notifier from the settings."""

from functools import cache

from keyfob.credentials.store import CredentialStore
from keyfob.directory.connections_store import ConnectionStore
from keyfob.directory.store import Directory
from keyfob.gateways import aws
from keyfob.gateways.kms import KmsUnseal
from keyfob.gateways.ses import SesMail
from keyfob.messages.composer import Composer
from keyfob.messages.connections import Connections
from keyfob.messages.courier import Courier
from keyfob.messages.foretold import Foretold
from keyfob.messages.mail import MailBuilder, Sender
from keyfob.messages.notifier import Notifier
from keyfob.messages.store import Claim, OutboxStore
from keyfob.orders.store import OrderStore
from keyfob.phones.notices import PhoneNotices
from keyfob.wiring.phones import phone_notices_of
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("notifier", "accounts", "sessions", "orders", "credentials", "outbox")


@cache
def phone_notices() -> PhoneNotices:
    return phone_notices_of(runtime())


class TextsOnDemand:
    """Built for the first text: prices that can't be read must not stop mails."""

    def tell(self, claim: Claim) -> bool:
        return phone_notices().tell(claim)


@cache
def courier() -> Courier:
    base = runtime()
    settings = base.settings
    sender = Sender(
        name=settings.value("SENDER_NAME"),
        address=settings.value("SENDER_ADDRESS"),
        support=settings.value("SUPPORT_CONTACT"),
        portal=settings.value("PUBLIC_URL"),
    )
    directory, connections = Directory(base.database), ConnectionStore(base.database)
    composer = Composer(
        directory=directory,
        connections=Connections(directory, connections, base.clock),
        orders=OrderStore(base.database),
        foretold=Foretold(CredentialStore(base.database), base.clock, base.policy),
        unseal=KmsUnseal(aws.client("kms"), settings.value("KEY_MESSAGES")),
        builder=MailBuilder(sender, base.clock),
        clock=base.clock,
    )
    # One try: a mail whose answer was lost must not be sent again without being counted.
    transport = SesMail(aws.client("sesv2", read_seconds=8, tries=1))
    notifier = Notifier(composer, transport, TextsOnDemand(), base.clock, base.policy)
    outbox = OutboxStore(base.database, base.policy)
    return Courier(outbox, base.clock, notifier.perform, base.count)
