"""Mails about invitations and registrations, to people who have no account yet. Pure.

Their recipient is the invitation or registration itself, whose row has the address: the outbox
keeps no personal data.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from keyfob.domain.messages.facts import AtFacts, InvitedFacts, UntilFacts
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message, Seal, message_id
from keyfob.domain.policy import Policy
from keyfob.domain.registrations.invitation import Invitation, Sending
from keyfob.domain.registrations.link import LinkToken, new_token
from keyfob.domain.registrations.registration import Registration


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A sending of an invitation, and its mail."""

    sending: Sending
    mail: Message


def sent(
    invitation_id: str,
    number: int,
    now: datetime,
    policy: Policy,
    *,
    seal: Seal,
    correlation: str,
) -> Sent:
    """The `number`-th sending of this invitation, with a new link.

    Raises:
        KeysUnavailable: the key service did not answer.
    """
    subject = f"INVITATION#{invitation_id}"
    token, until = new_token(invitation_id), now + policy.invitation_lifetime
    name = message_id(Kind.INVITED, subject, number, subject)
    sending = Sending(
        number=number,
        at=now,
        until=until,
        secret=token.digest,
        sealed=seal(name, str(token)),
        sealed_as=name,
    )
    return Sent(sending=sending, mail=_mail(Kind.INVITED, subject, sending, correlation))


def reminder(invitation: Invitation, correlation: str) -> Message:
    """The mail that repeats the link some days before the invitation expires."""
    sending = invitation.sending
    return _mail(Kind.INVITATION_REMINDER, invitation.subject, sending, correlation)


def begun(new: Registration, token: LinkToken, *, seal: Seal, correlation: str) -> Message:
    """The mail with the link by which the registrant comes back.

    Raises:
        KeysUnavailable: the key service did not answer.
    """
    name = message_id(Kind.REGISTRATION_BEGUN, new.subject, 1, new.subject)
    return Message(
        kind=Kind.REGISTRATION_BEGUN,
        subject=new.subject,
        version=1,
        recipient=new.subject,
        facts=UntilFacts(until=_written(new.until)),
        sealed=seal(name, str(token)),
        correlation=correlation,
    )


def submitted(to: Registration, correlation: str) -> Message:
    """The mail that says by when there is an answer."""
    facts = UntilFacts(until=_written(to.due_at or to.until))
    return _about(Kind.REGISTRATION_SUBMITTED, to, facts, correlation)


def rejected(to: Registration, now: datetime, correlation: str) -> Message:
    """The mail that says that an operator has rejected it, and why."""
    return _about(Kind.REGISTRATION_REJECTED, to, AtFacts(at=_written(now)), correlation)


def _about(kind: Kind, to: Registration, facts: UntilFacts | AtFacts, correlation: str) -> Message:
    return Message(
        kind=kind,
        subject=to.subject,
        version=to.version + 1,
        recipient=to.subject,
        facts=facts,
        correlation=correlation,
    )


def _written(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _mail(kind: Kind, subject: str, sending: Sending, correlation: str) -> Message:
    return Message(
        kind=kind,
        subject=subject,
        version=sending.number,
        recipient=subject,
        facts=InvitedFacts(
            number=sending.number,
            until=_written(sending.until),
            sealed_as=sending.sealed_as,
        ),
        sealed=sending.sealed,
        correlation=correlation,
    )
