"""Begins the hold that follows an end, in the transaction of that end (S54).

The holder's mailbox, the phones known until now and the organization's administrators are notified,
each with the link that freezes the account. The phones' numbers are kept sealed as long as the hold
waits: who removes a phone first and ends the rest later must not silence it. The first ten are
kept: somebody who adds and removes phones of their own silences none of the holder's.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import islice

from keyfob.domain import ids
from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.holds.hold import Ended, Hold, begun
from keyfob.domain.holds.notifications import held, number_name
from keyfob.domain.messages.outbox import Seal
from keyfob.domain.phones.phone import Phone
from keyfob.domain.policy import Policy
from keyfob.storage.directory.store import Directory
from keyfob.storage.holds import store as rows
from keyfob.storage.holds.store import HoldStore, Numbers
from keyfob.storage.rows import Write
from keyfob.storage.transaction import TransactionPart

# All that a hold tells must fit into one transaction, beside twenty administrators.
_KEPT, _TOLD = 10, 20


class Holding:
    """Builds the part of a transaction that begins a hold."""

    def __init__(
        self, *, holds: HoldStore, directory: Directory, seal: Seal, policy: Policy
    ) -> None:
        self._holds = holds
        self._directory = directory
        self._seal = seal
        self._policy = policy

    def begin(
        self,
        account: str,
        ended: Ended,
        phones: Iterable[Phone],
        now: datetime,
        *,
        by: Actor,
        waits: bool,
        parents: str = "",
    ) -> TransactionPart:
        """The hold after this end; one that doesn't wait notifies nobody.

        `phones` are those that the end takes away. The numbers that the hold of `parents` (an
        account) keeps are told, too.

        Raises:
            KeysUnavailable: the key service did not answer.
        """
        seen = self._holds.get(account)
        hold = begun(seen, account, ended, now, self._policy, waits=waits)
        if not waits:
            return TransactionPart(writes=[rows.change(seen, hold)])
        before = self._holds.numbers(account, now)
        sealed = {**self._sealed(account, phones), **before.sealed}
        known = dict(islice(sealed.items(), _TOLD))
        token = ids.new_secret()
        token_until = hold.until + self._policy.freeze_link_after_hold
        messages = held(
            hold,
            ended,
            readers=readers_of(account, self._directory),
            phones=[
                *(number_name(account, one) for one in known),
                *self._kept_of(parents, now),
            ],
            token=token,
            token_until=token_until,
            seal=self._seal,
            correlation=by.correlation,
        )
        facts = {"account": account, "ended": ended, "until": hold.until.isoformat()}
        return TransactionPart(
            writes=[
                rows.change(seen, hold),
                rows.put_link(account, token, now, until=token_until),
                *_kept(hold, before, known, at_most=ended is Ended.FREEZE),
            ],
            audit=[Entry(action="binding.held", actor=by, at=now, facts=facts)],
            messages=list(messages),
        )

    def keep(self, account: str, phone: Phone, now: datetime) -> TransactionPart:
        """Keep the number of a phone that a password removed while other authenticators are left.

        A number beyond the first ten isn't kept.

        Raises:
            KeysUnavailable: the key service did not answer.
        """
        before = self._holds.numbers(account, now)
        known = dict(before.sealed)
        if len(known) < _KEPT:
            known |= self._sealed(account, [phone])
        until = now + self._policy.binding_hold
        return TransactionPart(writes=[rows.keep_numbers(account, before, known, until=until)])

    def _kept_of(self, account: str, now: datetime) -> list[str]:
        kept = self._holds.numbers(account, now).sealed if account else {}
        return [number_name(account, one) for one in islice(kept, _KEPT)]

    def _sealed(self, account: str, phones: Iterable[Phone]) -> dict[str, bytes]:
        return {
            phone.id: self._seal(number_name(account, phone.id), phone.number) for phone in phones
        }


def readers_of(account: str, directory: Directory) -> list[str]:
    """The accounts to notify: the account itself and its organization's administrators."""
    found = directory.account(account)
    if found is None:
        return []
    others = directory.administrators(found.organization)
    return [account, *(one for one in others if one != account)]


def _kept(hold: Hold, before: Numbers, known: dict[str, bytes], *, at_most: bool) -> list[Write]:
    if not known:
        return []
    return [rows.keep_numbers(hold.account, before, known, until=hold.until, at_most=at_most)]
