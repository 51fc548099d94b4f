"""A credential's phones in the `credentials` table: one row an account, (`ACCOUNT#<id>`, `phones`).

The credential's own row lists the confirmed ones by id. Each change of what counts also changes
that row: its version is the lock, its chain the record. A change of this row alone, for a code sent
or a wrong one, is conditioned on the values seen.

    wrong code A                wrong code B                right code
    SET failed, codes           SET failed, codes           SET failed = [], codes
      IF both are as seen         IF both are as seen  ✗      IF both are as seen ⊕ version = 7
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import reduce
from operator import and_
from typing import Any

from pynamodb.attributes import MapAttribute, UnicodeAttribute
from pynamodb.expressions.condition import size

from keyfob.domain.credentials.credential import Credential
from keyfob.domain.phones.phone import Code, Phone
from keyfob.storage.database import Database
from keyfob.storage.rows import Row, Update

SK = "phones"
_ALWAYS = ("failed", "codes")


class PhonesRow(Row):
    """(`ACCOUNT#<id>`, `phones`): the phones of one credential, possibly a past one."""

    class Meta:
        table_name = "credentials"

    credential = UnicodeAttribute()
    phones: MapAttribute[str, Any] = MapAttribute()


@dataclass(frozen=True, slots=True, kw_only=True)
class Phones:
    """A credential's phones, confirmed or not; `row` is the credential named in the row.

    `dropped` are those that are kept for their tries only.
    """

    account: str
    credential: str
    row: str | None = None
    all: Mapping[str, Phone] = field(default_factory=dict)
    dropped: Mapping[str, Phone] = field(default_factory=dict)


class PhoneStore:
    """Reads phones."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, credential: Credential) -> Phones:
        """The credential's phones, strongly consistent."""
        row = self._database.get(PhonesRow, *_key(credential.account))
        own = row is not None and row.credential == credential.id
        found = _phones(row) if row and own else {}
        return Phones(
            account=credential.account,
            credential=credential.id,
            row=row.credential if row else None,
            all={id_: phone for id_, phone in found.items() if not phone.dropped},
            dropped={id_: phone for id_, phone in found.items() if phone.dropped},
        )

    def confirmed(self, credential: Credential | None) -> list[Phone]:
        """The confirmed phones, oldest first; nothing is read if there are none."""
        if credential is None or not credential.phones:
            return []
        found = self.of(credential).all.values()
        counting = [phone for phone in found if phone.id in credential.phones]
        return sorted(counting, key=lambda phone: (phone.added_at, phone.id))

    def write(self, update: Update) -> None:
        """Perform an update that needs no other write.

        Raises:
            Conflict: the phone is no longer as it was seen.
        """
        self._database.write(update)


def add(seen: Phones, phone: Phone, *, without: Sequence[str]) -> Update:
    """The write that adds a phone and drops the unconfirmed ones in `without`."""
    rows = PhonesRow.phones
    if seen.row != seen.credential:
        # The row of an earlier credential, or none.
        actions = [
            PhonesRow.credential.set(seen.credential),
            rows.set({phone.id: _document(phone)}),
        ]
        there = PhonesRow.credential == seen.row
        return _update(seen.account, actions, there if seen.row else rows.does_not_exist())
    actions = [rows[phone.id].set(_document(phone)), *(rows[one].remove() for one in without)]
    conditions = [
        PhonesRow.credential == seen.credential,
        size(rows) == len(seen.all) + len(seen.dropped),
        rows[phone.id].does_not_exist(),
        *(rows[one]["confirmed"].does_not_exist() for one in without),
    ]
    return _update(seen.account, actions, reduce(and_, conditions))


def change(seen: Phones, phone: Phone, to: Phone) -> Update:
    """The write that changes what differs, if that and the tries are as they were seen."""
    path = PhonesRow.phones[phone.id]
    before, after = _document(phone), _document(to)
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    actions = [
        path[name].set(after[name]) if name in after else path[name].remove() for name in names
    ]
    compared = [*_ALWAYS, *(name for name in names if name not in _ALWAYS)]
    conditions = [
        PhonesRow.credential == seen.credential,
        *(
            path[name] == before[name] if name in before else path[name].does_not_exist()
            for name in compared
        ),
    ]
    return _update(seen.account, actions, reduce(and_, conditions))


def remove(seen: Phones, phone: Phone) -> Update:
    """The write that deletes the phone if its confirmation hasn't changed.

    An unconfirmed one with wrong tries is only dropped: its number must not get new ones (S11).
    """
    path = PhonesRow.phones[phone.id]
    if phone.confirmed_at:
        there = path["confirmed"].exists()
    elif phone.failed:
        return change(seen, phone, replace(phone, dropped=True))
    else:
        there = path["confirmed"].does_not_exist() & (path["failed"] == [])
    condition = (PhonesRow.credential == seen.credential) & path.exists() & there
    return _update(seen.account, [path.remove()], condition)


def forget(credential: Credential) -> Update:
    """The write that deletes all phones of an ended credential, unconfirmed ones as well."""
    condition = PhonesRow.credential == credential.id
    return _update(credential.account, [PhonesRow.phones.set({})], condition)


def _update(account: str, actions: list[Any], condition: Any) -> Update:
    return Update(row=PhonesRow, key=_key(account), actions=actions, condition=condition)


def _key(account: str) -> tuple[str, str]:
    return f"ACCOUNT#{account}", SK


def _document(phone: Phone) -> dict[str, Any]:
    moments = {
        "confirmed": phone.confirmed_at,
        "until": phone.blocked_until,
    }
    return {
        "number": phone.number,
        "shown": phone.shown,
        "label": phone.label,
        "failed": list(phone.failed),
        "codes": {session: _code_document(code) for session, code in phone.codes.items()},
        "added": phone.added_at.timestamp(),
        **{name: _seconds(at) for name, at in moments.items() if at},
        **({"dropped": True} if phone.dropped else {}),
    }


def _code_document(code: Code) -> dict[str, Any]:
    document = {
        "mac": bytes.fromhex(code.mac),
        "to": _seconds(code.until),
        "tries": list(code.tries),
    }
    return {**document, "spoken": True} if code.spoken else document


def _phones(row: PhonesRow) -> dict[str, Phone]:
    return {id_: _phone(id_, document) for id_, document in row.phones.as_dict().items()}


def _phone(phone_id: str, document: Mapping[str, Any]) -> Phone:
    return Phone(
        id=phone_id,
        number=document["number"],
        shown=document["shown"],
        label=document["label"],
        added_at=datetime.fromtimestamp(document["added"], UTC),
        confirmed_at=_moment(document["confirmed"]) if "confirmed" in document else None,
        failed=tuple(document["failed"]),
        blocked_until=_moment(document["until"]) if "until" in document else None,
        codes={session: _code(code) for session, code in document["codes"].items()},
        dropped="dropped" in document,
    )


def _code(document: Mapping[str, Any]) -> Code:
    return Code(
        mac=document["mac"].hex(),
        until=_moment(document["to"]),
        tries=tuple(document["tries"]),
        spoken="spoken" in document,
    )


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)
