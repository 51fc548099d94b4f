"""Rows with a person's data, and the writes that erase it (S66).

docs/privacy.md lists every attribute about a person with its purpose and end; a test holds both
lists against all rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from keyfob.domain.access.access import Access
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.directory.account import Account
from keyfob.domain.orders.address import NO_ADDRESS
from keyfob.domain.orders.order import Order
from keyfob.storage.access.store import AccessRow
from keyfob.storage.audit.personal import PersonalFactsRow
from keyfob.storage.connections.store import ConnectionRow
from keyfob.storage.credentials.store import PAST, CredentialRow
from keyfob.storage.database import Database
from keyfob.storage.directory.members import MemberRow
from keyfob.storage.directory.store import SK, AccountRow, UserIdRow
from keyfob.storage.holds.store import HoldRow, NumbersRow
from keyfob.storage.orders.order_row import OrderRow
from keyfob.storage.orders.store import BY_ACCOUNT
from keyfob.storage.phones.store import PhonesRow
from keyfob.storage.proofing.calendar import AGENTS, AgentRow
from keyfob.storage.proofing.store import CaseRow
from keyfob.storage.rows import Remove, Row, Subject, Update, assign
from keyfob.storage.sessions.store import SessionsRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A partition with rows about a person; `shown` are the attributes that the person is shown.

    Left out are secrets, their hashes, and what only serves the tables.
    """

    name: str
    row: type[Row]
    partition: str
    shown: str
    sort: str | None = None


# Each partition of an account, without its orders, which an index lists.
PLACES = (
    Place(
        name="account",
        row=AccountRow,
        partition="ACCOUNT#{account}",
        shown="user_id organization email first_name middle_name last_name applications active "
        "language",
    ),
    Place(name="access", row=AccessRow, partition="ACCESS#{account}", shown="state at reason"),
    Place(
        name="connection",
        row=ConnectionRow,
        partition="CONNECTION#{account}",
        shown="parent state requested_at connected_at",
    ),
    Place(
        name="earlier_values", row=PersonalFactsRow, partition="PERSONAL#{account}", shown="values"
    ),
    Place(
        name="session",
        row=SessionsRow,
        partition="ACCOUNT#{account}",
        shown="roles partner parent frozen active",
    ),
    Place(
        name="credential",
        row=CredentialRow,
        partition="ACCOUNT#{account}",
        shown="id order kind proofing legal_name country paid_at expires_at state level "
        "activated_at suspensions revoked_at serial partner at",
    ),
    Place(
        name="hold",
        row=HoldRow,
        partition="HOLD#{account}",
        shown="began until frozen thawed readdressed",
    ),
    Place(
        name="proofing",
        row=CaseRow,
        partition="CASE#{account}",
        shown="id credential opened_at state method consented_at attempts start phone language "
        "zone failures no_shows correction agent ended_at",
    ),
    Place(
        name="agent",
        row=AgentRow,
        partition=AGENTS,
        sort="{account}",
        shown="zone languages shifts room active",
    ),
)
_ORDER = (
    "lines currency po_number vat_id shipping billing placed_at state paid_at payment shipments "
    "organization partner"
)
_PHONE = "number label added confirmed"


