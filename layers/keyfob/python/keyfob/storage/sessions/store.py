"""The `sessions` table: one row an account, and the counters that limit guessing.

No write can bring an ended session back: each names the session's path and is conditioned on its
secret's hash, and a new session on the epoch read before the password was checked.

    sign-in reads epoch 7        sign out everywhere: epoch 8, sessions {}
    password is right
    ADD session IF epoch = 7     → Conflict: the sign-in fails
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import reduce
from operator import and_
from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.expressions.condition import size

from keyfob.domain.credentials.credential import Credential
from keyfob.domain.directory.role import Role
from keyfob.domain.due_index import instant
from keyfob.domain.sessions.session import PASSWORD, Session, Sessions
from keyfob.storage.credentials.store import CredentialRow, credential_of, live_key
from keyfob.storage.database import Database
from keyfob.storage.rows import Check, Put, Row, Update, assign

SK = "-"
# The instant of the code, by how it came: from a token or in a text, or by a call.
_CODE, _CALL = "code", "call"


class SessionsRow(Row):
    """`ACCOUNT#<id>`."""

    class Meta:
        table_name = "sessions"

    epoch = NumberAttribute()
    organization = UnicodeAttribute()
    roles = JSONAttribute()
    active = BooleanAttribute()
    sessions: MapAttribute[str, Any] = MapAttribute()
    pending_reset = UnicodeAttribute(null=True)
    new_password_until = UnicodeAttribute(null=True)
    parent = UnicodeAttribute(null=True)
    frozen = BooleanAttribute(null=True)
    disconnected = BooleanAttribute(null=True)
    partner = UnicodeAttribute(null=True)
    newcomer = BooleanAttribute(null=True)


class SessionStore:
    """Reads an account's sessions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, account: str) -> Sessions | None:
        """The account's sessions, strongly consistent."""
        row = self._database.get(SessionsRow, f"ACCOUNT#{account}", SK)
        return _sessions(account, row) if row else None

    def with_credential(self, account: str) -> tuple[Sessions | None, Credential | None]:
        """The account's sessions and the live credential it uses, strongly consistent.

        Its own one, read together with the sessions; a connected account has none, and its
        parent's is read in a second round trip: none, if the parent is frozen (S54) or deactivated.
        """
        key = f"ACCOUNT#{account}"
        row, credential = self._database.get_each(
            [(SessionsRow, key, SK), (CredentialRow, *live_key(account))]
        )
        sessions = _sessions(account, row) if isinstance(row, SessionsRow) else None
        if sessions and sessions.parent:
            above, credential = self._database.get_each(
                [
                    (SessionsRow, f"ACCOUNT#{sessions.parent}", SK),
                    (CredentialRow, *live_key(sessions.parent)),
                ]
            )
            if isinstance(above, SessionsRow) and (above.frozen or not above.active):
                credential = None
        return sessions, credential_of(credential) if isinstance(
            credential, CredentialRow
        ) else None

    def touch(self, account: str, session: Session, now: datetime) -> None:
        """Record the session's use.

        Raises:
            Conflict: the session has ended or got a new secret.
        """
        path = SessionsRow.sessions[session.id]
        self._database.write(
            _update(account, [path["seen"].set(_seconds(now))], _still_there(session))
        )


def put(sessions: Sessions) -> Put:
    """The write that gives a new account its row."""
    return Put(
        row=SessionsRow(
            f"ACCOUNT#{sessions.account}",
            SK,
            epoch=sessions.epoch,
            organization=sessions.organization,
            roles=list(sessions.roles),
            active=sessions.active,
            sessions={},
            pending_reset=sessions.pending_reset,
            partner=sessions.partner,
            newcomer=sessions.newcomer or None,
        )
    )


def add(seen: Sessions, session: Session, *, without: Sequence[str], limit: int) -> Update:
    """The write that adds a session and drops those it crowds out, under the epoch seen."""
    rows = SessionsRow.sessions
    gone = [rows[one].remove() for one in without]
    # All dropped ones must still exist, so the count can't pass the limit in any race.
    conditions = [
        SessionsRow.epoch == seen.epoch,
        SessionsRow.active == True,  # noqa: E712  # PynamoDB builds the condition from it
        size(rows) < limit + len(without),
        *(rows[one].exists() for one in without),
    ]
    return _update(
        seen.account, [rows[session.id].set(_document(session)), *gone], reduce(and_, conditions)
    )


