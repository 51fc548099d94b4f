"""Facts of mails about invitations and registrations, as long as they are true."""

from __future__ import annotations

from typing import Any

from keyfob.domain.clock import Clock
from keyfob.domain.messages.outbox import Message
from keyfob.domain.registrations.invitation import InvitationState
from keyfob.storage.directory.store import Directory
from keyfob.storage.registrations.invitations import Invitations
from keyfob.storage.registrations.registrations import Registrations


class Invited:
    """Reads invitations and registrations for their mails."""

    def __init__(
        self,
        directory: Directory,
        invitations: Invitations,
        registrations: Registrations,
        clock: Clock,
    ) -> None:
        self._directory = directory
        self._invitations = invitations
        self._registrations = registrations
        self._clock = clock

    def registration(self, message: Message) -> dict[str, Any] | None:
        """What is registered for what; None if the registration is in another state by now."""
        registration_id = message.subject.removeprefix("REGISTRATION#")
        seen = self._registrations.get(registration_id)
        if seen is None or seen.standing(self._clock()) not in message.kind.declared.states:
            return None
        partner = self._directory.partner(seen.partner)
        application = partner.application(seen.application) if partner else None
        content = self._registrations.content(registration_id)
        if partner is None or application is None or content is None:
            return None
        return {
            **message.facts,
            "host": partner.name,
            "application": application.name,
            "organization": content.profile.name,
            "reason": content.reason,
        }

    def invitation(self, message: Message) -> dict[str, Any] | None:
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
