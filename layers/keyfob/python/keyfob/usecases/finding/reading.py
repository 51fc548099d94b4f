"""One thing with what belongs to it, and its history (G2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from keyfob.domain.audit.entry import Recorded
from keyfob.domain.audit.heads import ACTOR
from keyfob.domain.audit.personal import disclosed
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.directory.account import Account
from keyfob.domain.directory.organization import Organization
from keyfob.domain.directory.partner import Partner
from keyfob.domain.errors import InvalidInput, NotFound
from keyfob.domain.inventory.token import serial_of
from keyfob.domain.orders.license_key import LicenseKey, Mac, normalized
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.product import Product
from keyfob.domain.phones.phone import Phone
from keyfob.domain.sessions.session import Sessions
from keyfob.storage.audit.personal import PersonalFactsStore
from keyfob.storage.audit.store import AuditStore
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.inventory.store import Inventory, Stored
from keyfob.storage.messages.store import OutboxStore, Progress
from keyfob.storage.orders.catalog import Catalog, subject
from keyfob.storage.orders.store import OrderStore
from keyfob.storage.phones.store import PhoneStore
from keyfob.storage.sessions.store import SessionStore

T = TypeVar("T")

# Of an account's orders and of its own acts.
NEWEST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An account with its credentials, its newest orders and the newest acts of its own."""

    account: Account
    sessions: Sessions | None
    credentials: Sequence[Credential]
    orders: Sequence[Order]
    acts: Sequence[Recorded]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A credential with its confirmed phones."""

    credential: Credential
    phones: Sequence[Phone]


class Reading:
    """Reads one thing; each raises NotFound if it is unknown."""

    def __init__(
        self,
        *,
        directory: Directory,
        sessions: SessionStore,
        orders: OrderStore,
        catalog: Catalog,
        credentials: CredentialStore,
        phones: PhoneStore,
        inventory: Inventory,
        outbox: OutboxStore,
        personal: PersonalFactsStore,
        trail: AuditStore,
        mac: Mac,
    ) -> None:
        self._directory = directory
        self._sessions = sessions
        self._orders = orders
        self._catalog = catalog
        self._credentials = credentials
        self._phones = phones
        self._inventory = inventory
        self._outbox = outbox
        self._personal = personal
        self._trail = trail
        self._mac = mac

    def account(self, account_id: str) -> Person:
        """The account with this id."""
        return Person(
            account=_known(self._directory.account(account_id)),
            sessions=self._sessions.get(account_id),
            credentials=self._credentials.of_account(account_id),
            orders=self._orders.of_account(account_id, limit=NEWEST, before=None),
            acts=self._trail.of_subject(f"{ACTOR}{account_id}", limit=NEWEST, before=None),
        )

    def organization(self, organization_id: str) -> tuple[Organization, list[str]]:
        """The organization with this id, and its first administrators' accounts."""
        found = _known(self._directory.organization(organization_id))
        return found, self._directory.administrators(organization_id)

    def partner(self, partner_id: str) -> Partner:
        """The partner with this id."""
        return _known(self._directory.partner(partner_id))

    def product(self, partner_id: str, product_id: str) -> tuple[Product, str]:
        """The partner's product with this id, and its audit subject."""
        found = _known(self._catalog.product(partner_id, product_id))
        return found, subject(found)

    def order(self, number: str) -> Order:
        """The order with this number."""
        return _known(self._orders.get(number))

    def license_key(self, typed: str) -> LicenseKey:
        """The license key, without itself."""
        try:
            key = normalized(typed)
        except InvalidInput as error:
            raise NotFound from error
        return _known(self._orders.keys.get(f"KEY#{self._mac('license-key', key)}"))

    def credential(self, credential_id: str) -> Held:
        """The credential with this id."""
        found = _known(self._credentials.with_id(credential_id))
        return Held(credential=found, phones=self._phones.confirmed(found))

    def token(self, typed: str) -> tuple[Stored, bool]:
        """The token with this serial number, and whether its batch is complete."""
        serial = serial_of(typed) or ""
        found = _known(self._inventory.stored([serial]).get(serial))
        return found, bool(self._inventory.tokens([serial]))

    def message(self, message_id: str) -> Progress:
        """How far the message with this id is."""
        return _known(self._outbox.progress(message_id))

    def history(
        self, subject: str, *, limit: int, before: str | None, account: str = ""
    ) -> list[Recorded]:
        """At most `limit` entries of a subject's chain, newest first, from number `before` on.

        Of this account the names and addresses are disclosed, as long as they aren't erased.
        """
        known = self._personal.of(account) if account else []
        found = self._trail.of_subject(subject, limit=limit, before=before)
        return [_with_facts(one, disclosed(one.entry.facts, known)) for one in found]


def _known(found: T | None) -> T:
    if found is None:
        raise NotFound
    return found


def _with_facts(one: Recorded, facts: Mapping[str, str | int]) -> Recorded:
    return replace(one, entry=replace(one.entry, facts=facts))
