"""Builds the operator's tools from the settings."""

from functools import cache

from keyfob.audit.sealing import Sealing
from keyfob.audit.subjects import Subjects
from keyfob.credentials.help_desk import HelpDesk
from keyfob.credentials.store import CredentialStore
from keyfob.directory.seed import Seed
from keyfob.directory.store import Directory
from keyfob.forecast.forecasting import Forecasting
from keyfob.forecast.store import DueCredentials
from keyfob.gateways import aws
from keyfob.gateways.reports import S3Reports
from keyfob.inventory.store import Inventory
from keyfob.messages.store import OutboxStore
from keyfob.orders.catalog import Catalog
from keyfob.orders.shipping import Shipping
from keyfob.orders.store import OrderStore
from keyfob.phones.help import PhoneHelp
from keyfob.phones.store import PhoneStore
from keyfob.wiring.audit import sealing_of
from keyfob.wiring.credentials import credential_desk_of
from keyfob.wiring.orders import desk_of
from keyfob.wiring.runtime import Runtime
from keyfob.wiring.sessions import passwords_of


@cache
def runtime() -> Runtime:
    return Runtime("operations", "accounts", "sessions", "orders", "credentials", "outbox", "audit")


@cache
def seed() -> Seed:
    base = runtime()
    return Seed(
        directory=Directory(base.database),
        catalog=Catalog(base.database),
        passwords=passwords_of(base),
        transactions=base.transactions,
        clock=base.clock,
    )


@cache
def sealing() -> Sealing:
    return sealing_of(runtime())


@cache
def subjects() -> Subjects:
    return Subjects(runtime().database)


@cache
def outbox() -> OutboxStore:
    return OutboxStore(runtime().database, runtime().policy)


@cache
def shipping() -> Shipping:
    base = runtime()
    return Shipping(
        desk=desk_of(base),
        orders=OrderStore(base.database),
        inventory=Inventory(base.database),
        transactions=base.transactions,
        clock=base.clock,
    )


@cache
def help_desk() -> HelpDesk:
    base = runtime()
    return HelpDesk(
        Directory(base.database), CredentialStore(base.database), credential_desk_of(base)
    )


@cache
def phone_help() -> PhoneHelp:
    base = runtime()
    return PhoneHelp(
        help_desk(), credential_desk_of(base), PhoneStore(base.database), base.transactions
    )


@cache
def forecasting() -> Forecasting:
    base = runtime()
    return Forecasting(
        credentials=DueCredentials(base.database),
        reports=S3Reports(aws.client("s3"), base.settings.value("BUCKET_REPORTS")),
        clock=base.clock,
        policy=base.policy,
    )
