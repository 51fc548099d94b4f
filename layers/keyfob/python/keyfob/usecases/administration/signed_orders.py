"""Administrators read the signed purchase orders of their organization's orders (B3, S23)."""

from __future__ import annotations

from keyfob.domain.sessions.administrator import Administrator
from keyfob.storage.orders.store import OrderStore
from keyfob.usecases.administration.colleagues import Colleagues
from keyfob.usecases.audit.foreign_ids import ForeignIds
from keyfob.usecases.orders.signed_order_service import SignedOrderService
from keyfob.usecases.orders.signed_orders import Shown, SignedFiles, shown


class ColleaguesSignedOrders:
    """Signed purchase orders of an organization's orders."""

    def __init__(
        self,
        service: SignedOrderService,
        *,
        orders: OrderStore,
        files: SignedFiles,
        colleagues: Colleagues,
        foreign: ForeignIds,
    ) -> None:
        self._service = service
        self._orders = orders
        self._files = files
        self._colleagues = colleagues
        self._foreign = foreign

    def show(self, who: Administrator, number: str) -> Shown:
        """The document of an order of one's organization.

        Raises:
            ElevationRequired. RoleRequired: no administrator any more.
            NotFound: the order is unknown or another organization's; or it has none.
        """
        self._colleagues.require(who)
        order = self._orders.get(number)
        if order is None or order.organization != who.organization:
            raise self._foreign.order_refused(number, who.by)
        return shown(self._service, self._files, order)
