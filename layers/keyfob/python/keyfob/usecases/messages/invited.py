"""Facts of mails about invitations, as long as they can be accepted."""

from __future__ import annotations

from typing import Any

from keyfob.domain.clock import Clock
from keyfob.domain.messages.outbox import Message
from keyfob.domain.registrations.invitation import InvitationState
from keyfob.storage.directory.store import Directory
from keyfob.storage.registrations.invitations import Invitations


class Invited:
    """Reads an invitation for its mail."""

    def __init__(self, directory: Directory, invitations: Invitations, clock: Clock) -> None:
        self._directory = directory
        self._invitations = invitations
        self._clock = clock

    def still_true(self, message: Message) -> dict[str, Any] | None:
        """Who invites to what; None if this sending can't be accepted any more."""
        seen = self._invitations.get(message.subject.removeprefix("INVITATION#"))
        if seen is None or seen.standing(self._clock()) is not InvitationState.OPEN:
            return None
        if seen.sending.number != message.facts["number"]:
            return None
        partner = self._directory.partner(seen.partner) if seen.partner else None
        organization = (
            self._directory.organization(seen.organization) if seen.organization else None
        )
        host = partner or organization
        inviter = self._directory.account(seen.by)
        if host is None or inviter is None:
            return None
        named = partner.application(seen.applications[0]) if partner else None
        return {
            **message.facts,
            "host": host.name,
            "inviter": inviter.name,
            "application": named.name if named else "",
        }
