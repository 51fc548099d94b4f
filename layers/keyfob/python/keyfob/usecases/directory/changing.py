"""Administrators change names and e-mail addresses of accounts (A5, A8, S24).

    names     account ⊕ list ⊕ connections that aren't the same person's any more
              ⊕ the level of a proofing ⊕ an open case, withdrawn ⊕ entries ⊕ mails
    e-mail    account ⊕ list ⊕ connections ⊕ a recovery code, used up ⊕ mails to both addresses
              ⊕ hold: no first authenticator for 72 hours, and a second person reopens the account
              ⊕ a link in the mail to the former address that freezes the account

Somebody was proofed under a name. With another one the proofing counts no longer, or an
administrator could hand a proofed credential on; names on documents are corrected by operators
(`usecases/proofing/correcting.py`). For the same reason a case that is under way ends.

Entries stay for ever: of names and addresses they have hashes, whose values can be erased.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from keyfob.domain import ids
from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.audit.personal import PersonalFacts
from keyfob.domain.credentials import lifecycle
from keyfob.domain.directory import notifications
from keyfob.domain.directory.account import Account
from keyfob.domain.holds import hold as decisions
from keyfob.domain.holds.hold import Hold
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message, Seal
from keyfob.domain.policy import Policy
from keyfob.domain.proofing import case as cases
from keyfob.domain.sessions.administrator import Administrator
from keyfob.storage.audit import personal as personal_rows
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.directory import members
from keyfob.storage.directory import store as rows
from keyfob.storage.holds import store as hold_rows
from keyfob.storage.holds.store import HoldStore
from keyfob.storage.proofing.store import CaseStore
from keyfob.storage.rows import Write
from keyfob.storage.sessions import recoveries as recovery_rows
from keyfob.storage.sessions.recoveries import Recoveries
from keyfob.storage.transaction import NOTHING, TransactionPart, joined
from keyfob.usecases.administration.colleagues import Colleague, Colleagues
from keyfob.usecases.connections.judging import Judging
from keyfob.usecases.credentials.service import CredentialChanges
from keyfob.usecases.proofing.case_jobs import freed_by
from keyfob.usecases.proofing.cases import CaseChanges


class Changing:
    """Changes names and e-mail addresses."""

    def __init__(
        self,
        *,
        colleagues: Colleagues,
        credentials: CredentialStore,
        changes: CredentialChanges,
        cases: CaseStore,
        case_changes: CaseChanges,
        recoveries: Recoveries,
        holds: HoldStore,
        judging: Judging,
        seal: Seal,
        policy: Policy,
    ) -> None:
        self._colleagues = colleagues
        self._credentials = credentials
        self._changes = changes
        self._cases = cases
        self._case_changes = case_changes
        self._recoveries = recoveries
        self._holds = holds
        self._judging = judging
        self._seal = seal
        self._policy = policy

    def change(self, who: Administrator, account_id: str, fields: Mapping[str, Any]) -> None:
        """Give the account these names or this address; what it has already changes nothing.

        `fields` are of `email`, `first_name`, `middle_name`, `last_name`.

        Raises:
            ElevationRequired. NotOnOneself. NotFound: unknown, or of another organization.
            RoleRequired: another administrator has just taken the role from `who`.
            KeysUnavailable: the key service did not answer.
        """

        def change(found: Colleague, by: Actor, now: datetime) -> TransactionPart:
            to = replace(found.account, **fields)
            return NOTHING if to == found.account else self._changed(found, to, by, now)

        self._colleagues.change(who, account_id, "change", change)

    def _changed(self, found: Colleague, to: Account, by: Actor, now: datetime) -> TransactionPart:
        seen = found.account
        values = PersonalFacts(
            account=seen.id, values={"before": _values(seen, to), "after": _values(to, seen)}
        )
        entry = Entry(
            action="account.changed",
            actor=by,
            at=now,
            subject=found.subject.id,
            facts={"changed": ", ".join(_differing(seen, to)), **values.facts},
        )
        own = TransactionPart(
            writes=[
                rows.change_account(seen, to, found.subject),
                members.follow(to),
                personal_rows.put(values),
            ],
            audit=[entry],
        )
        part = joined(own, self._judging.after(to, by))
        if to.email != seen.email:
            part = joined(part, self._readdressed(found, now, by))
        if to.name != seen.name:
            part = joined(part, self._renamed(found, now, by))
        return part

    def _readdressed(self, found: Colleague, now: datetime, by: Actor) -> TransactionPart:
        seen, version, held = found.account, found.subject.number + 1, self._held(found, now, by)
        link: notifications.FreezeLink | None = None
        writes: list[Write] = []
        if held:
            before, hold = held
            until = hold.waits_until + self._policy.freeze_link_after_hold
            link = notifications.FreezeLink(token=ids.new_secret(), until=until)
            writes.append(hold_rows.change(before, hold))
            writes.append(hold_rows.put_link(seen.id, link.token, now, until=until))
        told = notifications.readdressed(
            seen.id,
            version,
            now,
            held[1].waits_until if held else None,
            correlation=by.correlation,
        )
        former = notifications.to_former(
            seen.id, version, seen.email, now, link, correlation=by.correlation, seal=self._seal
        )
        return joined(
            TransactionPart(writes=writes, messages=[told, former]),
            used_up(self._recoveries, seen, now),
        )

    def _held(self, found: Colleague, now: datetime, by: Actor) -> tuple[Hold | None, Hold] | None:
        """The hold before and after; none before the first sign-in: a typing error is free."""
        if found.sessions.newcomer:
            return None
        account = found.account.id
        seen = self._holds.get(account)
        return seen, decisions.readdressed(
            seen or decisions.never(account), by.id, now, self._policy
        )

    def _renamed(self, found: Colleague, now: datetime, by: Actor) -> TransactionPart:
        told = TransactionPart(messages=[_told(Kind.ACCOUNT_RENAMED, found, now, by)])
        return joined(told, self._unproofed(found, by), self._without_case(found, now, by))

    def _unproofed(self, found: Colleague, by: Actor) -> TransactionPart:
        credential = self._credentials.live(found.account.id)
        if credential is None:
            return NOTHING
        lowered = lifecycle.unproofed(credential)
        if lowered.change is None:
            return NOTHING
        return self._changes.change(credential, lowered, by=by, facts={})

    def _without_case(self, found: Colleague, now: datetime, by: Actor) -> TransactionPart:
        seen = self._cases.current(found.account.id)
        if seen is None or seen.is_over:
            return NOTHING
        to = cases.withdraw(seen, now)
        return self._case_changes.part(seen, to, by=by, writes=freed_by(seen, to))


def used_up(recoveries: Recoveries, account: Account, now: datetime) -> TransactionPart:
    """The part of a transaction that uses up the account's recovery code, if it has a good one."""
    asked = recoveries.get(account.user_id)
    if asked is None or asked.account != account.id or not asked.is_good(now):
        return NOTHING
    return TransactionPart(writes=[recovery_rows.spend(asked, now)])


def _told(kind: Kind, found: Colleague, now: datetime, by: Actor) -> Message:
    return notifications.changed(
        kind, found.account.id, found.subject.number + 1, now, correlation=by.correlation
    )


def _differing(seen: Account, to: Account) -> list[str]:
    names = ("email", "first_name", "middle_name", "last_name")
    return [name for name in names if getattr(seen, name) != getattr(to, name)]


def _values(one: Account, other: Account) -> str:
    return ", ".join(str(getattr(one, name)) for name in _differing(one, other))
