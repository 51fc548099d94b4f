"""The operator's tools, put together."""

from __future__ import annotations

from keyfob.gateways import aws
from keyfob.gateways.reports import S3Reports
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.forecast.store import DueCredentials
from keyfob.storage.inventory.store import Inventory
from keyfob.storage.orders.catalog import Catalog
from keyfob.storage.orders.store import OrderStore
from keyfob.storage.phones.store import PhoneStore
from keyfob.usecases.credentials.help_desk import HelpDesk
from keyfob.usecases.directory.seed import Seed
from keyfob.usecases.forecast.forecasting import Forecasting, Reports
from keyfob.usecases.orders.shipping import Shipping
from keyfob.usecases.phones.help_desk import PhoneHelpDesk
from keyfob.wiring.credentials import credential_desk_of
from keyfob.wiring.orders import service_of
from keyfob.wiring.runtime import Runtime
from keyfob.wiring.sessions import passwords_of


def seed_of(base: Runtime) -> Seed:
    """Partners, organizations, products and accounts are added."""
    return Seed(
        directory=Directory(base.database),
        catalog=Catalog(base.database),
        passwords=base.outside(passwords_of),
        transactions=base.transactions,
        clock=base.clock,
    )


def shipping_of(base: Runtime) -> Shipping:
    """Tokens are marked as shipped."""
    return Shipping(
        service=service_of(base),
        orders=OrderStore(base.database),
        inventory=Inventory(base.database),
        transactions=base.transactions,
        clock=base.clock,
    )


def help_desk_of(base: Runtime) -> HelpDesk:
    """An operator finds a person's credential and changes it."""
    directory, credentials = Directory(base.database), CredentialStore(base.database)
    return HelpDesk(directory, credentials, credential_desk_of(base))


def phone_help_of(base: Runtime) -> PhoneHelpDesk:
    """An operator helps with phones."""
    phones = PhoneStore(base.database)
    return PhoneHelpDesk(help_desk_of(base), credential_desk_of(base), phones, base.transactions)


def reports_of(base: Runtime) -> Reports:
    """Where reports are kept."""
    return S3Reports(aws.client("s3"), base.settings.value("BUCKET_REPORTS"))


def forecasting_of(base: Runtime) -> Forecasting:
    """The forecast of renewals is counted and kept."""
    return Forecasting(
        credentials=DueCredentials(base.database),
        reports=base.outside(reports_of),
        clock=base.clock,
        policy=base.policy,
    )