def remove(account: str, session: Session) -> Update:
    """The write that ends one session."""
    path = SessionsRow.sessions[session.id]
    # No condition on its secret: an elevation in the same moment must not save it.
    return _update(account, [path.remove()], path.exists())


def elevate(seen: Sessions, session: Session, to: Session) -> Update:
    """The write that replaces `session` by `to`, if its secret and the epoch are unchanged."""
    path = SessionsRow.sessions[session.id]
    return _update(
        seen.account,
        [path.set(_document(to))],
        _still_there(session) & (SessionsRow.epoch == seen.epoch),
    )


def restart(seen: Sessions, *sessions: Session, pending_reset: str | None = None) -> Update:
    """The write that ends every session and raises the epoch, leaving only `sessions`.

    With the id of the effect that will reset the password, nobody signs in until that is done. A
    pending reset keeps its place: it is done after this write as well, and two effects could set
    their passwords in any order.
    """
    actions = _restarting(seen, *sessions)
    if pending_reset and not seen.pending_reset:
        actions.append(SessionsRow.pending_reset.set(pending_reset))
    return _update(seen.account, actions, SessionsRow.epoch == seen.epoch)


def begin_new_password(seen: Sessions, until: datetime) -> Update:
    """The write that ends every session before a new password goes to the password store."""
    on_its_way = SessionsRow.new_password_until.set(instant(until))
    return _update(seen.account, [*_restarting(seen), on_its_way], SessionsRow.epoch == seen.epoch)


def end_new_password(seen: Sessions, *sessions: Session, left: datetime | None) -> Update:
    """The write that leaves only `sessions` under the new password, which has arrived.

    Until `left` another password may still arrive, so its mark stays. From now on the account is
    no newcomer's.
    """
    mark = SessionsRow.new_password_until
    arrived = mark.set(instant(left)) if left else mark.remove()
    actions = [*_restarting(seen, *sessions), arrived]
    if seen.newcomer:
        actions.append(SessionsRow.newcomer.remove())
    return _update(seen.account, actions, SessionsRow.epoch == seen.epoch)


def reset_done(seen: Sessions) -> Update:
    """The write that lets people sign in again, with the password that was just set."""
    return _update(
        seen.account,
        [*_restarting(seen), SessionsRow.pending_reset.remove()],
        (SessionsRow.epoch == seen.epoch) & (SessionsRow.pending_reset == seen.pending_reset),
    )


def freeze(seen: Sessions) -> Update:
    """The write that ends every session and lets nobody sign in until the account is thawed."""
    actions = [*_restarting(seen), SessionsRow.frozen.set(True)]
    return _update(seen.account, actions, SessionsRow.epoch == seen.epoch)


def thaw(seen: Sessions, *, pending_reset: str) -> Update:
    """The write that lets people sign in again, once the effect of this id has reset the password.

    A pending reset keeps its place, as in `restart`.
    """
    actions = [*_restarting(seen), SessionsRow.frozen.remove()]
    if not seen.pending_reset:
        actions.append(SessionsRow.pending_reset.set(pending_reset))
    return _update(seen.account, actions, SessionsRow.epoch == seen.epoch)


def connect(seen: Sessions, parent: str) -> Update:
    """The write that lets an account use its parent's credential; every session ends."""
    return _update(
        seen.account,
        [*_restarting(seen), SessionsRow.parent.set(parent)],
        _as_seen(seen),
    )


def disconnect(seen: Sessions) -> Update:
    """The write that ends the use of the parent's credential; every session ends."""
    actions = [
        *_restarting(seen),
        SessionsRow.parent.remove(),
        SessionsRow.disconnected.set(True),
    ]
    return _update(seen.account, actions, _as_seen(seen))


def deactivate(seen: Sessions, roles: Sequence[Role]) -> Update:
    """The write that ends every session and lets nobody sign in until the account is reactivated.

    The account keeps these roles; the version of its own row numbers their changes. A pending reset
    goes on: another one could set its password after it (`restart`).
    """
    actions = [
        *_restarting(seen),
        SessionsRow.active.set(False),
        SessionsRow.roles.set(list(roles)),
    ]
    return _update(seen.account, actions, SessionsRow.epoch == seen.epoch)


def reactivate(seen: Sessions, *, pending_reset: str) -> Update:
    """The write that lets people sign in again, once the effect of this id has reset the password.

    A pending reset keeps its place, as in `restart`.
    """
    actions = [*_restarting(seen), SessionsRow.active.set(True)]
    if not seen.pending_reset:
        actions.append(SessionsRow.pending_reset.set(pending_reset))
    return _update(seen.account, actions, SessionsRow.epoch == seen.epoch)


