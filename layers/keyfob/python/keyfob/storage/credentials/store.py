"""Credentials in the `credentials` table.

An account's live credential has the key (account, `live`), so that there is never a second one, and
authentication finds it without knowing its id. Revocation moves it to the account's past.

    wrong code A           wrong code B           right code
    append IF size < 4     append IF size < 4     SET last, failed = [] IF version = 7 AND size = 0
    (each names its own try, so that a retry is not counted twice)
    at four already: SET failed, epoch IF version = 7, with audit entry and message
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from functools import reduce
from operator import and_
from typing import Any

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.expressions.condition import Condition, size

from keyfob.domain import due_index as index
from keyfob.domain.credentials.credential import Credential, State
from keyfob.domain.credentials.hardware_token import HardwareToken
from keyfob.domain.due_index import instant
from keyfob.domain.inventory.token import Algorithm, SealedSeed, TokenType
from keyfob.storage.database import Database
from keyfob.storage.idempotency import IdempotencyRecord, IdempotencyRow, result_of
from keyfob.storage.rows import (
    AuditedRow,
    Check,
    Delete,
    DueRow,
    Put,
    Row,
    Subject,
    Update,
    assign,
    differing,
)

LIVE = "live"
PAST = "PAST#"
APPROVAL = "APPROVAL#"


class CredentialRow(AuditedRow, DueRow):
    """(`ACCOUNT#<id>`, `live`), or (`ACCOUNT#<id>`, `PAST#<credential>`) once it is revoked.

    The live one is in the due index (`g1…`) until it is revoked.
    """

    class Meta:
        table_name = "credentials"

    id = UnicodeAttribute()
    organization = UnicodeAttribute()
    order = UnicodeAttribute()
    unit = NumberAttribute()
    kind = UnicodeAttribute()
    proofing = BooleanAttribute()
    legal_name = UnicodeAttribute()
    country = UnicodeAttribute()
    paid_at = UnicodeAttribute()
    expires_at = UnicodeAttribute()
    state = UnicodeAttribute()
    level = NumberAttribute()
    upgrade = BooleanAttribute(null=True)
    epoch = NumberAttribute()
    activated_at = UnicodeAttribute(null=True)
    suspensions: MapAttribute[str, Any] = MapAttribute(null=True)
    revoked_at = UnicodeAttribute(null=True)
    told_at = UnicodeAttribute(null=True)
    replacing = BooleanAttribute()
    tries: ListAttribute[Any] = ListAttribute()
    serial = UnicodeAttribute(null=True)
    algorithm = UnicodeAttribute(null=True)
    digits = NumberAttribute(null=True)
    period = NumberAttribute(null=True)
    data_key = UnicodeAttribute(null=True)
    seed = BinaryAttribute(legacy_encoding=False, null=True)
    last = NumberAttribute(null=True)
    drift = NumberAttribute(null=True)
    drift_base = NumberAttribute(null=True)
    reset = BooleanAttribute(null=True)
    bought: ListAttribute[Any] = ListAttribute(null=True)
    token_epoch = NumberAttribute(null=True)
    failed: ListAttribute[Any] = ListAttribute(null=True)
    phones: MapAttribute[str, Any] = MapAttribute(null=True)


class ApprovalRow(Row):
    """(`ACCOUNT#<id>`, `APPROVAL#<credential>#<partner>`): a partner is asked, or has approved it.

    A given one has `at` and `by`, and stays for good. It is written with a change of its
    credential, so that two approvals never miss each other. `g2…` lists a partner's.
    """

    class Meta:
        table_name = "credentials"

    partner = UnicodeAttribute()
    since = UnicodeAttribute(null=True)
    at = UnicodeAttribute(null=True)
    by = UnicodeAttribute(null=True)
    g2pk = UnicodeAttribute(null=True)
    g2sk = UnicodeAttribute(null=True)


class CredentialIdempotencyRow(IdempotencyRow):
    """The idempotency record for a credential's id."""

    class Meta:
        table_name = "credentials"


