"""License keys in the `orders` table: their rows, reads and writes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action

from keyfob.domain import due_index as index
from keyfob.domain.orders.key_schedule import Schedule
from keyfob.domain.orders.license_key import KeyState, LicenseKey
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.storage.database import Database
from keyfob.storage.rows import AuditedRow, DueRow, Put, Row, Subject, Update, assign

SK = "-"
_KEYS = "KEYS#"
UNREDEEMED = "unredeemed"


class LicenseKeyRow(AuditedRow, DueRow):
    """`KEY#<keyed hash>`: what the key entitles to; the key itself is stored nowhere (S17).

    `g3…` lists an organization's keys as long as they can be redeemed. Earlier keys have no
    schedule for the clock.
    """

    class Meta:
        table_name = "orders"

    order = UnicodeAttribute()
    unit = NumberAttribute()
    account = UnicodeAttribute()
    product = UnicodeAttribute()
    kind = UnicodeAttribute()
    proofing = NumberAttribute()
    state = UnicodeAttribute()
    paid_at = UnicodeAttribute()
    holder = UnicodeAttribute(null=True)
    credential = UnicodeAttribute(null=True)
    successor = UnicodeAttribute(null=True)
    issued_at = UnicodeAttribute(null=True)
    lapses_at = UnicodeAttribute(null=True)
    told_at = UnicodeAttribute(null=True)
    mail_checked = BooleanAttribute(null=True)
    g3pk = UnicodeAttribute(null=True)
    g3sk = UnicodeAttribute(null=True)


class IssuedKeysRow(Row):
    """(`KEYS#<number>`, `<first unit>`): the first key of each unit, by the unit (from 0).

    A key that was reissued names its successor. An index would be a moment behind, and a refund
    could then miss a key.
    """

    class Meta:
        table_name = "orders"

    keys = JSONAttribute()


class LicenseKeyStore:
    """Reads license keys."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, subject: str) -> LicenseKey | None:
        """The license key `KEY#<hash>`, strongly consistent."""
        row = self._database.get(LicenseKeyRow, subject, SK)
        return _license_key(row) if row else None

    def of_order(self, order: Order) -> dict[int, LicenseKey]:
        """The present key of each unit (from 0) that has one, strongly consistent.

        Orders from before keys were listed have only those that can be redeemed.
        """
        items = self._database.query(IssuedKeysRow, key=("pk", _KEYS + order.number))
        rows = [IssuedKeysRow.from_raw_data(item) for item in items]
        subjects = {int(unit): subject for row in rows for unit, subject in row.keys.items()}
        found = {unit: self._latest(subject) for unit, subject in subjects.items()}
        for unit in range(order.minted):
            if unit not in found and unit not in order.undone:
                found[unit] = self.of_unit(order, unit)
        return {unit: key for unit, key in found.items() if key}

    def of_unit(self, order: Order, unit: int) -> LicenseKey | None:
        """The key that can be redeemed for an order's unit (from 0); None if there is none.

        The index may still have a key that was reissued: its successors are followed.
        """
        place = _place_of(order, unit)
        [*found] = self._database.query(
            LicenseKeyRow,
            index=UNREDEEMED,
            key=("g3pk", _home_of(order)),
            since=("g3sk", place),
            until=("g3sk", place),
        )
        return self._latest(found[0]["pk"]["S"]) if found else None

    def unredeemed(
        self, organization: str, *, limit: int, before: str | None
    ) -> list[tuple[str, LicenseKey]]:
        """An organization's keys that can be redeemed, the latest paid first, each with its place.

        The index is eventually consistent, the keys themselves aren't: one of them may say that it
        was redeemed meanwhile. `before` is the place to continue from.
        """
        items = list(
            self._database.query(
                LicenseKeyRow,
                index=UNREDEEMED,
                key=("g3pk", _home(organization)),
                until=("g3sk", before) if before else None,
                newest_first=True,
                limit=limit,
            )
        )
        rows = self._database.get_many(LicenseKeyRow, [(one["pk"]["S"], SK) for one in items])
        places = {one["pk"]["S"]: one["g3sk"]["S"] for one in items}
        return [(places[row.pk], _license_key(row)) for row in rows]

    def redeemable_units(self, order: Order) -> frozenset[int]:
        """The order's units (from 0) whose keys can be redeemed; the index may lag behind."""
        items = self._database.query(
            LicenseKeyRow,
            index=UNREDEEMED,
            key=("g3pk", _home_of(order)),
            since=("g3sk", _place_of(order, 0)),
            until=("g3sk", _place_of(order, len(order.units))),
        )
        return frozenset(int(item["g3sk"]["S"].rpartition("#")[2]) for item in items)

    def _latest(self, subject: str) -> LicenseKey | None:
        key = self.get(subject)
        while key and key.successor:
            key = self.get(key.successor)
        return key


