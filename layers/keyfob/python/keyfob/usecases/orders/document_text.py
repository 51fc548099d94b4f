"""The words of orders' and quotes' documents, in their reader's language (B3).

Labels and sentences come from the catalogs. Text that people typed is put beside them as data, and
never into a template.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from keyfob.domain.orders.address import Address
from keyfob.domain.orders.document import Buyer, Content, Settlement, TaxSum
from keyfob.domain.orders.document_kind import DocumentKind
from keyfob.domain.text import NO_LINE
from keyfob.usecases.messages.words import Words

_TEMPLATE = "_document"
_NO_LINE = re.compile(f"[{NO_LINE}]")
_STEPS = ("packing.1", "packing.2", "packing.3", "packing.4")

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """What every document says of its seller."""

    name: str
    address: tuple[str, ...]
    portal: str
    support: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressText:
    """An address with its heading."""

    label: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentText:
    """A document: facts and totals are pairs of label and value, `header` names the columns."""

    language: str
    title: str
    seller: str
    addresses: tuple[AddressText, ...]
    facts: Pairs
    table: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    totals: Pairs
    paragraphs: tuple[str, ...]


Typesetting = Callable[[DocumentText], bytes]


def worded(content: Content, language: str, zone: str, seller: Seller) -> DocumentText:
    """The document in this language (BCP 47), or in English; its days are those of `zone`."""
    words = Words(language, zone)
    said = _sentences(content, words, seller)
    packing = content.kind is DocumentKind.PACKING_SLIP
    return DocumentText(
        language=words.language,
        title=said[f"title.{content.kind}"],
        seller=seller.name,
        addresses=_addresses(content, said, seller),
        facts=_facts(content, words, said),
        table=said["lines"],
        header=_header(said, packing=packing),
        rows=_rows(content, words, packing=packing),
        totals=() if packing else _totals(content, words, said),
        paragraphs=_paragraphs(content, said),
    )


def plain(text: str) -> str:
    """The text as one line, without characters that change the direction of writing."""
    return " ".join(_NO_LINE.sub(" ", text).split())


def _sentences(content: Content, words: Words, seller: Seller) -> Mapping[str, str]:
    values = {
        "number": content.number,
        "portal": seller.portal,
        "support": seller.support,
        "until": words.moment(content.until),
    }
    written = words.source(_TEMPLATE, values, html=False)
    return dict(line.split("\t", 1) for line in written.splitlines() if line)


def _addresses(
    content: Content, said: Mapping[str, str], seller: Seller
) -> tuple[AddressText, ...]:
    found = [AddressText(label=said["seller"], lines=(seller.name, *seller.address))]
    if content.buyer:
        found.append(_buyer(said["buyer"], content.buyer))
    if content.billing and content.kind is not DocumentKind.PACKING_SLIP:
        found.append(_address(said["billing"], content.billing))
    if content.shipping:
        found.append(_address(said["shipping"], content.shipping))
    return tuple(found)


def _buyer(label: str, buyer: Buyer) -> AddressText:
    lines = map(plain, (buyer.name, buyer.country))
    return AddressText(label=label, lines=tuple(filter(None, lines)))


def _address(label: str, to: Address) -> AddressText:
    place = f"{to.postal_code} {to.city} {to.region}"
    lines = map(plain, (to.name, to.line1, to.line2, place, to.country))
    return AddressText(label=label, lines=tuple(filter(None, lines)))


def _facts(content: Content, words: Words, said: Mapping[str, str]) -> Pairs:
    made = words.day(content.made_at)
    if content.settlement is Settlement.QUOTED:
        facts = [(said["quote"], content.number), (said["quoted"], made)]
        facts.append((said["until"], words.moment(content.until)))
    else:
        facts = [(said["order"], content.number), (said["placed"], made)]
    if content.paid_at:
        facts.append((said["paid"], words.day(content.paid_at)))
    if content.kind is DocumentKind.INVOICE and content.invoice:
        facts.append((said["invoice"], plain(content.invoice.number)))
        facts.append((said["due"], words.day(content.invoice.due_at)))
    if content.po_number:
        facts.append((said["po"], plain(content.po_number)))
    if content.vat_id:
        facts.append((said["vat"], plain(content.vat_id)))
    if content.disclaimer:
        facts.append((said["disclaimer"], plain(content.disclaimer)))
    return tuple(facts)


def _header(said: Mapping[str, str], *, packing: bool) -> tuple[str, ...]:
    columns = ("item", "quantity") if packing else ("item", "quantity", "price", "rate", "amount")
    return tuple(said[one] for one in columns)


def _rows(content: Content, words: Words, *, packing: bool) -> tuple[tuple[str, ...], ...]:
    found = []
    for row in content.rows:
        cells = [plain(row.name), str(row.quantity)]
        if not packing:
            cells += [
                words.money(row.unit_price, content.currency),
                _rate(row.tax_rate, words),
                words.money(row.net, content.currency),
            ]
        found.append(tuple(cells))
    return tuple(found)


def _totals(content: Content, words: Words, said: Mapping[str, str]) -> Pairs:
    def money(amount: int) -> str:
        return words.money(amount, content.currency)

    taxes = ((_tax(one, words, said), money(one.tax)) for one in content.taxes)
    totals = [(said["net"], money(content.net)), *taxes, (said["total"], money(content.total))]
    if content.given_back:
        totals.append((said["given_back"], money(content.given_back)))
    if content.kind is DocumentKind.INVOICE and content.invoice:
        totals.append((said["received"], money(content.invoice.paid)))
        totals.append((said["remaining"], money(content.invoice.remaining)))
    return tuple(totals)


def _tax(one: TaxSum, words: Words, said: Mapping[str, str]) -> str:
    return said["tax"] if one.rate is None else f"{said['tax']} {_rate(one.rate, words)}"


def _rate(rate: int | None, words: Words) -> str:
    return "" if rate is None else words.percent(rate)


def _paragraphs(content: Content, said: Mapping[str, str]) -> tuple[str, ...]:
    if content.kind is DocumentKind.PACKING_SLIP:
        return (*(said[step] for step in _STEPS), said["questions"])
    about_tax = [plain(content.tax_note)] if content.tax_note else []
    return (*about_tax, said[f"settled.{content.settlement}"], said["questions"])
