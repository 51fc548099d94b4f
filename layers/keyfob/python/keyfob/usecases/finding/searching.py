"""One text finds everything that has it as a name (G2).

    acc_… crd_… SO-… msg_… eff_…     the thing with this id or number
    a license key                    by its keyed hash: the key itself is stored nowhere
    another word                     user id, e-mail address, serial number; ids of organizations,
                                     partners and applications; the beginning of a name

A text is read as each of these that it can be, and nothing else is looked up. It may be a license
key or a person's name, so it is in no log and in no entry.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from keyfob.domain.directory.account import Account, normalized_user_id
from keyfob.domain.directory.mailbox import normalized_email
from keyfob.domain.directory.member import beginnings, searchable
from keyfob.domain.errors import InvalidInput
from keyfob.domain.inventory.token import serial_of
from keyfob.domain.orders.license_key import Mac, normalized
from keyfob.domain.text import trimmed
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.directory.members import ACCOUNT, ORGANIZATION, Members
from keyfob.storage.directory.store import Directory
from keyfob.storage.inventory.store import Inventory
from keyfob.storage.messages.store import OutboxStore
from keyfob.storage.orders.store import OrderStore

# Of one name.
MOST = 20
_ACCOUNT = re.compile(r"acc_[0-9a-z]{20}", re.ASCII)
_CREDENTIAL = re.compile(r"crd_[0-9a-z]{20}", re.ASCII)
_MESSAGE = re.compile(r"(msg|eff)_[0-9a-f]{40}", re.ASCII)
_ORDER = re.compile(r"(?:SO-)?([0-9]{5,12})", re.ASCII | re.IGNORECASE)
_PAYMENT = re.compile(r"[a-z]{2,4}_[0-9A-Za-z_]{8,64}", re.ASCII)
_ID = re.compile(r"[a-z0-9-]{1,64}", re.ASCII)


class Kind(StrEnum):
    """The kind of a thing that can be found."""

    ACCOUNT = "account"
    ORGANIZATION = "organization"
    PARTNER = "partner"
    ORDER = "order"
    LICENSE_KEY = "license_key"
    CREDENTIAL = "credential"
    TOKEN = "token"  # noqa: S105
    MESSAGE = "message"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A thing: its kind, the id by which it is read, and a line that tells it from others."""

    kind: Kind
    id: str
    title: str


class Search:
    """Finds things by any of their names."""

    def __init__(
        self,
        *,
        directory: Directory,
        members: Members,
        orders: OrderStore,
        credentials: CredentialStore,
        inventory: Inventory,
        outbox: OutboxStore,
        mac: Mac,
    ) -> None:
        self._directory = directory
        self._members = members
        self._orders = orders
        self._credentials = credentials
        self._inventory = inventory
        self._outbox = outbox
        self._mac = mac

    def find(self, typed: str) -> list[Found]:
        """Everything with this name, each thing once; ids before names.

        Raises:
            KeysUnavailable: it may be a license key, and the key service did not answer.
        """
        text = trimmed(typed)
        ways: tuple[Callable[[str], Iterator[Found]], ...] = (
            self._accounts,
            self._organizations,
            self._partners,
            self._order,
            self._credential,
            self._token,
            self._license_key,
            self._message,
            self._names,
        )
        return list(dict.fromkeys(found for way in ways for found in way(text)))

    def _accounts(self, text: str) -> Iterator[Found]:
        user_id, email = normalized_user_id(text), normalized_email(text)
        ids = [text.lower()] if _ACCOUNT.fullmatch(text.lower()) else []
        ids += filter(None, [self._directory.account_of(user_id) if user_id else None])
        ids += self._members.with_mailbox(email, limit=MOST) if email else []
        yield from self._shown(ids)

    def _organizations(self, text: str) -> Iterator[Found]:
        if _ID.fullmatch(text.lower()):
            yield from self._organization(text.lower())

    def _organization(self, organization_id: str) -> Iterator[Found]:
        found = self._directory.organization(organization_id)
        if found:
            yield Found(kind=Kind.ORGANIZATION, id=found.id, title=f"{found.name}, {found.country}")

    def _partners(self, text: str) -> Iterator[Found]:
        """Partners are few; one is found by its applications, too."""
        wanted = searchable(text)
        for partner in self._directory.partners() if len(wanted) > 1 else ():
            ids = [partner.id, *(one.id for one in partner.applications)]
            names = [partner.name, *(one.name for one in partner.applications)]
            if wanted in ids or any(searchable(one).startswith(wanted) for one in names):
                yield Found(kind=Kind.PARTNER, id=partner.id, title=partner.name)

    def _order(self, text: str) -> Iterator[Found]:
        match = _ORDER.fullmatch(text)
        number = f"SO-{match[1]}" if match else None
        if _PAYMENT.fullmatch(text):
            # As refunds and disputes name it at the payment provider.
            number = self._orders.number_of_payment(text)
        order = self._orders.get(number) if number else None
        if order:
            title = f"{order.state}, {order.partner}, placed {order.placed_at:%Y-%m-%d}"
            yield Found(kind=Kind.ORDER, id=order.number, title=title)

    def _credential(self, text: str) -> Iterator[Found]:
        known = _CREDENTIAL.fullmatch(text.lower())
        found = self._credentials.with_id(text.lower()) if known else None
        if found:
            title = f"{found.kind}, level {found.level}, {found.state}"
            yield Found(kind=Kind.CREDENTIAL, id=found.id, title=title)

    def _token(self, text: str) -> Iterator[Found]:
        serial = serial_of(text)
        for one in self._inventory.stored([serial] if serial else []).values():
            yield Found(
                kind=Kind.TOKEN, id=one.serial, title=f"{one.row.type}, {one.state or 'free'}"
            )

    def _license_key(self, text: str) -> Iterator[Found]:
        try:
            key = normalized(text)
        except InvalidInput:
            return
        found = self._orders.keys.get(f"KEY#{self._mac('license-key', key)}")
        if found:
            title = f"key {found.unit + 1} of {found.order}, {found.state}"
            yield Found(kind=Kind.LICENSE_KEY, id=key, title=title)

    def _message(self, text: str) -> Iterator[Found]:
        found = self._outbox.progress(text.lower()) if _MESSAGE.fullmatch(text.lower()) else None
        if found:
            yield Found(kind=Kind.MESSAGE, id=found.id, title=f"{found.kind}, {found.state}")

    def _names(self, text: str) -> Iterator[Found]:
        for beginning in beginnings(text):
            keys = self._members.named(beginning, limit=MOST)
            yield from self._shown(
                [one.removeprefix(ACCOUNT) for one in keys if one.startswith(ACCOUNT)]
            )
            for one in keys:
                if one.startswith(ORGANIZATION):
                    yield from self._organization(one.removeprefix(ORGANIZATION))

    def _shown(self, accounts: list[str]) -> Iterator[Found]:
        for account in filter(None, map(self._directory.account, accounts)):
            yield Found(kind=Kind.ACCOUNT, id=account.id, title=_title(account))


def _title(account: Account) -> str:
    state = "" if account.active else ", not active"
    return f"{account.name} ({account.user_id}), {account.organization}{state}"