def assign_roles(seen: Sessions, roles: Sequence[Role]) -> Update:
    """The write that gives the account these roles; its sessions have them from now on."""
    as_seen = (SessionsRow.roles == list(seen.roles)) & (SessionsRow.active == seen.active)
    return _update(seen.account, [SessionsRow.roles.set(list(roles))], as_seen)


def administer_partner(seen: Sessions, to: Sessions) -> Update:
    """The write that makes an account the administrator of a partner, or no longer one.

    Its sessions stay: the next request of each is judged by the new roles.
    """
    values = {"roles": list(to.roles), "partner": to.partner}
    as_seen = SessionsRow.roles == list(seen.roles)
    return _update(seen.account, assign(SessionsRow, values), as_seen)


def same_roles(seen: Sessions) -> Check:
    """Condition check: the account is in use as it was seen, with the same roles and partner."""
    partner = SessionsRow.partner
    same = (
        (SessionsRow.roles == list(seen.roles))
        & (SessionsRow.active == seen.active)
        & (partner == seen.partner if seen.partner else partner.does_not_exist())
    )
    return Check(row=SessionsRow, key=(f"ACCOUNT#{seen.account}", SK), condition=same)


def unchanged(seen: Sessions) -> Check:
    """Condition check: no session was ended, nothing was connected."""
    return Check(row=SessionsRow, key=(f"ACCOUNT#{seen.account}", SK), condition=_as_seen(seen))


def _as_seen(seen: Sessions) -> Any:
    parent = SessionsRow.parent
    return (
        (SessionsRow.epoch == seen.epoch)
        & (SessionsRow.active == seen.active)
        & (parent == seen.parent if seen.parent else parent.does_not_exist())
    )


def _restarting(seen: Sessions, *sessions: Session) -> list[Any]:
    left = {session.id: _document(session) for session in sessions}
    return [SessionsRow.epoch.set(seen.epoch + 1), SessionsRow.sessions.set(left)]


def _update(account: str, actions: list[Any], condition: Any) -> Update:
    key = (f"ACCOUNT#{account}", SK)
    return Update(row=SessionsRow, key=key, actions=actions, condition=condition)


def _still_there(session: Session) -> Any:
    return SessionsRow.sessions[session.id]["hash"] == bytes.fromhex(session.secret_hash)


def _document(session: Session) -> dict[str, str | int | bytes]:
    # Bytes, seconds and short names: five elevated sessions of an account with the longest ids fit
    # into the one kilobyte that a write unit pays for.
    document: dict[str, str | int | bytes] = {
        "hash": bytes.fromhex(session.secret_hash),
        "strength": session.strength,
        "from": _seconds(session.created),
        "seen": _seconds(session.seen),
        "to": _seconds(session.expires),
    }
    if session.by is not None and session.epoch is not None and session.coded is not None:
        # The name tells how the code came, since the row has no byte left for it.
        name = _CALL if session.spoken else _CODE
        document |= {"by": session.by, "epoch": session.epoch, name: _seconds(session.coded)}
    return document


def _sessions(account: str, row: SessionsRow) -> Sessions:
    live = {
        session_id: _session(session_id, document)
        for session_id, document in row.sessions.as_dict().items()
    }
    return Sessions(
        account=account,
        organization=row.organization,
        roles=tuple(Role(role) for role in row.roles),
        active=row.active,
        epoch=int(row.epoch),
        live=live,
        pending_reset=row.pending_reset,
        new_password_until=(
            datetime.fromisoformat(row.new_password_until) if row.new_password_until else None
        ),
        parent=row.parent,
        frozen=bool(row.frozen),
        disconnected=bool(row.disconnected),
        partner=row.partner,
        newcomer=bool(row.newcomer),
    )


def _session(session_id: str, document: dict[str, Any]) -> Session:
    # An elevation without the instant of its code is an earlier version's: it has ended.
    coded = document.get(_CODE, document.get(_CALL))
    elevated = coded is not None
    strength = int(document["strength"])
    return Session(
        id=session_id,
        secret_hash=document["hash"].hex(),
        strength=strength if elevated else min(strength, PASSWORD),
        created=_moment(document["from"]),
        seen=_moment(document["seen"]),
        expires=_moment(document["to"]),
        by=document["by"] if elevated else None,
        epoch=int(document["epoch"]) if elevated else None,
        coded=_moment(coded) if coded is not None else None,
        spoken=_CALL in document,
    )


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)
