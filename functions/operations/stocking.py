"""Acts about the stock of tokens and about shipments, and their answers (B5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keyfob.domain.audit.entry import Actor
from keyfob.domain.inventory.stock import Stock
from keyfob.domain.orders.order import Order
from operations import wiring
from operations.stock_requests import (
    CorrectStockRequest,
    MarkShippedRequest,
    PickListRequest,
    RecordLossRequest,
    RecordReturnRequest,
    SetRestockDateRequest,
    ShipListRequest,
    StockList,
    StockRequest,
)


def change_stock(request: StockRequest, by: Actor) -> dict[str, Any]:
    """Do an act about shipments or stock."""
    acts: dict[type[Any], Callable[[Any, Actor], dict[str, Any]]] = {
        MarkShippedRequest: mark_shipped,
        ShipListRequest: ship_list,
        RecordReturnRequest: record_return,
        RecordLossRequest: record_loss,
        SetRestockDateRequest: set_restock_date,
        CorrectStockRequest: correct_stock,
    }
    return acts[type(request)](request, by)


def show_stock(request: StockList) -> dict[str, Any]:
    """The pick list, or every model's stock."""
    if isinstance(request, PickListRequest):
        picked = wiring.shipping_lists().pick(request.limit)
        return {"units": picked.units, "more": picked.more, "table": picked.table}
    return {"models": [_stock(one) for one in wiring.stocks().all()]}


def mark_shipped(request: MarkShippedRequest, by: Actor) -> dict[str, Any]:
    unit = None if request.unit is None else request.unit - 1
    number, holder = request.order, None
    if request.user_id:
        live = wiring.help_desk().live(request.user_id)
        (number, unit), holder = wiring.shipping().origin(live), live.account
    order = wiring.shipping().mark(
        str(number),
        serial=request.serial,
        tracking=request.tracking,
        carrier=request.carrier or "",
        unit=unit,
        by=by,
        holder=holder,
    )
    return _shipments(order)


def ship_list(request: ShipListRequest, by: Actor) -> dict[str, Any]:
    done = wiring.shipping_lists().ship(request.table, by=by)
    lines = [
        {
            "line": one.line,
            "order": one.order or None,
            "unit": None if one.unit is None else one.unit + 1,
            "result": one.code,
            "detail": one.detail or None,
        }
        for one in done
    ]
    shipped = sum(one.code == "shipped" for one in done)
    repeated = sum(one.code == "repeated" for one in done)
    refused = len(done) - shipped - repeated
    return {"shipped": shipped, "repeated": repeated, "refused": refused, "lines": lines}


def record_return(request: RecordReturnRequest, by: Actor) -> dict[str, Any]:
    order = wiring.undelivered().returned(
        request.order, request.serial, usable=request.usable, again=request.again, by=by
    )
    return _shipments(order)


def record_loss(request: RecordLossRequest, by: Actor) -> dict[str, Any]:
    return _shipments(wiring.undelivered().lost(request.order, request.serial, by=by))


def set_restock_date(request: SetRestockDateRequest, by: Actor) -> dict[str, Any]:
    return _stock(wiring.stocktaking().expect(request.model, request.on, by=by))


def correct_stock(request: CorrectStockRequest, by: Actor) -> dict[str, Any]:
    return _stock(wiring.stocktaking().correct(request.model, by=by))


def _stock(stock: Stock) -> dict[str, Any]:
    return {
        "model": stock.model,
        "free": stock.free,
        "waiting": stock.waiting,
        "restock_on": stock.restock_on.isoformat() if stock.restock_on else None,
    }


def _shipments(order: Order) -> dict[str, Any]:
    return {
        "order": order.number,
        "shipments": [
            {
                "unit": one.unit + 1,
                "serial": one.serial,
                "tracking": one.tracking,
                "carrier": one.carrier or None,
                "shipped_at": one.at.isoformat(),
                "ended": one.ended,
            }
            for one in order.shipments
        ],
        "tokens": [
            {"unit": one.unit + 1, "model": one.model, "state": one.state} for one in order.supplies
        ],
    }