def put_license_key(
    mac: str,
    order: Order,
    unit: int,
    schedule: Schedule | None = None,
    due: datetime | None = None,
) -> Put:
    """The write that adds the license key of an order's `unit`-th unit (from 0).

    `due` is when the clock must look at it; a key without schedule never lapses.
    """
    line = order.units[unit]
    subject = key_subject(mac)
    row = LicenseKeyRow(
        subject,
        SK,
        order=order.number,
        unit=unit,
        account=order.account,
        product=line.product,
        kind=line.kind,
        proofing=int(line.proofing),
        holder=order.holder_of(unit),
        state=KeyState.ISSUED,
        paid_at=index.instant(_paid_at(order)),
        g3pk=_home_of(order),
        g3sk=_place_of(order, unit),
        g1pk=index.shard_of(subject) if due else None,
        g1sk=index.sort_key(due, subject) if due else None,
        **(schedule_values(schedule) if schedule else {}),
    )
    return Put(row=row, subject=Subject(id=subject))


def put_keys(order: Order, subjects: Mapping[int, str]) -> Put:
    """The write that lists the keys minted for these units (from 0) of an order."""
    row = IssuedKeysRow(
        _KEYS + order.number,
        f"{order.minted:05d}",
        keys={str(unit): subject for unit, subject in subjects.items()},
    )
    return Put(row=row)


def schedule_values(schedule: Schedule) -> dict[str, Any]:
    """The attributes of a key's schedule."""
    return {
        "issued_at": index.instant(schedule.issued_at),
        "lapses_at": index.instant(schedule.lapses_at),
        "told_at": index.instant(schedule.told_at),
        "mail_checked": schedule.checked,
    }


def redeem_license_key(seen: LicenseKey, credential: str) -> Update:
    """The update that binds a license key to a credential, once."""
    return _spend(seen, KeyState.REDEEMED, LicenseKeyRow.credential.set(credential))


def reissue_license_key(seen: LicenseKey, successor: str) -> Update:
    """The update that kills a license key in favor of the one with this subject."""
    return _spend(seen, KeyState.REISSUED, LicenseKeyRow.successor.set(successor))


def void_license_key(seen: LicenseKey) -> Update:
    """The update that kills a license key whose money went back."""
    return _spend(seen, KeyState.VOIDED)


def stop_license_key(seen: LicenseKey) -> Update:
    """The update that keeps a license key from being redeemed for a while."""
    return _spend(seen, KeyState.STOPPED)


def release_license_key(seen: LicenseKey, order: Order, now: datetime) -> Update:
    """The update that lets a stopped license key be redeemed again; the clock plans it anew."""
    due = now if seen.schedule else None
    return Update(
        row=LicenseKeyRow,
        key=(seen.subject, SK),
        actions=[
            *assign(
                LicenseKeyRow,
                {
                    "state": KeyState.ISSUED,
                    "g3pk": _home_of(order),
                    "g3sk": _place_of(order, seen.unit),
                    "g1pk": index.shard_of(seen.subject) if due else None,
                    "g1sk": index.sort_key(due, seen.subject) if due else None,
                },
            )
        ],
        subject=Subject(id=seen.subject, number=seen.version, head=seen.head),
    )


def lapse_license_key(seen: LicenseKey) -> Update:
    """The update that ends a license key that nobody has redeemed."""
    return _spend(seen, KeyState.LAPSED)


def key_subject(mac: str) -> str:
    """The subject of the license key with this keyed hash."""
    return f"KEY#{mac}"


def _spend(seen: LicenseKey, state: KeyState, *more: Action) -> Update:
    return Update(
        row=LicenseKeyRow,
        key=(seen.subject, SK),
        actions=[
            LicenseKeyRow.state.set(state),
            LicenseKeyRow.g3pk.remove(),
            LicenseKeyRow.g3sk.remove(),
            LicenseKeyRow.g1pk.remove(),
            LicenseKeyRow.g1sk.remove(),
            *more,
        ],
        subject=Subject(id=seen.subject, number=seen.version, head=seen.head),
    )


def _home(organization: str) -> str:
    return f"ORGANIZATION#{organization}"


def _home_of(order: Order) -> str:
    # A guest's keys are no organization's: no administrator lists them.
    return order.subject if order.guest else _home(order.organization)


def _place_of(order: Order, unit: int) -> str:
    return f"{index.instant(_paid_at(order))}#{order.number}#{unit:05d}"


def _paid_at(order: Order) -> datetime:
    return order.paid_at or order.placed_at


def _license_key(row: LicenseKeyRow) -> LicenseKey:
    return LicenseKey(
        subject=row.pk,
        order=row.order,
        unit=int(row.unit),
        kind=ProductKind(row.kind),
        proofing=bool(row.proofing),
        paid_at=datetime.fromisoformat(row.paid_at),
        state=KeyState(row.state),
        account=row.account,
        product=row.product,
        holder=row.holder,
        successor=row.successor,
        credential=row.credential,
        schedule=_schedule(row),
        version=int(row.version),
        head=row.head,
    )


def _schedule(row: LicenseKeyRow) -> Schedule | None:
    if not (row.issued_at and row.lapses_at and row.told_at):
        return None
    return Schedule(
        issued_at=datetime.fromisoformat(row.issued_at),
        lapses_at=datetime.fromisoformat(row.lapses_at),
        told_at=datetime.fromisoformat(row.told_at),
        checked=bool(row.mail_checked),
    )
