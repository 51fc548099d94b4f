"""Signed purchase orders: uploads are asked for, links handed out, files refused (B3, S45).

POST …        an upload is awaited ⊕ entry ──▶ a form, for ten minutes
the browser   puts the file into the quarantine
the event     see `checking_signed.py`
GET …         state and reason; of an accepted file a link, for a minute
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from keyfob.domain import ids
from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.errors import NotFound, Unavailable
from keyfob.domain.limits import Quota, a_day
from keyfob.domain.orders import signed_order as decisions
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.signed_order import SignedOrder, SignedState
from keyfob.domain.policy import Policy
from keyfob.storage.limits import Limits
from keyfob.storage.orders.store import OrderStore
from keyfob.usecases.audit.foreign_ids import ForeignIds
from keyfob.usecases.orders.documents import LINK
from keyfob.usecases.orders.signed_order_service import SignedOrderService


class SignedFiles(Protocol):
    """Where signed purchase orders are; forms and links are signed without a call."""

    def form(self, order: str, file: str, lifetime: timedelta) -> tuple[str, Mapping[str, str]]:
        """Address and fields of a form that uploads this file."""

    def link(self, order: str, file: str, lifetime: timedelta) -> str:
        """An address at which the checked file can be fetched for so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form that uploads one file until `until`."""

    url: str
    fields: Mapping[str, str]
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A signed purchase order, and the address of its file if it is accepted."""

    document: SignedOrder
    url: str | None


class OwnSignedOrders:
    """Signed purchase orders of people's own orders."""

    def __init__(
        self,
        service: SignedOrderService,
        *,
        orders: OrderStore,
        files: SignedFiles,
        limits: Limits,
        foreign: ForeignIds,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._service = service
        self._orders = orders
        self._files = files
        self._limits = limits
        self._foreign = foreign
        self._clock = clock
        self._policy = policy

    def request(self, by: Actor, number: str) -> Form:
        """Await an upload for one's own order; the form of an earlier request uploads in vain.

        Raises:
            NotFound: unknown, or somebody else's.
            SignedOrderNotTaken: it is paid by card, or has ended.
            TooManyTries: the account has asked for as many uploads as it may have a day.
        """
        order = self._own(by, number)
        decisions.require_taken(order)
        now, file = in_seconds(self._clock), ids.new_id("pdf")
        limit = a_day("signed-orders", self._policy.signed_orders_a_day)
        with self._limits.request(
            [Quota(limit=limit, subject=by.account)], now, failed=Unavailable
        ):
            self._service.decide(order, lambda seen: decisions.request(seen, file), by=by)
        lifetime = self._policy.signed_order_upload
        url, fields = self._files.form(number, file, lifetime)
        return Form(url=url, fields=fields, until=now + lifetime)

    def show(self, by: Actor, number: str) -> Shown:
        """The document of one's own order.

        Raises:
            NotFound: the order is unknown or somebody else's; or it has none.
        """
        return shown(self._service, self._files, self._own(by, number))

    def _own(self, by: Actor, number: str) -> Order:
        order = self._orders.get(number)
        if order is None or order.account != by.account:
            raise self._foreign.order_refused(number, by)
        return order


class OperatorsSignedOrders:
    """Signed purchase orders of any order, for operators to read."""

    def __init__(
        self, service: SignedOrderService, *, orders: OrderStore, files: SignedFiles
    ) -> None:
        self._service = service
        self._orders = orders
        self._files = files

    def show(self, number: str) -> Shown:
        """The document of this order.

        Raises:
            NotFound: there is no such order, or it has none.
        """
        return shown(self._service, self._files, _known(self._orders, number))


class RefusingSigned:
    """Operators refuse what they have read: another company's, or an unsigned one."""

    def __init__(self, service: SignedOrderService, orders: OrderStore) -> None:
        self._service = service
        self._orders = orders

    def refuse(self, number: str, *, by: Actor) -> SignedOrder:
        """Refuse the accepted document, for the reason that `by` has; its purchaser is told.

        Raises:
            NotFound: there is no such order.
            IllegalTransition: no document is accepted.
        """
        order = _known(self._orders, number)
        return self._service.decide(order, decisions.withdraw, by=by, note=by.reason)


def _known(orders: OrderStore, number: str) -> Order:
    order = orders.get(number)
    if order is None:
        raise NotFound
    return order


def shown(service: SignedOrderService, files: SignedFiles, order: Order) -> Shown:
    """The order's document with a link to its file, if that is accepted.

    Raises:
        NotFound: none was asked for.
    """
    document = service.get(order)
    if not document.version:
        raise NotFound
    accepted = document.state is SignedState.ACCEPTED
    url = files.link(order.number, document.file, LINK) if accepted else None
    return Shown(document=document, url=url)
