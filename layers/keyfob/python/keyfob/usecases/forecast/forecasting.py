"""Reads the rows due until a time, counts them, and writes a report. Changes no row.

    each shard of the due index ──▶ rows of 100 keys ──▶ counted ──▶ page and table in the bucket

A report is complete or there is none. Changes during the count may be in it or not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from keyfob.domain import due_index as index
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.errors import InvalidInput
from keyfob.domain.forecast.counting import Count, Forecast
from keyfob.domain.forecast.period import Period, period_of
from keyfob.domain.policy import Policy
from keyfob.storage.forecast.store import DueCredentials, DueOffers
from keyfob.usecases.forecast.report import as_csv, as_html

_RESERVE = timedelta(seconds=60)  # for drawing and storing the report

TimeLeft = Callable[[], timedelta]


class Reports(Protocol):
    """Storage of reports."""

    def keep(self, name: str, content: str, kind: str) -> str:
        """Store a file of this name and media type; returns where it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A forecast, and the addresses of its page for people and its table for programs."""

    forecast: Forecast
    page: str
    table: str


class Forecasting:
    """Forecasts for an operator what would be due."""

    def __init__(
        self,
        *,
        credentials: DueCredentials,
        offers: DueOffers,
        reports: Reports,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._credentials = credentials
        self._offers = offers
        self._reports = reports
        self._clock = clock
        self._policy = policy

    def make(self, begins: str | None, ends: str, time_left: TimeLeft) -> Report:
        """Count what would be due between two days or instants, and store the report.

        Raises:
            InvalidInput: there is no such period, or too much is due in it for the time left.
            StorageUnavailable: the tables did not answer; there is no report.
        """
        now = in_seconds(self._clock)
        period = period_of(begins, ends, now)
        forecast = self._counted(period, now, time_left)
        name = _name(forecast)
        table = self._reports.keep(f"{name}.csv", as_csv(forecast), "text/csv; charset=utf-8")
        page = self._reports.keep(
            f"{name}.html", as_html(forecast, table=f"{name}.csv"), "text/html; charset=utf-8"
        )
        return Report(forecast=forecast, page=page, table=table)

    def _counted(self, period: Period, now: datetime, time_left: TimeLeft) -> Forecast:
        count, shards = Count(period, now, self._policy), index.shards()
        # The lease moves a row that was just swept ahead by its length.
        until = max(period.end, now + self._policy.due_lease)
        for done, shard in enumerate(shards):
            for page in self._credentials.pages(shard, until):
                if time_left() < _RESERVE:
                    raise _too_long(period, now, max(done, 0.5) / len(shards))
                for credential in page:
                    count.add(credential)
            for campaign, organizations in self._offers.of_shard(shard, until):
                if time_left() < _RESERVE:
                    raise _too_long(period, now, max(done, 0.5) / len(shards))
                count.add_offers(campaign, organizations)
        return count.forecast()


def _too_long(period: Period, now: datetime, share: float) -> InvalidInput:
    """The work depends on the rows due from now on, however far ahead the period begins."""
    end = now + (period.end - now) * share
    day = end.date() - timedelta(days=1)
    ask = f"ask until {day if day >= now.date() else index.instant(end)}"
    if end <= period.start:
        ask += ", and leave `from` out"
    return InvalidInput(
        "More is due than can be counted in one run, and no report was made: "
        "ask for a shorter period.",
        fields={"until": ask},
    )


def _name(forecast: Forecast) -> str:
    days = forecast.period.days
    return f"{days[0]}-to-{days[-1]}-made-{forecast.made_at:%Y%m%dT%H%M%SZ}"
