"""Erases a guest's data before the clock would, because the person asks for it (S66).

Who asks has no account: an operator makes sure that it is the person of the order. Postal addresses
of a paid order are kept for the books; the clock erases them when their time is over.
"""

from __future__ import annotations

from datetime import datetime

from keyfob.domain.audit.entry import Actor
from keyfob.domain.errors import NotFound
from keyfob.domain.orders.guest_data import erase_on_request
from keyfob.domain.orders.order import Order
from keyfob.usecases.orders.service import OrderService


class GuestErasing:
    """Erases what identifies the guest of an order."""

    def __init__(self, service: OrderService) -> None:
        self._service = service

    def erase(self, number: str, by: Actor) -> datetime | None:
        """Erase it; doing it again changes nothing. Until when addresses are kept, if they are.

        Raises:
            NotFound: no such order, or it is an account's.
            IllegalTransition: it waits for its payment, or its keys aren't made yet.
        """
        if self._service.get(number).guest is None:
            raise NotFound
        order: Order = self._service.decide(number, erase_on_request, by=by)
        return order.guest.erased_paid if order.guest and order.payment else None
