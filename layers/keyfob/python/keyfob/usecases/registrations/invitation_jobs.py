"""What the clock does to invitations: a reminder, and the end of the invited address (S66).

The queue's message names only the invitation: an old, duplicate or late one does no harm.
"""

from __future__ import annotations

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.policy import Policy
from keyfob.domain.registrations import invitation as decisions
from keyfob.domain.registrations.invitation import Due, Invitation
from keyfob.domain.registrations.notifications import reminder
from keyfob.storage.registrations import invitations as rows
from keyfob.storage.registrations.invitations import Invitations
from keyfob.storage.transaction import Transactions


class InvitationJobs:
    """Reminds of invitations, and erases their addresses."""

    def __init__(
        self,
        *,
        invitations: Invitations,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._invitations = invitations
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def perform(self, invitation_id: str, *, by: Actor) -> Due | None:
        """Do what is due for this invitation; None if nothing is.

        Raises:
            Busy, StorageUnavailable: nothing was done; it is due again when the lease ends.
        """
        return self._transactions.retry_on_conflict(lambda: self._attempt(invitation_id, by))

    def _attempt(self, invitation_id: str, by: Actor) -> Due | None:
        seen, now = self._invitations.get(invitation_id), in_seconds(self._clock)
        if seen is None:
            return None
        what = decisions.due(seen, now, self._policy)
        if what is None:
            self._invitations.write(rows.replan(seen, decisions.next_due(seen, self._policy)))
            return None
        to = decisions.erased(seen) if what is Due.ERASE else decisions.reminded(seen)
        self._transactions.commit(
            rows.change(seen, to, decisions.next_due(to, self._policy)),
            audit=[self._entry(seen, what, by)],
            messages=[reminder(seen, by.correlation)] if what is Due.REMIND else [],
        )
        return what

    def _entry(self, seen: Invitation, what: Due, by: Actor) -> Entry:
        action = "invitation.erased" if what is Due.ERASE else "invitation.reminded"
        return Entry(action=action, actor=by, at=in_seconds(self._clock), subject=seen.subject)
