"""The placing of orders, put together."""

from __future__ import annotations

from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.limits import Limits
from keyfob.storage.orders.catalog import Catalog
from keyfob.storage.orders.customers import CustomerStore
from keyfob.storage.orders.quotes import QuoteStore
from keyfob.storage.orders.sales_terms import SalesTermsStore
from keyfob.storage.orders.store import OrderStore
from keyfob.usecases.orders.checkouts import Checkouts
from keyfob.usecases.orders.existing_credentials import ExistingCredentials
from keyfob.usecases.orders.invoice_terms import InvoiceTerms
from keyfob.usecases.orders.offering import Offering
from keyfob.usecases.orders.placing import Placing
from keyfob.usecases.orders.pricing import Pricing
from keyfob.usecases.orders.quotes import Quotes
from keyfob.usecases.orders.quoting import NamedHolders, Quoting
from keyfob.usecases.orders.sales_terms import SalesTerms
from keyfob.wiring.foreign_ids import foreign_ids_of
from keyfob.wiring.lifecycle import purchases_of
from keyfob.wiring.orders import holders_of, issuing_of, service_of, stripe_of
from keyfob.wiring.runtime import Runtime


def existing_of(base: Runtime) -> ExistingCredentials:
    """The credentials that something may be bought for."""
    return ExistingCredentials(
        directory=Directory(base.database),
        orders=OrderStore(base.database),
        purchases=purchases_of(base),
    )


def offering_of(base: Runtime) -> Offering:
    """The judgement of catalogs for a person."""
    return Offering(
        directory=Directory(base.database),
        catalog=Catalog(base.database),
        holders=holders_of(base),
        existing=existing_of(base),
    )


def pricing_of(base: Runtime) -> Pricing:
    """The prices of carts, and what may be bought by whom."""
    return Pricing(
        directory=Directory(base.database),
        holders=holders_of(base),
        existing=existing_of(base),
        catalog=Catalog(base.database),
        terms=SalesTermsStore(base.database),
        policy=base.policy,
    )


def terms_of(base: Runtime) -> InvoiceTerms:
    """The terms of invoices."""
    return InvoiceTerms(
        directory=Directory(base.database),
        credentials=CredentialStore(base.database),
        customers=CustomerStore(base.database),
        policy=base.policy,
    )


def sales_terms_of(base: Runtime) -> SalesTerms:
    """Disclaimers and tax rules."""
    return SalesTerms(
        terms=SalesTermsStore(base.database),
        directory=Directory(base.database),
        transactions=base.transactions,
        clock=base.clock,
    )


def named_of(base: Runtime) -> NamedHolders:
    """The accounts that carts are for."""
    return NamedHolders(Directory(base.database), holders_of(base))


def quotes_of(base: Runtime) -> Quotes:
    """An account's own quotes."""
    return Quotes(QuoteStore(base.database), foreign_ids_of(base))


def quoting_of(base: Runtime) -> Quoting:
    """Makes quotes."""
    return Quoting(
        pricing=pricing_of(base),
        named=named_of(base),
        quotes=QuoteStore(base.database),
        terms=SalesTermsStore(base.database),
        limits=Limits(base.database),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )


def placing_of(base: Runtime) -> Placing:
    """The use cases that place, retry and cancel orders."""
    service = service_of(base)
    return Placing(
        pricing=pricing_of(base),
        named=named_of(base),
        quotes=quotes_of(base),
        orders=OrderStore(base.database),
        service=service,
        checkouts=Checkouts(service, base.outside(stripe_of)),
        terms=terms_of(base),
        issuing=issuing_of(base),
        foreign=foreign_ids_of(base),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )
