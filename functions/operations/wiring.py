"""Builds the operator's tools from the settings."""

from functools import cache

from keyfob.storage.audit.subjects import Subjects
from keyfob.storage.orders.stock import Stocks
from keyfob.usecases.audit.verification import Verification
from keyfob.usecases.credentials.approval import ApprovalsByOperator
from keyfob.usecases.credentials.help_desk import HelpDesk
from keyfob.usecases.directory.initial_data import InitialData
from keyfob.usecases.directory.organizations import Organizations
from keyfob.usecases.directory.partner_administrators import PartnerAdministrators
from keyfob.usecases.directory.partners import Partners
from keyfob.usecases.finding.reading import Reading
from keyfob.usecases.finding.searching import Search
from keyfob.usecases.forecast.forecasting import Forecasting
from keyfob.usecases.holds.freezing import Freezing, Reopening
from keyfob.usecases.inventory.stocktaking import Stocktaking
from keyfob.usecases.inventory.withdrawing import Withdrawing
from keyfob.usecases.messages.reviving import Reviving
from keyfob.usecases.orders.receiving import CreditLimits, Receiving
from keyfob.usecases.orders.refunding import Refunding
from keyfob.usecases.orders.reissuing import Reissuing
from keyfob.usecases.orders.sales_terms import SalesTerms
from keyfob.usecases.orders.shipping import Shipping
from keyfob.usecases.orders.shipping_lists import ShippingLists
from keyfob.usecases.orders.signed_orders import RefusingSigned
from keyfob.usecases.orders.undelivered import Undelivered
from keyfob.usecases.phones.help_desk import PhoneHelpDesk
from keyfob.usecases.privacy.erasing import Erasing
from keyfob.usecases.privacy.exporting import Exporting
from keyfob.usecases.privacy.guests import GuestErasing
from keyfob.usecases.proofing.agents import Agents
from keyfob.usecases.proofing.correcting import Correcting
from keyfob.usecases.proofing.listing import Listing
from keyfob.usecases.proofing.reassigning import Reassigning
from keyfob.usecases.proofing.reviewing import Reviewing
from keyfob.usecases.registrations.deciding import Deciding
from keyfob.wiring.audit import verification_of
from keyfob.wiring.finding import reading_of, search_of
from keyfob.wiring.holds import freezing_of, reopening_of
from keyfob.wiring.operations import (
    approvals_by_operator_of,
    credit_limits_of,
    forecasting_of,
    help_desk_of,
    initial_data_of,
    organizations_of,
    partner_administrators_of,
    partners_of,
    phone_help_of,
    receiving_of,
    reviving_of,
    shipping_lists_of,
    shipping_of,
    stocktaking_of,
    undelivered_of,
    withdrawing_of,
)
from keyfob.wiring.orders import refunding_of, reissuing_of
from keyfob.wiring.placing import sales_terms_of
from keyfob.wiring.privacy import erasing_of, exporting_of, guest_erasing_of
from keyfob.wiring.proofing import (
    agents_of,
    correcting_of,
    listing_of,
    reassigning_of,
    reviewing_of,
)
from keyfob.wiring.registrations import deciding_of
from keyfob.wiring.runtime import Runtime
from keyfob.wiring.signed_orders import refusing_signed_of


@cache
def runtime() -> Runtime:
    return Runtime("operations")


@cache
def seed() -> InitialData:
    return initial_data_of(runtime())


@cache
def verification() -> Verification:
    return verification_of(runtime())


@cache
def subjects() -> Subjects:
    return Subjects(runtime().database)


@cache
def reviving() -> Reviving:
    return reviving_of(runtime())


@cache
def receiving() -> Receiving:
    return receiving_of(runtime())


@cache
def credit_limits() -> CreditLimits:
    return credit_limits_of(runtime())


@cache
def shipping() -> Shipping:
    return shipping_of(runtime())


@cache
def shipping_lists() -> ShippingLists:
    return shipping_lists_of(runtime())


@cache
def undelivered() -> Undelivered:
    return undelivered_of(runtime())


@cache
def stocks() -> Stocks:
    return Stocks(runtime().database)


@cache
def stocktaking() -> Stocktaking:
    return stocktaking_of(runtime())


@cache
def withdrawing() -> Withdrawing:
    return withdrawing_of(runtime())


@cache
def help_desk() -> HelpDesk:
    return help_desk_of(runtime())


@cache
def search() -> Search:
    return search_of(runtime())


@cache
def reading() -> Reading:
    return reading_of(runtime())


@cache
def organizations() -> Organizations:
    return organizations_of(runtime())


@cache
def partners() -> Partners:
    return partners_of(runtime())


@cache
def partner_administrators() -> PartnerAdministrators:
    return partner_administrators_of(runtime())


@cache
def approvals() -> ApprovalsByOperator:
    return approvals_by_operator_of(runtime())


@cache
def agents() -> Agents:
    return agents_of(runtime())


@cache
def reviewing() -> Reviewing:
    return reviewing_of(runtime())


@cache
def correcting() -> Correcting:
    return correcting_of(runtime())


@cache
def listing() -> Listing:
    return listing_of(runtime())


@cache
def phone_help() -> PhoneHelpDesk:
    return phone_help_of(runtime())


@cache
def reassigning() -> Reassigning:
    return reassigning_of(runtime())


@cache
def freezing() -> Freezing:
    return freezing_of(runtime())


@cache
def reopening() -> Reopening:
    return reopening_of(runtime())


@cache
def forecasting() -> Forecasting:
    return forecasting_of(runtime())


@cache
def deciding() -> Deciding:
    return deciding_of(runtime())


@cache
def exporting() -> Exporting:
    return exporting_of(runtime())


@cache
def erasing() -> Erasing:
    return erasing_of(runtime())


@cache
def guest_erasing() -> GuestErasing:
    return guest_erasing_of(runtime())


@cache
def refunding() -> Refunding:
    return refunding_of(runtime())


@cache
def sales_terms() -> SalesTerms:
    return sales_terms_of(runtime())


@cache
def reissuing() -> Reissuing:
    return reissuing_of(runtime())


@cache
def refusing_signed() -> RefusingSigned:
    return refusing_signed_of(runtime())
