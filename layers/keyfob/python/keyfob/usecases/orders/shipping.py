"""Ships hardware tokens: an operator records which one went out for which license key (B5, G2).

The order, the token, the stock and the message to the purchaser change in one transaction. Two
shipments of the same token for two orders at once read the same version of its row: the first
writer wins. The reservation goes with the shipment; a token for a unit that was shipped before,
which has none, is taken out of the free ones.
"""

from __future__ import annotations

from collections.abc import Mapping

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.clock import Clock
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.errors import IllegalTransition
from keyfob.domain.inventory.errors import TokenNotAvailable
from keyfob.domain.inventory.token import TokenState, normalized_serial
from keyfob.domain.orders.carrier import Carrier, require_known
from keyfob.domain.orders.notifications import replacement
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.orders.shipment import Shipment
from keyfob.domain.orders.shipping import SHIPPED_IN, ship
from keyfob.domain.orders.supply import SupplyState
from keyfob.domain.orders.supplying import model_of
from keyfob.domain.orders.transition import Transition
from keyfob.storage.inventory.store import Inventory, Stored, ship_token
from keyfob.storage.orders import stock as stock_rows
from keyfob.storage.orders.stock import RESERVED, Stocks
from keyfob.storage.orders.store import OrderStore
from keyfob.storage.rows import Write
from keyfob.storage.transaction import TransactionPart, Transactions
from keyfob.usecases.orders.service import OrderService
from keyfob.usecases.orders.supplying import Supplying, following


class Shipping:
    """Marks tokens as shipped."""

    def __init__(
        self,
        *,
        service: OrderService,
        orders: OrderStore,
        inventory: Inventory,
        stocks: Stocks,
        supplying: Supplying,
        carriers: Mapping[str, Carrier],
        transactions: Transactions,
        clock: Clock,
    ) -> None:
        self._service = service
        self._orders = orders
        self._inventory = inventory
        self._stocks = stocks
        self._supplying = supplying
        self._carriers = carriers
        self._transactions = transactions
        self._clock = clock

    def mark(
        self,
        number: str,
        *,
        serial: str,
        tracking: str,
        unit: int | None,
        by: Actor,
        holder: str | None = None,
        carrier: str = "",
    ) -> Order:
        """Mark a token as sent for a unit (from 0) of an order, or for the first one waiting.

        The purchaser is notified; for a replacement its `holder` (an account), if known.

        Raises:
            NotFound: there is no such order.
            IllegalTransition, InvalidInput: refused by `orders.shipping.ship`; an unknown carrier.
            TokenNotAvailable: there is no such token, or it is not free to be sent.
        """
        normalized = normalized_serial(serial)
        require_known(carrier, self._carriers)
        # As the clock would within minutes: a free token goes first to the order that waits for it.
        order = self._supplying.supply(number, by=following(by))
        for model in {one.model for one in order.supplies if one.state is SupplyState.BACK_ORDERED}:
            self._supplying.serve(model, by=following(by))

        def attempt() -> Order:
            seen = self._service.get(number)
            transition = ship(
                seen,
                serial=normalized,
                tracking=tracking,
                unit=unit,
                now=self._clock(),
                replacement=holder is not None,
                carrier=self._carriers.get(carrier),
            )
            if transition.change is None:
                return seen
            return self._shipped(seen, transition, by, holder)

        return self._transactions.retry_on_conflict(attempt)

    def origin(self, credential: Credential) -> tuple[str, int]:
        """The order and the unit (from 0) of a credential's hardware token.

        Raises:
            IllegalTransition: it is for phones, and no token was bought for it.
        """
        if credential.kind != ProductKind.PHONE:
            return credential.order, credential.unit
        added = self._orders.newest(
            credential.account,
            lambda one: one.token_unit_of(credential.id) is not None and one.state in SHIPPED_IN,
        )
        unit = added.token_unit_of(credential.id) if added else None
        if added is None or unit is None:
            raise IllegalTransition("this credential is for phones, and no token was bought for it")
        return added.number, unit

    def _available(self, order: Order, shipment: Shipment) -> Stored:
        token = self._inventory.token(shipment.serial)
        if token is None:
            raise TokenNotAvailable("there is no token with this serial number in the inventory")
        if token.state == TokenState.WITHDRAWN:
            raise TokenNotAvailable("this token was withdrawn from the inventory")
        if not token.is_free:
            raise TokenNotAvailable("this token is or was registered with a credential")
        # The same shipment may be marked again, with another tracking number.
        if token.order is not None and (token.order, token.unit) != (order.number, shipment.unit):
            raise TokenNotAvailable("this token was shipped for another license key")
        model = model_of(order, shipment.unit)
        if token.model != model:
            raise TokenNotAvailable(f"this token is of model {token.model}; {model} was bought")
        return token

    def _taken(self, order: Order, shipment: Shipment, token: Stored) -> list[Write]:
        """The stock's writes: the reservation goes, or a free token does."""
        model, supply = model_of(order, shipment.unit), order.supply_of(shipment.unit)
        if supply and supply.state is SupplyState.RESERVED:
            # The stock's counters stay, but a count of its rows must notice the change.
            place = stock_rows.remove_place(RESERVED, order, shipment.unit, model)
            return [place, stock_rows.moved(model)]
        if token.order is not None:
            return []  # the same token, with another tracking number
        if self._stocks.get(model).free < 1:
            raise TokenNotAvailable("every free token of this model is reserved for an order")
        return [stock_rows.take_out_of_turn(model)]

    def _shipped(self, seen: Order, to: Transition, by: Actor, holder: str | None) -> Order:
        shipment = to.order.shipments[-1]
        # An order may have been paid by another account than the one it is sent to.
        meant = {"holder": holder} if holder else {}
        token = self._available(seen, shipment)
        of_token = Entry(
            action="token.shipped",
            actor=by,
            at=self._clock(),
            subject=token.subject.id,
            facts={"order": seen.number, "unit": shipment.unit, **meant},
        )
        part = TransactionPart(
            writes=[
                ship_token(token, seen.number, shipment.unit),
                *self._taken(seen, shipment, token),
            ],
            audit=[of_token],
            facts={
                "unit": shipment.unit,
                "serial": shipment.serial,
                "tracking": shipment.tracking,
                **({"carrier": shipment.carrier} if shipment.carrier else {}),
                **meant,
            },
        )
        told = [replacement(to, holder, correlation=by.correlation)] if holder else None
        return self._service.commit(seen, to, by=by, part=part, messages=told)
