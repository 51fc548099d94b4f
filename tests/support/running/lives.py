"""Credentials at any stage of life, with the rows that their history would have left.

No test has to move the clock by years, so no other credential ages by it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from keyfob.domain.audit.entry import Entry
from keyfob.domain.credentials import lifecycle
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.credentials.milestones import next_due
from keyfob.domain.credentials.suspension import Suspender
from keyfob.domain.directory.organization import Organization
from keyfob.domain.ids import new_id
from keyfob.domain.inventory.token import Algorithm, SealedSeed, Token, TokenType
from keyfob.domain.sessions.session import Session, Sessions, hashed
from keyfob.storage.credentials import store as credential_rows
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.directory import store as directory_rows
from keyfob.storage.directory.store import Directory
from keyfob.storage.inventory.store import Inventory, assign_token, put_token
from keyfob.storage.rows import Write
from keyfob.storage.sessions import store as session_rows
from tests.support.builders import a_credential, a_hardware_token, an_account
from tests.support.running.inside import BY, Inside
from tests.support.running.rows import Rows

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
LEASE = HOUR

Point = Callable[[datetime], Mapping[str, Any]]


def suspended(ago: timedelta, told: timedelta | None = None) -> Point:
    """A credential that its holder suspended so long ago, last notified so long ago."""
    return lambda now: {
        "expires_at": now + 200 * DAY,
        "suspensions": {Suspender.HOLDER: now - ago},
        "told_at": None if told is None else now - told,
    }


def expiring(to_go: timedelta, told: timedelta | None = None) -> Point:
    """A credential that expires after so long (before now, if negative)."""
    return lambda now: {
        "expires_at": now + to_go,
        "told_at": None if told is None else now - told,
    }


# At each of these a milestone has been due for an hour.
NOTICE = expiring(30 * DAY - HOUR)
EXPIRY = expiring(-HOUR, told=30 * DAY)
REMINDER_30 = suspended(30 * DAY + HOUR)
REMINDER_15 = suspended(45 * DAY + HOUR, told=15 * DAY)
REMINDER_3 = suspended(57 * DAY + HOUR, told=12 * DAY)
LAPSE_OF_SUSPENDED = suspended(60 * DAY + HOUR, told=3 * DAY)
LAPSE_OF_EXPIRED = expiring(-366 * DAY - HOUR, told=3 * DAY)
# A year after the expiry less three days, an hour ago: once renewed, a notice is due at once.
REMINDER_OF_EXPIRED = expiring(-362 * DAY - HOUR, told=12 * DAY)
NOTHING = expiring(100 * DAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """A credential, its account and its token; `born` is when the test made them."""

    account: str
    credential: str
    serial: str
    email: str
    born: datetime

    @property
    def subject(self) -> str:
        """Its subject in the audit trail."""
        return f"CREDENTIAL#{self.account}#{self.credential}"

    @property
    def due(self) -> str:
        """Its message on the queue."""
        return f"ACCOUNT#{self.account}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The state of a life, comparable between lives.

    `planned`: when it is due, from its birth. `token`: its state and what happened to it.
    """

    happened: Sequence[str]
    queued: Sequence[str]
    state: str
    live: bool
    told: bool
    expires: timedelta
    credential_epoch: int
    planned: timedelta | None
    sessions: int
    epoch: int
    token: Sequence[str]


