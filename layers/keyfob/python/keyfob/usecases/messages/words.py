"""The words of mails in a language, from gettext catalogs (`locale/<language>/LC_MESSAGES/`).

Templates are in English; every other language is a catalog. `make catalogs` adds new sentences to
the catalogs and compiles them.
"""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from keyfob.domain import money

ENGLISH = "en"
_LOCALE = files("keyfob.usecases.messages") / "locale"


def _(text: str) -> str:
    """Mark a text for the catalogs; it is translated where it is used."""
    return text


_WEEKDAYS = (
    _("Monday"),
    _("Tuesday"),
    _("Wednesday"),
    _("Thursday"),
    _("Friday"),
    _("Saturday"),
    _("Sunday"),
)
_MONTHS = (
    _("January"),
    _("February"),
    _("March"),
    _("April"),
    _("May"),
    _("June"),
    _("July"),
    _("August"),
    _("September"),
    _("October"),
    _("November"),
    _("December"),
)
_THOUSANDS, _DECIMAL = _(","), _(".")
_DAY = _("{day} {month} {year}")
_MOMENT = _("{weekday}, {date}, {time}")


def one_line(value: Any) -> Any:
    """A text without line breaks and tabs, which would begin paragraphs and columns of a mail."""
    return " ".join(value.split()) if isinstance(value, str) else value


class Words:
    """The words of mails in one language, with times in one zone.

    Args:
        language: BCP 47; English if there is no catalog of it.
        zone: an IANA name.
    """

    def __init__(self, language: str, zone: str) -> None:
        self.language = language_of(language)
        self._catalog = _catalog(self.language)
        self._zone = zone

    def source(self, template: str, values: Mapping[str, Any], *, html: bool) -> str:
        """A template's paragraphs; for HTML with every filled-in value escaped (S51).

        Raises:
            UndefinedError: the template needs a value that is missing.
        """
        found = _environment(self.language, html).get_template(f"{template}.txt")
        return found.render({**values, "words": self})

    def money(self, amount: int, currency: str) -> str:
        """`12345, "USD"` as `USD 123.45`, in the language's separators."""
        thousands, decimal = self._said(_THOUSANDS), self._said(_DECIMAL)
        return money.written(amount, currency, thousands=thousands, decimal=decimal)

    def percent(self, basis_points: int) -> str:
        """`825` as `8.25 %`, in the language's separator."""
        whole, part = divmod(basis_points, 100)
        return f"{whole}{self._said(_DECIMAL)}{part:02d} %"

    def day(self, at: datetime | str) -> str:
        """`22 November 2026`, for a subject."""
        return self._date(self._local(at))

    def calendar_day(self, day: str) -> str:
        """`22 November 2026`, of a day (ISO 8601) that is the same in every zone."""
        return self._date(date.fromisoformat(day))

    def moment(self, at: datetime | str) -> str:
        """`Sunday, 22 November 2026, 08:15 CET (Europe/Berlin)`."""
        local = self._local(at)
        place = "" if self._zone == "UTC" else f" ({self._zone})"
        return self._said(_MOMENT).format(
            weekday=self._said(_WEEKDAYS[local.weekday()]),
            date=self._date(local),
            time=f"{local:%H:%M %Z}{place}",
        )

    def _date(self, local: date) -> str:
        month = self._said(_MONTHS[local.month - 1])
        return self._said(_DAY).format(day=local.day, month=month, year=local.year)

    def _said(self, text: str) -> str:
        return self._catalog.gettext(text)

    def _local(self, at: datetime | str) -> datetime:
        instant = datetime.fromisoformat(at) if isinstance(at, str) else at
        return instant.astimezone(ZoneInfo(self._zone))


def language_of(wanted: str) -> str:
    """The language of mails for a reader of `wanted` (BCP 47); English if there is no catalog."""
    known = wanted.partition("-")[0].lower()
    return known if known in languages() else ENGLISH


@cache
def languages() -> frozenset[str]:
    """The languages of mails."""
    return frozenset({ENGLISH, *(one.name for one in _LOCALE.iterdir())})


@cache
def _catalog(language: str) -> gettext.NullTranslations:
    if language == ENGLISH:
        return gettext.NullTranslations()
    with (_LOCALE / language / "LC_MESSAGES" / "messages.mo").open("rb") as compiled:
        return gettext.GNUTranslations(compiled)


@cache
def _environment(language: str, html: bool) -> Environment:  # noqa: FBT001
    made = Environment(
        loader=PackageLoader("keyfob.usecases.messages"),
        # Escape everything: text that a person typed into a name or a PO number stays text (S51).
        autoescape=html,  # noqa: S701 - a text has nothing to escape
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_translations(_catalog(language), newstyle=True)  # type: ignore[attr-defined]
    made.filters["calendar_day"] = _calendar_day
    strong = _bold if html else str
    made.filters["one_line"] = one_line
    made.filters |= {"money": _money, "moment": _moment, "day": _day, "strong": strong}
    return made


@pass_context
def _moment(context: Context, at: datetime | str) -> str:
    words: Words = context["words"]
    return words.moment(at)


@pass_context
def _day(context: Context, at: datetime | str) -> str:
    words: Words = context["words"]
    return words.day(at)


@pass_context
def _calendar_day(context: Context, day: str) -> str:
    words: Words = context["words"]
    return words.calendar_day(day)


@pass_context
def _money(context: Context, amount: int, currency: str) -> str:
    words: Words = context["words"]
    return words.money(amount, currency)


def _bold(value: object) -> Markup:
    return Markup("<b>{}</b>").format(value)
