"""Disclaimers and tax rules, in the `orders` table."""

from __future__ import annotations

from typing import Any

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute

from keyfob.domain.orders.disclaimer import Disclaimer
from keyfob.domain.orders.tax import TaxRule
from keyfob.storage.database import Database
from keyfob.storage.rows import AuditedRow, Put, Row, Subject, Update, assign, differing

SK = "-"
# No partner has capital letters in its id.
_EVERY = "EVERY"


class DisclaimerRow(AuditedRow):
    """`DISCLAIMER#<partner>`: the version in force; `DISCLAIMER#EVERY` is every other partner's."""

    class Meta:
        table_name = "orders"

    named = UnicodeAttribute()
    texts = JSONAttribute()


class DisclaimerVersionRow(Row):
    """(`DISCLAIMER#<partner>`, `VERSION#<version>`): the text of a version, kept for its orders."""

    class Meta:
        table_name = "orders"

    texts = JSONAttribute()


class TaxRuleRow(AuditedRow):
    """`TAX#<country>`."""

    class Meta:
        table_name = "orders"

    rate = NumberAttribute(null=True)
    reverse_charge = BooleanAttribute()
    notes = JSONAttribute()


class SalesTermsStore:
    """Reads disclaimers and tax rules."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def disclaimer(self, partner: str) -> Disclaimer | None:
        """The disclaimer in force for this partner's catalog: its own, or the one for every one."""
        found = self._database.get_each([(DisclaimerRow, _key(one), SK) for one in (partner, None)])
        rows = [one for one in found if isinstance(one, DisclaimerRow)]
        return _disclaimer(rows[0]) if rows else None

    def audited_disclaimer(self, partner: str | None) -> tuple[Disclaimer, Subject] | None:
        """The disclaimer of this partner, or the one for every one, and where its chain is."""
        row = self._database.get(DisclaimerRow, _key(partner), SK)
        return (_disclaimer(row), _subject(row)) if row else None

    def disclaimer_version(self, partner: str | None, version: str) -> Disclaimer | None:
        """The disclaimer as it was in this version."""
        row = self._database.get(DisclaimerVersionRow, _key(partner), f"VERSION#{version}")
        return Disclaimer(partner=partner, version=version, texts=row.texts) if row else None

    def tax_rule(self, country: str) -> TaxRule | None:
        """The rule for billing addresses in this country."""
        found = self.audited_tax_rule(country)
        return found[0] if found else None

    def audited_tax_rule(self, country: str) -> tuple[TaxRule, Subject] | None:
        """The rule for this country, and where its audit chain is."""
        row = self._database.get(TaxRuleRow, f"TAX#{country}", SK)
        return (_rule(row), _subject(row)) if row else None


def put_disclaimer(
    disclaimer: Disclaimer, present: tuple[Disclaimer, Subject] | None
) -> tuple[Put | Update, Put]:
    """The writes that bring this version into force, and keep its text for good."""
    key, texts = _key(disclaimer.partner), dict(disclaimer.texts)
    kept = Put(row=DisclaimerVersionRow(key, f"VERSION#{disclaimer.version}", texts=texts))
    values: dict[str, Any] = {"named": disclaimer.version, "texts": texts}
    if present is None:
        return Put(row=DisclaimerRow(key, SK, **values), subject=Subject(id=key)), kept
    update = Update(
        row=DisclaimerRow, key=(key, SK), actions=assign(DisclaimerRow, values), subject=present[1]
    )
    return update, kept


def put_tax_rule(rule: TaxRule, present: tuple[TaxRule, Subject] | None) -> Put | Update:
    """The write that adds a country's rule or changes it."""
    key = f"TAX#{rule.country}"
    if present is None:
        return Put(row=TaxRuleRow(key, SK, **_values(rule)), subject=Subject(id=key))
    seen, subject = present
    return Update(
        row=TaxRuleRow,
        key=(key, SK),
        actions=assign(TaxRuleRow, differing(_values(seen), _values(rule))),
        subject=subject,
    )


def _values(rule: TaxRule) -> dict[str, Any]:
    return {
        "rate": rule.rate,
        "reverse_charge": rule.reverse_charge,
        "notes": dict(rule.notes),
    }


def _key(partner: str | None) -> str:
    return f"DISCLAIMER#{partner or _EVERY}"


def _subject(row: DisclaimerRow | TaxRuleRow) -> Subject:
    return Subject(id=row.pk, number=int(row.version), head=row.head)


def _disclaimer(row: DisclaimerRow) -> Disclaimer:
    of = row.pk.removeprefix("DISCLAIMER#")
    return Disclaimer(partner=None if of == _EVERY else of, version=row.named, texts=row.texts)


def _rule(row: TaxRuleRow) -> TaxRule:
    return TaxRule(
        country=row.pk.removeprefix("TAX#"),
        rate=None if row.rate is None else int(row.rate),
        reverse_charge=row.reverse_charge,
        notes=row.notes,
    )