class Lives:
    """Makes credentials and reads their state."""

    def __init__(self, inside: Inside, rows: Rows) -> None:
        self._inside = inside
        self._rows = rows
        self._database = inside.database()
        self._transactions = inside.transactions()

    def begin(self, point: Point, *, hour: int = 12, lease: timedelta = LEASE) -> Life:
        """A credential with a registered token and one session, at this point of its life.

        It is at `hour` where its holder is. It stands in the due index as the sweep would have left
        it: leased for an hour, or as long as `lease` says.
        """
        born = self._now()
        name = new_id("life")
        account = an_account(
            id=new_id("acc"),
            user_id=name,
            email=f"{name}@acme.example",
            organization=self._organization(born, hour),
        )
        sessions = Sessions(
            account=account.id,
            organization=account.organization,
            roles=(),
            active=True,
            epoch=1,
        )
        put, user_id = directory_rows.put_account(account)
        self._commit("begun", put, user_id, session_rows.put(sessions))
        self._commit("begun", session_rows.add(sessions, _session(born), without=(), limit=5))
        return self.give(account.id, point, lease=lease, email=account.email)

    def give(
        self,
        account: str,
        point: Point,
        *,
        order: str = "SO-1",
        lease: timedelta = LEASE,
        email: str = "",
    ) -> Life:
        """Give this account such a credential, from the order."""
        born, serial = self._now(), account.replace("acc_", "LIFE-")
        seen = a_credential(
            id=new_id("crd"),
            account=account,
            order=order,
            token=a_hardware_token(serial=serial),
            paid_at=born - 10 * DAY,
            activated_at=born - 10 * DAY,
            **point(born),
        )
        token = put_token(_token(serial), SealedSeed(data_key="2026Q4", content=b"s"), "lives")
        self._commit("begun", credential_rows.put(seen, born + lease), token)
        stored = Inventory(self._database).stored([serial])[serial]
        self._commit("begun", assign_token(stored, seen.subject))
        return Life(account=account, credential=seen.id, serial=serial, email=email, born=born)

    def live(self, account: str) -> Credential:
        """The account's live credential."""
        live = CredentialStore(self._database).live(account)
        assert live
        return live

    def age(self, account: str, point: Point, *, lease: timedelta | None = LEASE) -> Credential:
        """Move a credential to this stage of its life; planned as it is, or leased."""
        now = self._now()
        seen = self.live(account)
        to = replace(seen, **point(now))
        due = next_due(to, now, self._inside.policy) if lease is None else now + lease
        self._commit("aged", credential_rows.change(seen, to, due))
        return self.live(account)

    def use(self, account: str) -> None:
        """Accept a code, a change that plans nothing."""
        seen = self.live(account)
        assert seen.token
        used = replace(seen, token=replace(seen.token, last=seen.token.last + 1))
        self._commit("used", credential_rows.change(seen, used))

    def renew(self, account: str) -> None:
        """Renew it, as a payment that has arrived does."""
        seen = self.live(account)
        renewed = lifecycle.renew(seen, self._now(), self._inside.policy)
        self._inside.credential_service().commit(seen, renewed, by=BY)

    def user_id(self, life: Life) -> str:
        """The user id of its holder."""
        account = Directory(self._database).account(life.account)
        assert account
        return account.user_id

    def planned(self, life: Life) -> timedelta:
        """The due time, from its birth."""
        at = str(self._rows.credential(life.account)["g1sk"]).partition("#")[0]
        return _moment(at) - life.born

    def standing(self, *lives: Life) -> list[Standing]:
        """The states of these, in their order."""
        queued = self._rows.queued_by_subject()
        return [self._standing(one, queued.get(one.subject, [])) for one in lives]

    def _standing(self, life: Life, queued: list[dict[str, Any]]) -> Standing:
        (row,) = self._rows.credentials(life.account)
        token = self._rows.token(life.serial)
        entries = self._rows.entries(f"TOKEN#{life.serial}")
        planned = row.get("g1sk", "").partition("#")[0]
        return Standing(
            happened=self._rows.happened(row),
            queued=sorted(one["kind"] for one in queued),
            state=row["state"],
            live=row["sk"] == "live",
            told="told_at" in row,
            expires=_moment(row["expires_at"]) - life.born,
            credential_epoch=int(row["epoch"]),
            planned=_moment(planned) - life.born if planned else None,
            sessions=len(self._rows.sessions(life.account)),
            epoch=self._rows.epoch(life.account),
            token=[token["state"], *(entry["action"] for entry in entries)],
        )

    def _now(self) -> datetime:
        """Now in whole seconds, as rows keep it."""
        return self._inside.clock().replace(microsecond=0)

    def _organization(self, now: datetime, hour: int) -> str:
        """The organization in whose zone it is `hour` now."""
        east = (hour - now.astimezone(UTC).hour + 11) % 24 - 11
        home = Organization(
            id=f"east-{east}", name="Elsewhere", country="US", time_zone=f"Etc/GMT{-east:+d}"
        )
        if Directory(self._database).organization(home.id) is None:
            self._commit("added", directory_rows.put_organization(home))
        return home.id

    def _commit(self, action: str, *writes: Write) -> None:
        audit = [
            Entry(action=f"test.{action}", actor=BY, at=self._inside.clock(), subject=subject.id)
            for subject in (write.subject for write in writes)
            if subject
        ]
        self._transactions.commit(*writes, audit=audit)


def _token(serial: str) -> Token:
    return Token(
        serial=serial,
        secret=b"0" * 20,
        type=TokenType.TOTP,
        algorithm=Algorithm.SHA1,
        digits=8,
        period=30,
        counter=None,
    )


def _session(now: datetime) -> Session:
    return Session(
        id=new_id("ses"),
        secret_hash=hashed("secret"),
        strength=1,
        created=now,
        seen=now,
        expires=now + 12 * HOUR,
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