class CredentialStore:
    """Reads credentials."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def live(self, account: str) -> Credential | None:
        """The account's live credential, strongly consistent."""
        row = self._database.get(CredentialRow, *live_key(account))
        return credential_of(row) if row else None

    def lives(self, accounts: Sequence[str]) -> dict[str, Credential]:
        """The live credentials of these accounts, by account."""
        rows = self._database.get_many(CredentialRow, [live_key(one) for one in accounts])
        return {one.account: one for one in map(credential_of, rows)}

    def get(self, account: str, credential_id: str) -> Credential | None:
        """The account's credential with this id, live or past."""
        live = self.live(account)
        if live and live.id == credential_id:
            return live
        row = self._database.get(CredentialRow, _account_key(account), PAST + credential_id)
        return credential_of(row) if row else None

    def with_id(self, credential_id: str) -> Credential | None:
        """The credential with this id, live or past, of whichever account."""
        found = self._database.query(CredentialRow, index="ids", key=("id", credential_id), limit=1)
        accounts = [str(item["pk"]["S"]).removeprefix("ACCOUNT#") for item in found]
        # The index may be a moment behind; it names the account, which never changes.
        return self.get(accounts[0], credential_id) if accounts else None

    def of_account(self, account: str) -> list[Credential]:
        """The account's credentials: the live one, then those of the past."""
        items = self._database.query(CredentialRow, key=("pk", _account_key(account)))
        found = [
            credential_of(CredentialRow.from_raw_data(item))
            for item in items
            if item["sk"]["S"] == LIVE or item["sk"]["S"].startswith(PAST)
        ]
        return sorted(found, key=lambda one: (one.revoked_at is None, one.revoked_at), reverse=True)

    def approved_by(self, seen: Credential, partners: Collection[str]) -> frozenset[str]:
        """Those of the partners that have approved this credential, strongly consistent."""
        keys = [approval_key(seen, partner) for partner in partners]
        found = self._database.get_many(ApprovalRow, keys)
        return frozenset(row.partner for row in found if row.at)

    def idempotent_result(self, record: IdempotencyRecord) -> str | None:
        """The id of the credential that an earlier request with this key was about.

        Raises:
            IdempotencyKeyReused: the earlier request had another body.
        """
        return result_of(self._database, CredentialIdempotencyRow, record)

    def replan(self, seen: Credential, due: datetime) -> None:
        """Change only its place in the due index.

        Raises:
            Conflict: it was changed meanwhile, perhaps by daily use, which plans nothing.
        """
        update = Update(
            row=CredentialRow,
            key=live_key(seen.account),
            actions=assign(CredentialRow, _planned(seen, due)),
            condition=(CredentialRow.version == seen.version) & (CredentialRow.id == seen.id),
        )
        self._database.write(update)

    def append_failure(self, seen: Credential, attempt: str, *, limit: int) -> None:
        """Count a wrong code that doesn't reach the limit.

        Raises:
            Conflict: it reaches the limit, was counted already, or belongs to another token.
        """
        serial = seen.token.serial if seen.token else None
        self._append(seen, CredentialRow.failed, attempt, limit, CredentialRow.serial == serial)

    def append_try(self, seen: Credential, attempt: str, *, limit: int) -> None:
        """Count a failed registration or resynchronization that doesn't reach the limit.

        Raises:
            Conflict: it reaches the limit, or was counted already.
        """
        self._append(seen, CredentialRow.tries, attempt, limit, CredentialRow.id == seen.id)

    def _append(
        self, seen: Credential, tries: ListAttribute[Any], attempt: str, limit: int, same: Any
    ) -> None:
        # The only write without a version: counting must not wait for other writes. A suspension
        # raises the epoch.
        update = Update(
            row=CredentialRow,
            key=live_key(seen.account),
            actions=[tries.set(tries.append([attempt]))],
            condition=same
            & (CredentialRow.state == seen.state)
            & (CredentialRow.epoch == seen.epoch)
            & (size(tries) < limit - 1)
            & ~tries.contains(attempt),
        )
        self._database.write(update)


def live_key(account: str) -> tuple[str, str]:
    """The key of an account's live credential."""
    return _account_key(account), LIVE


def put(credential: Credential, due: datetime) -> Put:
    """The write that adds an account's live credential; a `Conflict` if it has one.

    `due` is when the clock must first look at it.
    """
    values = _present(credential) | _planned(credential, due)
    row = CredentialRow(*live_key(credential.account), **values)
    return Put(row=row, subject=Subject(id=credential.subject))


def change(seen: Credential, to: Credential, due: datetime | None = None) -> Update:
    """The update that turns `seen` into `to`, and plans when the clock looks at it next.

    Without `due` its place in the due index stays: daily use moves no date, and updating the index
    costs a write of its own.
    """
    planned = _planned(to, due) if due else {}
    return Update(
        row=CredentialRow,
        key=live_key(seen.account),
        actions=assign(CredentialRow, differing(_values(seen), _values(to)) | planned),
        condition=reduce(and_, _counted(seen)),
        subject=_subject(seen),
    )


def approval_key(seen: Credential, partner: str) -> tuple[str, str]:
    """The key of a partner's approval of this credential, asked for or given."""
    return _account_key(seen.account), f"{APPROVAL}{seen.id}#{partner}"


def unchanged(seen: Credential) -> Check:
    """Condition check: the credential is as it was seen."""
    same = (CredentialRow.id == seen.id) & (CredentialRow.version == seen.version)
    return Check(row=CredentialRow, key=live_key(seen.account), condition=same)


def none_live(account: str) -> Check:
    """Condition check: the account has no live credential."""
    absent = CredentialRow.pk.does_not_exist()
    return Check(row=CredentialRow, key=live_key(account), condition=absent)


