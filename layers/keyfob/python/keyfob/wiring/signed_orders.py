"""Signed purchase orders, put together."""

from __future__ import annotations

from keyfob.gateways import aws, pdf_check
from keyfob.gateways.signed_files import S3SignedFiles
from keyfob.storage.limits import Limits
from keyfob.storage.orders.signed_orders import SignedOrders
from keyfob.storage.orders.store import OrderStore
from keyfob.usecases.administration.signed_orders import ColleaguesSignedOrders
from keyfob.usecases.orders.checking_signed import CheckingSigned
from keyfob.usecases.orders.deleting_signed import SignedFileDeletion
from keyfob.usecases.orders.signed_order_service import SignedOrderService
from keyfob.usecases.orders.signed_orders import (
    OperatorsSignedOrders,
    OwnSignedOrders,
    RefusingSigned,
)
from keyfob.wiring.administration import colleagues_of
from keyfob.wiring.foreign_ids import foreign_ids_of
from keyfob.wiring.runtime import Runtime


def signed_files_of(base: Runtime) -> S3SignedFiles:
    """The bucket's parts of signed purchase orders; five megabytes take a while."""
    client = aws.client("s3", read_seconds=10, signature="s3v4")
    return S3SignedFiles(client, base.settings.value("BUCKET_DOCUMENTS"))


def signed_order_service_of(base: Runtime) -> SignedOrderService:
    """The service that changes signed purchase orders."""
    return SignedOrderService(
        documents=SignedOrders(base.database), transactions=base.transactions, clock=base.clock
    )


def own_signed_orders_of(base: Runtime) -> OwnSignedOrders:
    """The use cases of purchasers."""
    return OwnSignedOrders(
        signed_order_service_of(base),
        orders=OrderStore(base.database),
        files=base.outside(signed_files_of),
        limits=Limits(base.database),
        foreign=foreign_ids_of(base),
        clock=base.clock,
        policy=base.policy,
    )


def colleagues_signed_orders_of(base: Runtime) -> ColleaguesSignedOrders:
    """The use case of administrators."""
    return ColleaguesSignedOrders(
        signed_order_service_of(base),
        orders=OrderStore(base.database),
        files=base.outside(signed_files_of),
        colleagues=colleagues_of(base),
        foreign=foreign_ids_of(base),
    )


def operators_signed_orders_of(base: Runtime) -> OperatorsSignedOrders:
    """The use cases of operators."""
    return OperatorsSignedOrders(
        signed_order_service_of(base),
        orders=OrderStore(base.database),
        files=base.outside(signed_files_of),
    )


def refusing_signed_of(base: Runtime) -> RefusingSigned:
    """The refusal by operators."""
    return RefusingSigned(signed_order_service_of(base), OrderStore(base.database))


def signed_file_deletion_of(base: Runtime) -> SignedFileDeletion:
    """The effect that deletes a file."""
    return SignedFileDeletion(base.outside(signed_files_of))


def checking_signed_of(base: Runtime) -> CheckingSigned:
    """The check of uploads."""
    return CheckingSigned(
        signed_order_service_of(base),
        orders=OrderStore(base.database),
        files=base.outside(signed_files_of),
        inspect=pdf_check.refusal,
        clock=base.clock,
        policy=base.policy,
    )
