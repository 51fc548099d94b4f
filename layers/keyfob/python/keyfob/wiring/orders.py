"""The order flow, put together."""

from __future__ import annotations

from keyfob.domain.orders.provider import PaymentProvider
from keyfob.gateways import aws
from keyfob.gateways.secrets import Secret
from keyfob.gateways.stripe import StripePayments
from keyfob.storage.access.store import AccessStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.limits import Limits
from keyfob.storage.messages.store import OutboxStore
from keyfob.storage.orders.customers import CustomerStore
from keyfob.storage.orders.stock import Stocks
from keyfob.storage.orders.store import OrderStore
from keyfob.usecases.orders.checkouts import Checkouts
from keyfob.usecases.orders.customers import Customers
from keyfob.usecases.orders.effects import OrderEffects
from keyfob.usecases.orders.fulfilment import Fulfilment
from keyfob.usecases.orders.holders import Holders
from keyfob.usecases.orders.invoices import Invoices, Issuing
from keyfob.usecases.orders.key_jobs import KeyJobs
from keyfob.usecases.orders.minting import Minting
from keyfob.usecases.orders.mirroring import Mirroring
from keyfob.usecases.orders.payments import Payments
from keyfob.usecases.orders.refunding import Refunding
from keyfob.usecases.orders.reissuing import Reissuing
from keyfob.usecases.orders.resending import OwnKeys, Resending
from keyfob.usecases.orders.service import OrderService
from keyfob.usecases.orders.settling import Settling
from keyfob.usecases.orders.supplying import Supplying
from keyfob.usecases.orders.undoing import Undoing
from keyfob.wiring.foreign_ids import foreign_ids_of
from keyfob.wiring.keys import mac_of, seal_of
from keyfob.wiring.lifecycle import purchases_of, taking_back_of
from keyfob.wiring.runtime import Runtime


def stripe_of(base: Runtime) -> PaymentProvider:
    """The payment provider of this deployment."""
    settings = base.settings
    secret = Secret(aws.client("secretsmanager"), settings.value("STRIPE_SECRET"), base.clock)
    return StripePayments(
        lambda: str(secret()["api_key"]),
        api_base=settings.value("STRIPE_API_BASE"),
        public_url=settings.value("PUBLIC_URL"),
    )


def service_of(base: Runtime) -> OrderService:
    """The service that changes orders."""
    return OrderService(OrderStore(base.database), base.transactions, base.clock)


def minting_of(base: Runtime) -> Minting:
    """Makes license keys."""
    return Minting(
        mac=base.outside(mac_of),
        seal=base.outside(seal_of),
        clock=base.clock,
        policy=base.policy,
    )


def holders_of(base: Runtime) -> Holders:
    """The accounts that something may be bought for."""
    return Holders(
        directory=Directory(base.database),
        access=AccessStore(base.database),
        foreign=foreign_ids_of(base),
    )


def reissuing_of(base: Runtime) -> Reissuing:
    """Reissues license keys."""
    return Reissuing(
        orders=OrderStore(base.database),
        holders=holders_of(base),
        minting=minting_of(base),
        transactions=base.transactions,
        clock=base.clock,
    )


def supplying_of(base: Runtime) -> Supplying:
    """Reserves tokens for paid orders."""
    return Supplying(
        service=service_of(base),
        stocks=Stocks(base.database),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
        count=base.count,
    )


def mirroring_of(base: Runtime) -> Mirroring:
    """Mirrors refunds and disputes."""
    return Mirroring(
        service=service_of(base),
        provider=base.outside(stripe_of),
        transactions=base.transactions,
        count=base.count,
    )


def undoing_of(base: Runtime) -> Undoing:
    """Carries out what refunds and disputes undo."""
    return Undoing(
        service=service_of(base),
        orders=OrderStore(base.database),
        taking_back=taking_back_of(base),
        transactions=base.transactions,
        clock=base.clock,
        count=base.count,
    )


def refunding_of(base: Runtime) -> Refunding:
    """The operator's refunds."""
    return Refunding(service_of(base), base.transactions)


def issuing_of(base: Runtime) -> Issuing:
    """Issues invoices."""
    provider = base.outside(stripe_of)
    customers = Customers(CustomerStore(base.database), Directory(base.database), provider)
    return Issuing(service_of(base), customers, provider)


def resending_of(base: Runtime) -> Resending:
    """Sends license keys again."""
    return Resending(
        reissuing=reissuing_of(base),
        limits=Limits(base.database),
        clock=base.clock,
        policy=base.policy,
    )


def own_keys_of(base: Runtime) -> OwnKeys:
    """The license keys of an account's own orders."""
    return OwnKeys(
        orders=OrderStore(base.database),
        resending=resending_of(base),
        foreign=foreign_ids_of(base),
    )


def key_jobs_of(base: Runtime) -> KeyJobs:
    """The clock's jobs on license keys."""
    return KeyJobs(
        orders=OrderStore(base.database),
        outbox=OutboxStore(base.database, base.policy),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )


def payments_of(base: Runtime) -> Payments:
    """Settlement with fulfillment behind it."""
    service, provider = service_of(base), base.outside(stripe_of)
    fulfilment = Fulfilment(
        service=service,
        transactions=base.transactions,
        minting=minting_of(base),
        supplying=supplying_of(base),
        mirroring=mirroring_of(base),
        undoing=undoing_of(base),
        policy=base.policy,
    )
    settling = Settling(
        service=service,
        fulfilment=fulfilment,
        purchases=purchases_of(base),
        transactions=base.transactions,
    )
    invoices = Invoices(
        issuing=issuing_of(base),
        settling=settling,
        service=service,
        provider=provider,
        clock=base.clock,
        policy=base.policy,
        count=base.count,
    )
    return Payments(
        service=service,
        orders=OrderStore(base.database),
        checkouts=Checkouts(service, provider),
        invoices=invoices,
        settling=settling,
        provider=provider,
        clock=base.clock,
        count=base.count,
    )


def effects_of(base: Runtime) -> OrderEffects:
    """The effects that follow a commit about an order."""
    provider = base.outside(stripe_of)
    return OrderEffects(service_of(base), provider, mirroring_of(base), base.clock, base.count)
