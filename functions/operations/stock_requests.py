"""The operator's requests about the stock of tokens and about shipments."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from keyfob.domain.inventory.model import MODEL
from keyfob.domain.inventory.token import SERIAL, serial_of
from keyfob.http.fields import RequiredText, Wanted, read_by
from operations.forms import Act, Form, OrderNumber

Serial = Annotated[str, read_by(serial_of, SERIAL)]
Model = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$"),
    Wanted(MODEL),
]
CarrierId = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9-]{1,32}$"),
    Wanted("must be the id of one of the deployment's carriers, for example ups"),
]


class MarkShippedRequest(Act):
    """Record that a token was sent for an order, or to a holder whose token is replaced.

    `unit` is the license key's number in the order, from 1.
    """

    operation: Literal["mark_shipped"]
    order: OrderNumber | None = None
    user_id: str | None = Field(default=None, min_length=3, max_length=64)
    serial: Serial
    tracking: RequiredText
    carrier: CarrierId | None = None
    unit: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _one_destination(self) -> MarkShippedRequest:
        if (self.order is None) is (self.user_id is None):
            raise ValueError("name either the order or the holder's user_id")
        if self.user_id and self.unit:
            raise ValueError("a holder's credential knows its unit: leave it out")
        return self


class ShipListRequest(Act):
    """Record every shipment of a CSV table: order, unit, serial, tracking and carrier (B5)."""

    operation: Literal["ship_list"]
    table: str = Field(min_length=1, max_length=400_000)


class RecordReturnRequest(Act):
    """Take back a token that came back unopened; `again`: another one is sent for its unit (B5).

    A `usable` one is free again; any other one is withdrawn.
    """

    operation: Literal["record_return"]
    order: OrderNumber
    serial: Serial
    usable: bool
    again: bool


class RecordLossRequest(Act):
    """Withdraw a token that was lost on its way, and reserve another one for its unit (B5)."""

    operation: Literal["record_loss"]
    order: OrderNumber
    serial: Serial


class PickListRequest(Form):
    """List the units that a token is reserved for, with their addresses, as a CSV table (B5)."""

    operation: Literal["pick_list"]
    limit: int = Field(200, ge=1, le=1000)


class ShowStockRequest(Form):
    """Show every model's stock, and how many units of orders wait for it (B5)."""

    operation: Literal["show_stock"]


class SetRestockDateRequest(Act):
    """Say on which day further tokens are expected, or that it isn't known (B5).

    Purchasers who wait for the model are notified of the day.
    """

    operation: Literal["set_restock_date"]
    model: Model
    on: date | None


class CorrectStockRequest(Act):
    """Count a model's tokens, reservations and queue, and set its stock to that (G3)."""

    operation: Literal["correct_stock"]
    model: Model


StockRequest = (
    MarkShippedRequest
    | ShipListRequest
    | RecordReturnRequest
    | RecordLossRequest
    | SetRestockDateRequest
    | CorrectStockRequest
)
StockList = PickListRequest | ShowStockRequest
