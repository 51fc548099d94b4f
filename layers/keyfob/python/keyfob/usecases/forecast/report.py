"""A forecast as a page for people and a table for programs. Pure; days are those of UTC."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from itertools import islice
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from keyfob.domain.forecast import chart as drawing
from keyfob.domain.forecast.counting import Forecast, Kind
from keyfob.domain.forecast.words import short_day, written_day, written_period

# A browser opens a page of this size at once; the table has everything.
ORGANIZATIONS = 50
ROWS = 2_000

COLUMNS = ("day", "organization", "kind", "days_before", "count")
_SHADES = 3

_Days = Mapping[date, Counter[Kind]]


def as_csv(forecast: Forecast) -> str:
    """A line for each day, organization and kind with something due, in this order."""
    order = {kind: place for place, kind in enumerate(forecast.kinds)}
    lines = sorted(
        forecast.counts.items(),
        key=lambda one: (one[0].day, one[0].organization, order[one[0].kind]),
    )
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for due, count in lines:
        kind = due.kind
        writer.writerow([due.day, due.organization, kind.milestone, kind.days, count])
    return text.getvalue()


def as_html(forecast: Forecast, *, table: str) -> str:
    """A self-contained page; `table` is the name of the CSV file."""
    days, organizations = forecast.by_day(), forecast.by_organization()
    shown = dict(islice(organizations.items(), ORGANIZATIONS))
    detailed = dict(_that_fit(shown))
    return (
        _templates()
        .get_template("forecast.html")
        .render(
            forecast=forecast,
            period=written_period(forecast.period),
            totals=forecast.by_kind(),
            milestones=_by_milestone(forecast),
            styles=_styles(forecast.kinds),
            peak=forecast.peak(),
            drawing=drawing,
            chart=drawing.chart(days, forecast.kinds) if forecast.total else None,
            days={day: counts for day, counts in days.items() if counts},
            organizations={name: _sum(found) for name, found in shown.items()},
            all_organizations=len(organizations),
            unlisted=forecast.total - sum(_sum(found).total() for found in shown.values()),
            detailed=detailed,
            table=table,
        )
    )


def _that_fit(organizations: Mapping[str, _Days]) -> Iterator[tuple[str, _Days]]:
    """As many organizations as fit on the page with their days; the first always does."""
    left = ROWS
    for name, days in organizations.items():
        left -= len(days)
        if left < 0:
            return
        yield name, days


def _sum(days: _Days) -> Counter[Kind]:
    total = Counter[Kind]()
    for counts in days.values():
        total.update(counts)
    return total


def _by_milestone(forecast: Forecast) -> dict[str, dict[Kind, int]]:
    found: dict[str, dict[Kind, int]] = {}
    for kind, count in forecast.by_kind().items():
        found.setdefault(kind.milestone, {})[kind] = count
    return found


def _styles(kinds: tuple[Kind, ...]) -> dict[Kind, str]:
    """The class that colors each kind: reminders are shades of one color, the last strongest."""
    reminders = [kind for kind in kinds if kind.days is not None]
    spread = max(len(reminders) - 1, 1)
    shades = {
        kind: round(place * (_SHADES - 1) / spread) + 1 for place, kind in enumerate(reminders)
    }
    return {
        kind: f"reminder-{shades[kind]}" if kind in shades else str(kind.milestone)
        for kind in kinds
    }


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("keyfob.usecases.forecast"),
        # Escape everything: values in a row stay text (S51).
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Any] = {"day": written_day, "short": short_day, "number": "{:,}".format}
    environment.filters |= filters
    return environment
