"""Refusals about invitations, registrations and the check that a person sends them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keyfob.domain.errors import Conflicting, Forbidden, InvalidInput


class _Over(Conflicting):
    """An invitation that can't be accepted any more; `ask`: who can send another one."""

    def __init__(self, *, ask: str = "") -> None:
        super().__init__()
        self.ask = ask

    @property
    def members(self) -> Mapping[str, Any]:
        """The partner or organization to ask, by its name."""
        return {"ask": self.ask} if self.ask else {}


class InvitationAccepted(_Over):
    """An invitation that was accepted before (A1)."""

    code = "invitation_accepted"
    detail = (
        "This invitation has been accepted already. Sign in or, if the registration isn't "
        "complete, continue it by the link in the mail about it."
    )


class InvitationWithdrawn(_Over):
    """An invitation that its sender has withdrawn (A1)."""

    code = "invitation_withdrawn"
    detail = "This invitation was withdrawn. Ask whoever invited you for another one."


class InvitationExpired(_Over):
    """An invitation that nobody accepted in time (A1)."""

    code = "invitation_expired"
    detail = "This invitation has expired. Ask whoever invited you for another one."


class WrongAccount(Forbidden):
    """An invitation opened with an account that it isn't for; it stays open (A1, A6)."""

    code = "wrong_account"
    detail = (
        "This invitation isn't for your account: it takes an organization administrator with an "
        "e-mail address of the invited domain. It stays open. Sign in with another account, or "
        "open it without signing in."
    )


class AlreadySubscribed(Conflicting):
    """An organization that has this application already (A6)."""

    code = "already_subscribed"
    detail = "Your organization has this application already."


class FormInvalid(Forbidden):
    """A form that we didn't issue, or issued for something else."""

    code = "form_invalid"
    detail = "This form isn't one of ours. Load the page again."


class FormTooFast(Forbidden):
    """A form that came back faster than a person can fill it in."""

    code = "form_too_fast"
    detail = "That was faster than a person fills this in. Wait a few seconds and send it again."


class FormExpired(Conflicting):
    """A form that was loaded too long ago."""

    code = "form_expired"
    detail = "This page was loaded too long ago. Load it again and send it once more."


class FormUsed(Conflicting):
    """A form that was used before: each begins one thing."""

    code = "form_used"
    detail = "This form was sent before. Load the page again to begin anew."


class FormTrapped(Forbidden):
    """A form whose invisible field was filled in, as programs do."""

    code = "form_trapped"
    detail = "A field that people don't see was filled in. Load the page again."


class WorkInsufficient(Forbidden):
    """A form without the proof of work that it asks for."""

    code = "work_insufficient"
    detail = "The page's computation is missing or wrong. Load the page again."


class RegistrationIncomplete(InvalidInput):
    """A registration that lacks something; `fields` says what (A1)."""

    code = "registration_incomplete"
    detail = "Something is missing. Complete the fields named, then submit it again."


class RegistrationClosed(Conflicting):
    """A registration that can't be changed any more: submitted, decided or expired."""

    code = "registration_closed"
    detail = "This registration can't be changed any more: it was submitted, or has ended."


class NotPublic(InvalidInput):
    """An application that takes an invitation, or doesn't exist; the answer is the same (A2)."""

    code = "not_public"
    detail = (
        "Nobody can register for this application without an invitation. Ask the partner for one."
    )
