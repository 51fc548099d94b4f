"""A revocation ends the credential's token, phones and all sessions of its account (S22).

Without a recent code it begins a hold on the account's next binding (S54).
"""

from __future__ import annotations

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.credentials.credential import Credential, State
from keyfob.domain.errors import NotFound
from keyfob.domain.holds.hold import Ended
from keyfob.domain.inventory.token import masked
from keyfob.storage.credentials import approvals as approval_rows
from keyfob.storage.credentials.approvals import ApprovalStore
from keyfob.storage.inventory.store import Inventory, retire_token
from keyfob.storage.phones import store as phone_rows
from keyfob.storage.phones.store import PhoneStore
from keyfob.storage.proofing import store as case_rows
from keyfob.storage.proofing.store import CaseStore
from keyfob.storage.rows import Write
from keyfob.storage.sessions import store as session_rows
from keyfob.storage.sessions.store import SessionStore
from keyfob.storage.transaction import NOTHING, TransactionPart, joined
from keyfob.usecases.holds.holding import Holding
from keyfob.usecases.sessions.reset import reset_effect


class Revocation:
    """Builds the part of the transaction that ends a credential's authenticators and sessions."""

    def __init__(
        self,
        *,
        inventory: Inventory,
        sessions: SessionStore,
        phones: PhoneStore,
        cases: CaseStore,
        approvals: ApprovalStore,
        holding: Holding,
        clock: Clock,
    ) -> None:
        self._inventory = inventory
        self._sessions = sessions
        self._phones = phones
        self._cases = cases
        self._approvals = approvals
        self._holding = holding
        self._clock = clock

    def by_holder(self, seen: Credential, *, by: Actor, proven: bool) -> TransactionPart:
        """Revoke everything and reset the password; `proven` by a recent code, no hold waits.

        Raises:
            NotFound: the account has no sessions row, which every account has.
            KeysUnavailable: the key service did not answer.
        """
        ended = self._everything(seen, by=by, reset_password=True)
        return joined(ended, self._held(seen, Ended.CREDENTIAL, by=by, waits=not proven))

    def on_behalf(self, seen: Credential, *, by: Actor) -> TransactionPart:
        """The same by an operator or administrator, who has verified the holder: no hold waits.

        Raises:
            NotFound: the account has no sessions row, which every account has.
            KeysUnavailable: the key service did not answer.
        """
        return self.by_holder(seen, by=by, proven=True)

    def by_clock(self, seen: Credential, *, by: Actor, suspended: bool) -> TransactionPart:
        """Revoke everything at a deadline and leave the password: nobody is suspected to know it.

        No hold waits after the year of grace; one does 60 days after a suspension (`suspended`),
        for which a password was enough (F3, F6).

        Raises:
            NotFound: the account has no sessions row, which every account has.
            KeysUnavailable: the key service did not answer.
        """
        ended = self._everything(seen, by=by, reset_password=False)
        return joined(ended, self._held(seen, Ended.CREDENTIAL, by=by, waits=suspended))

    def of_last_authenticator(
        self, seen: Credential, *, by: Actor, proven: bool
    ) -> TransactionPart:
        """The hold after a credential's last token; `proven` by a recent code, it doesn't wait.

        Raises:
            KeysUnavailable: the key service did not answer.
        """
        return self._held(seen, Ended.AUTHENTICATOR, by=by, waits=not proven)

    def _held(self, seen: Credential, ended: Ended, *, by: Actor, waits: bool) -> TransactionPart:
        phones, now = self._phones.confirmed(seen), in_seconds(self._clock)
        return self._holding.begin(seen.account, ended, phones, now, by=by, waits=waits)

    def _everything(self, seen: Credential, *, by: Actor, reset_password: bool) -> TransactionPart:
        sessions = self._sessions.get(seen.account)
        if sessions is None:
            raise NotFound
        token = self.of_token(seen, by=by)
        # Unconfirmed phones are deleted, too: they are somebody's numbers.
        phones = [phone_rows.forget(seen)] if self._phones.of(seen).all else []
        gone = [*token.writes, *phones, *self._of_case(seen), *self._of_approvals(seen)]
        if not reset_password:
            return TransactionPart(
                writes=[*gone, session_rows.restart(sessions)], audit=token.audit
            )
        reset = reset_effect(seen.account, sessions.epoch + 1, by.correlation)
        ended = session_rows.restart(sessions, pending_reset=reset.id)
        return TransactionPart(writes=[*gone, ended], audit=token.audit, messages=[reset])

    def _of_case(self, seen: Credential) -> list[Write]:
        """Make the clock look at the credential's case, which it then withdraws."""
        if not seen.proofing:
            return []
        case = self._cases.current(seen.account)
        if case is None or case.is_over or case.credential != seen.id:
            return []
        return [case_rows.replan(case, self._clock())]

    def _of_approvals(self, seen: Credential) -> list[Write]:
        """Ask no partner any more."""
        if seen.state is not State.PENDING_APPROVAL:
            return []
        asked = self._approvals.of(seen).values()
        return [approval_rows.remove(seen, one.partner) for one in asked if not one.given]

    def of_token(self, seen: Credential, *, by: Actor) -> TransactionPart:
        """Retire the token: it is never assigned again."""
        if seen.token is None:
            return NOTHING
        stored = self._inventory.stored([seen.token.serial])[seen.token.serial]
        entry = Entry(
            action="token.retired",
            actor=by,
            at=self._clock(),
            subject=stored.subject.id,
            facts={"serial": masked(stored.serial)},
        )
        return TransactionPart(writes=[retire_token(stored)], audit=[entry])
