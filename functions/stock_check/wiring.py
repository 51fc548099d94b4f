"""Builds the nightly check of the stock from the settings."""

from functools import cache

from keyfob.usecases.inventory.stocktaking import Stocktaking
from keyfob.wiring.operations import stocktaking_of
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("stock_check")


@cache
def stocktaking() -> Stocktaking:
    return stocktaking_of(runtime())
