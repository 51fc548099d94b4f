"""The base of every composition root: settings, clock, tables, transactions, logs and metrics."""

from __future__ import annotations

import gc
import logging
import warnings
from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging import utils
from aws_lambda_powertools.metrics import MetricUnit

from keyfob.domain.audit.entry import Entry
from keyfob.domain.clock import Clock
from keyfob.domain.policy import Policy
from keyfob.gateways import aws
from keyfob.storage.database import Database
from keyfob.storage.transaction import Transactions
from keyfob.wiring.settings import Settings, from_environment

T = TypeVar("T")

# A request without a business event has none to publish; that needs no warning.
warnings.filterwarnings("ignore", "No application metrics to publish")


class Runtime:
    """One function's environment. Everything is built at first use and then reused.

    Args:
        service: the function's name in logs and metrics.
    """

    def __init__(self, service: str, *, settings: Settings | None = None) -> None:
        self.settings = settings or from_environment()
        self.logger = Logger(service=service)
        self.metrics = Metrics(namespace="Keyfob", service=service)
        if self._on_lambda and self.settings.tables:
            # Lambda gives INIT more CPU than a request: open the client there.
            _ = self.database
        # The library logs through the standard module; its lines get the same JSON form and keys.
        logging.getLogger("keyfob")
        utils.copy_config_to_registered_loggers(self.logger, include={"keyfob"})

    def end_init(self, build: Callable[[], object]) -> None:
        """On Lambda, run `build` during INIT, then exempt all its objects from garbage collection.

        INIT's objects live as long as the environment: none of them is garbage, and a full
        collection would scan them in the middle of a request.
        """
        if self._on_lambda:
            build()
            gc.freeze()
            gc.enable()

    @property
    def _on_lambda(self) -> bool:
        return "AWS_LAMBDA_INITIALIZATION_TYPE" in self.settings.environment

    @cached_property
    def clock(self) -> Clock:
        """The time."""
        return self.settings.clock

    @cached_property
    def policy(self) -> Policy:
        """Periods and limits."""
        return self.settings.policy

    @property
    def support(self) -> str:
        """The support contact."""
        return self.settings.value("SUPPORT_CONTACT")

    @cached_property
    def database(self) -> Database:
        """The tables that this function declares."""
        return Database(aws.client("dynamodb"), self.settings.tables)

    @cached_property
    def transactions(self) -> Transactions:
        """The only way to write."""
        return Transactions(
            self.database, self.clock, patience=self.policy.outbox_patience, observe=self._observe
        )

    def outside(self, opening: Callable[[Runtime], T]) -> T:
        """A client or gateway of something outside the service, made by `opening`.

        It is made once and then reused; tests replace it here.
        """
        if opening not in self._outside:
            self._outside[opening] = opening(self)
        found: T = self._outside[opening]
        return found

    @cached_property
    def _outside(self) -> dict[Callable[[Runtime], Any], Any]:
        return {}

    def count(self, name: str, value: float = 1) -> None:
        """Count a business event (EMF)."""
        self.metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)

    def _observe(self, entry: Entry) -> None:
        # Every audited change counts under its own metric: `order.paid` counts as OrderPaid.
        self.count(entry.action.replace(".", "_").title().replace("_", ""))
