"""Reopening an account takes a second person after a change of its address (S24).

    Alice changes Ada's address     hold v4: readdressed by Alice      72 hours
    Alice releases, thaws, revokes, frees phones, reactivates,
    reissues a key                  refused; another administrator or an operator may

Alice reads the new mailbox, if it is hers: the recovered password and a release are a takeover.
"""

from __future__ import annotations

from enum import Enum

from keyfob.domain.clock import Clock
from keyfob.domain.holds.readdressing import live, require_second_person
from keyfob.domain.sessions.administrator import Administrator
from keyfob.storage.directory.store import Directory
from keyfob.storage.holds import store as hold_rows
from keyfob.storage.holds.store import HoldStore
from keyfob.storage.rows import Write


class Reopens(Enum):
    """How the transaction of an act that reopens an account depends on the account's hold.

    `HOLD`: it writes the hold, under the version that it has read before this is judged.
    `ACCOUNT`: it writes other rows, and so takes a condition check of the hold along.
    """

    HOLD = "hold"
    ACCOUNT = "account"


class SecondPerson:
    """Judges whether an administrator may reopen an account whose address was changed."""

    def __init__(self, *, holds: HoldStore, directory: Directory, clock: Clock) -> None:
        self._holds = holds
        self._directory = directory
        self._clock = clock

    def require(self, who: Administrator, account: str, reopens: Reopens) -> list[Write]:
        """The condition checks for the act's transaction.

        Raises:
            SecondPersonNeeded.
        """
        # A hold only becomes newer: what the act has read before is no newer than this.
        hold, now = self._holds.get(account), self._clock()
        if hold and live(hold.readdressed, now):
            since = self._directory.administrator_since(who.organization, who.by.id)
            require_second_person(hold.readdressed, who.by.id, since, now)
        return [hold_rows.unchanged(account, hold)] if reopens is Reopens.ACCOUNT else []