def _planned(credential: Credential, due: datetime) -> dict[str, Any]:
    key, _ = live_key(credential.account)
    return {"g1pk": index.shard_of(key), "g1sk": index.sort_key(due, key)}


def _counted(seen: Credential) -> Iterator[Condition]:
    """The conditions that no try was counted since it was seen.

    Counting raises no version. Without them, a right guess among many at once could still count
    after as many wrong ones as lock the token.
    """
    yield CredentialRow.id == seen.id
    yield size(CredentialRow.tries) == len(seen.tries)
    if seen.token:
        yield size(CredentialRow.failed) == len(seen.token.failed)


def archive(seen: Credential, to: Credential) -> tuple[Delete, Put]:
    """The writes that move a revoked credential to its account's past."""
    past = CredentialRow(_account_key(seen.account), PAST + seen.id, **_present(to))
    return (
        Delete(row=CredentialRow, key=live_key(seen.account), subject=_subject(seen)),
        Put(row=past, subject=_subject(seen)),
    )


def credential_of(row: CredentialRow) -> Credential:
    """The credential in a row."""
    return Credential(
        id=row.id,
        account=row.pk.removeprefix("ACCOUNT#"),
        organization=row.organization,
        order=row.order,
        unit=int(row.unit),
        kind=row.kind,
        proofing=row.proofing,
        legal_name=row.legal_name,
        country=row.country,
        paid_at=datetime.fromisoformat(row.paid_at),
        expires_at=datetime.fromisoformat(row.expires_at),
        state=State(row.state),
        level=int(row.level),
        upgrade=bool(row.upgrade),
        epoch=int(row.epoch),
        activated_at=_moment(row.activated_at),
        suspensions=_moments(row.suspensions.as_dict()) if row.suspensions else {},
        revoked_at=_moment(row.revoked_at),
        told_at=_moment(row.told_at),
        token=_token(row) if row.serial else None,
        phones=_epochs(row.phones.as_dict()) if row.phones else {},
        replacing=row.replacing,
        tries=tuple(row.tries),
        reset=bool(row.reset) and not row.serial,
        bought=tuple(row.bought or ()),
        version=int(row.version),
        head=row.head,
    )


def _epochs(document: dict[str, Any]) -> dict[str, int]:
    return {phone: int(epoch) for phone, epoch in document.items()}


def _moments(document: dict[str, Any]) -> dict[str, datetime]:
    return {cause: datetime.fromisoformat(since) for cause, since in document.items()}


def _token(row: CredentialRow) -> HardwareToken:
    return HardwareToken(
        serial=row.serial,
        type=TokenType.TOTP if row.period else TokenType.HOTP,
        algorithm=Algorithm(row.algorithm),
        digits=int(row.digits),
        period=int(row.period) if row.period else None,
        sealed=SealedSeed(data_key=row.data_key, content=row.seed),
        last=int(row.last),
        drift=int(row.drift),
        drift_base=int(row.drift_base),
        reset=bool(row.reset),
        epoch=int(row.token_epoch),
        failed=tuple(row.failed or ()),
    )


def _values(credential: Credential) -> dict[str, Any]:
    token = credential.token
    return {
        "id": credential.id,
        "organization": credential.organization,
        "order": credential.order,
        "unit": credential.unit,
        "kind": credential.kind,
        "proofing": credential.proofing,
        "legal_name": credential.legal_name,
        "country": credential.country,
        "paid_at": instant(credential.paid_at),
        "expires_at": instant(credential.expires_at),
        "state": credential.state,
        "level": credential.level,
        "upgrade": credential.upgrade or None,
        "epoch": credential.epoch,
        "activated_at": _instant(credential.activated_at),
        "suspensions": {
            str(cause): instant(since) for cause, since in credential.suspensions.items()
        }
        or None,
        "revoked_at": _instant(credential.revoked_at),
        "told_at": _instant(credential.told_at),
        "replacing": credential.replacing,
        "tries": list(credential.tries),
        "serial": token.serial if token else None,
        "algorithm": token.algorithm if token else None,
        "digits": token.digits if token else None,
        "period": token.period if token else None,
        "data_key": token.sealed.data_key if token else None,
        "seed": token.sealed.content if token else None,
        "last": token.last if token else None,
        "drift": token.drift if token else None,
        "drift_base": token.drift_base if token else None,
        # Before a registration it is there only after a reset, so that no row has one more.
        "reset": token.reset if token else credential.reset or None,
        "bought": list(credential.bought) or None,
        "token_epoch": token.epoch if token else None,
        "failed": list(token.failed) if token else None,
        "phones": dict(credential.phones) or None,
    }


def _present(credential: Credential) -> dict[str, Any]:
    return {name: value for name, value in _values(credential).items() if value is not None}


def _subject(seen: Credential) -> Subject:
    return Subject(id=seen.subject, number=seen.version, head=seen.head)


def _account_key(account: str) -> str:
    return f"ACCOUNT#{account}"


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _instant(at: datetime | None) -> str | None:
    return instant(at) if at else None