class PersonStore:
    """Reads what is kept about an account's person."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def shown(self, account: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Everything that the person is shown: the name of its place, and its attributes."""
        for place in PLACES:
            partition = place.partition.format(account=account)
            only = ("sk", place.sort.format(account=account)) if place.sort else None
            for item in self._database.query(
                place.row, key=("pk", partition), since=only, until=only
            ):
                yield place.name, _shown(item, place.shown)
        yield from (("phone", one) for one in self._phones(account))
        for item in self._database.query(
            OrderRow, index=BY_ACCOUNT, key=("g2pk", f"ACCOUNT#{account}")
        ):
            found = self._database.get_raw(OrderRow, item["pk"]["S"], SK)
            if found:
                number = item["pk"]["S"].removeprefix("ORDER#")
                yield "order", {"number": number, **_shown(found, _ORDER)}

    def numbers(self, account: str) -> list[Remove]:
        """The writes that erase the account's phones, and those kept for a hold."""
        erased = []
        phones = self._database.get(PhonesRow, f"ACCOUNT#{account}", "phones")
        if phones:
            erased.append(
                Remove(
                    row=PhonesRow,
                    key=(phones.pk, phones.sk),
                    condition=PhonesRow.credential == phones.credential,
                )
            )
        kept = self._database.get(NumbersRow, f"HOLD#{account}", "numbers")
        if kept:
            erased.append(
                Remove(
                    row=NumbersRow,
                    key=(kept.pk, kept.sk),
                    condition=NumbersRow.expires == kept.expires,
                )
            )
        return erased

    def is_listed(self, account: str) -> bool:
        """Whether the account has a row by which it is listed and found."""
        return self._database.get(MemberRow, f"ACCOUNT#{account}", SK) is not None

    def _phones(self, account: str) -> Iterator[dict[str, Any]]:
        row = self._database.get_raw(PhonesRow, f"ACCOUNT#{account}", "phones")
        for phone in row["phones"]["M"].values() if row else ():
            yield _shown(phone["M"], _PHONE)


def erase_account(seen: Account, subject: Subject, *, listed: bool) -> list[Update | Remove]:
    """The writes that leave of an account its id and its organization.

    Its id takes the place of the user id, which somebody else may have from now on.
    """
    blank = dict.fromkeys(("email", "first_name", "last_name"), "")
    actions = assign(AccountRow, {**blank, "middle_name": None, "user_id": seen.id})
    member = (f"ACCOUNT#{seen.id}", SK)
    unlisted = Remove(row=MemberRow, key=member, condition=MemberRow.user_id == seen.user_id)
    return [
        Update(row=AccountRow, key=(subject.id, SK), actions=actions, subject=subject),
        Remove(
            row=UserIdRow,
            key=(f"USER#{seen.user_id}", SK),
            condition=UserIdRow.account == seen.id,
        ),
        *([unlisted] if listed else []),
    ]


def erase_name(seen: Credential) -> Update:
    """The write that erases the legal name of a past credential."""
    return Update(
        row=CredentialRow,
        key=(f"ACCOUNT#{seen.account}", PAST + seen.id),
        actions=[CredentialRow.legal_name.set("")],
        subject=Subject(id=seen.subject, number=seen.version, head=seen.head),
    )


def erase_addresses(seen: Order) -> Update:
    """The write that erases an order's addresses, purchase-order number and VAT id."""
    erased = asdict(NO_ADDRESS)
    return Update(
        row=OrderRow,
        key=(seen.subject, SK),
        actions=assign(
            OrderRow, {"shipping": erased, "billing": erased, "po_number": "", "vat_id": None}
        ),
        subject=Subject(id=seen.subject, number=seen.version, head=seen.head),
    )


def has_addresses(order: Order) -> bool:
    """Whether an order still has addresses, a purchase-order number or a VAT id."""
    kept = (order.shipping, order.billing, order.po_number, order.vat_id)
    return kept != (NO_ADDRESS, NO_ADDRESS, "", "")


def without_reason(seen: Access) -> Access:
    """The access without the reason that somebody typed."""
    return replace(seen, reason="")


def _shown(item: Mapping[str, Any], names: str) -> dict[str, Any]:
    return {name: _plain(item[name]) for name in names.split() if name in item}


def _plain(stored: Mapping[str, Any]) -> Any:
    """A stored value in JSON's types; bytes are hashes and secrets, of which there are none."""
    [(kind, value)] = stored.items()
    match kind:
        case "N":
            return float(value) if "." in value else int(value)
        case "M":
            return {name: _plain(one) for name, one in value.items()}
        case "L":
            return [_plain(one) for one in value]
        case "S" if value[:1] in ("[", "{"):
            # Lists and maps of ours are JSON in text; other text is not.
            return json.loads(value)
    return value
