"""The operator's tools, put together."""

from __future__ import annotations

from keyfob.domain.orders.carrier import carriers_of
from keyfob.gateways import aws
from keyfob.gateways.reports import S3Reports
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.directory.members import Members
from keyfob.storage.directory.store import Directory
from keyfob.storage.forecast.store import DueCredentials, DueOffers
from keyfob.storage.inventory.store import Inventory
from keyfob.storage.orders.catalog import Catalog
from keyfob.storage.orders.customers import CustomerStore
from keyfob.storage.orders.stock import Stocks
from keyfob.storage.orders.store import OrderStore
from keyfob.storage.sessions.store import SessionStore
from keyfob.usecases.credentials.approval import ApprovalsByOperator
from keyfob.usecases.credentials.help_desk import HelpDesk
from keyfob.usecases.directory.initial_data import InitialData
from keyfob.usecases.directory.organizations import Organizations
from keyfob.usecases.directory.partner_administrators import PartnerAdministrators
from keyfob.usecases.directory.partners import Partners
from keyfob.usecases.forecast.forecasting import Forecasting, Reports
from keyfob.usecases.inventory.stocktaking import Stocktaking
from keyfob.usecases.inventory.withdrawing import Withdrawing
from keyfob.usecases.messages.reviving import Reviving
from keyfob.usecases.orders.receiving import CreditLimits, Receiving
from keyfob.usecases.orders.shipping import Shipping
from keyfob.usecases.orders.shipping_lists import ShippingLists
from keyfob.usecases.orders.undelivered import Undelivered
from keyfob.usecases.phones.help_desk import PhoneHelpDesk
from keyfob.wiring.access import seed_subscriptions_of
from keyfob.wiring.approvals import approvals_of
from keyfob.wiring.credential_desk import credential_desk_of
from keyfob.wiring.lifecycle import revocation_of
from keyfob.wiring.management import phone_release_of
from keyfob.wiring.orders import service_of, supplying_of
from keyfob.wiring.runtime import Runtime
from keyfob.wiring.sessions import passwords_of


def initial_data_of(base: Runtime) -> InitialData:
    """The use case that adds partners, organizations, products and accounts."""
    return InitialData(
        directory=Directory(base.database),
        catalog=Catalog(base.database),
        passwords=base.outside(passwords_of),
        subscriptions=seed_subscriptions_of(base),
        transactions=base.transactions,
        clock=base.clock,
    )


def partners_of(base: Runtime) -> Partners:
    """The use case that adds and changes partners and applications."""
    return Partners(
        directory=Directory(base.database), transactions=base.transactions, clock=base.clock
    )


def organizations_of(base: Runtime) -> Organizations:
    """The use case that changes organizations."""
    return Organizations(
        directory=Directory(base.database), transactions=base.transactions, clock=base.clock
    )


def partner_administrators_of(base: Runtime) -> PartnerAdministrators:
    """The use case that appoints and dismisses the administrators of partners."""
    return PartnerAdministrators(
        directory=Directory(base.database),
        members=Members(base.database),
        sessions=SessionStore(base.database),
        transactions=base.transactions,
        clock=base.clock,
    )


def reviving_of(base: Runtime) -> Reviving:
    """The use case that tries dead messages again."""
    return Reviving(base.transactions, base.clock)


def receiving_of(base: Runtime) -> Receiving:
    """The use case that records transfers and decides about money that waits."""
    return Receiving(service_of(base), OrderStore(base.database), base.transactions, base.clock)


def credit_limits_of(base: Runtime) -> CreditLimits:
    """The use case that sets credit limits."""
    return CreditLimits(
        directory=Directory(base.database),
        customers=CustomerStore(base.database),
        transactions=base.transactions,
        clock=base.clock,
    )


def shipping_of(base: Runtime) -> Shipping:
    """The use case that marks tokens as shipped."""
    return Shipping(
        service=service_of(base),
        orders=OrderStore(base.database),
        inventory=Inventory(base.database),
        stocks=Stocks(base.database),
        supplying=supplying_of(base),
        carriers=carriers_of(base.settings.value("CARRIERS")),
        transactions=base.transactions,
        clock=base.clock,
    )


def undelivered_of(base: Runtime) -> Undelivered:
    """The use case that takes note of shipments that didn't arrive."""
    return Undelivered(
        service=service_of(base),
        inventory=Inventory(base.database),
        supplying=supplying_of(base),
        transactions=base.transactions,
        clock=base.clock,
    )


def stocktaking_of(base: Runtime) -> Stocktaking:
    """The use case that checks and corrects stocks."""
    return Stocktaking(
        inventory=Inventory(base.database),
        stocks=Stocks(base.database),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )


def shipping_lists_of(base: Runtime) -> ShippingLists:
    """The use case that ships tokens by lists."""
    return ShippingLists(
        shipping=shipping_of(base),
        orders=OrderStore(base.database),
        stocks=Stocks(base.database),
        policy=base.policy,
    )


def withdrawing_of(base: Runtime) -> Withdrawing:
    """The use case that takes wrongly imported tokens out of the inventory."""
    return Withdrawing(
        inventory=Inventory(base.database), transactions=base.transactions, clock=base.clock
    )


def help_desk_of(base: Runtime) -> HelpDesk:
    """The use case by which an operator finds and changes a person's credential."""
    return HelpDesk(
        directory=Directory(base.database),
        credentials=CredentialStore(base.database),
        service=credential_desk_of(base),
        revocation=revocation_of(base),
        clock=base.clock,
        policy=base.policy,
    )


def approvals_by_operator_of(base: Runtime) -> ApprovalsByOperator:
    """The use case by which an operator passes on a partner's approval."""
    return ApprovalsByOperator(help_desk_of(base), approvals_of(base))


def phone_help_of(base: Runtime) -> PhoneHelpDesk:
    """The use case by which an operator helps with phones."""
    return PhoneHelpDesk(help_desk_of(base), phone_release_of(base))


def reports_of(base: Runtime) -> Reports:
    """The storage of reports."""
    return S3Reports(aws.client("s3"), base.settings.value("BUCKET_REPORTS"))


def forecasting_of(base: Runtime) -> Forecasting:
    """The use case that counts and stores the forecast of renewals."""
    return Forecasting(
        credentials=DueCredentials(base.database),
        offers=DueOffers(base.database),
        reports=base.outside(reports_of),
        clock=base.clock,
        policy=base.policy,
    )
