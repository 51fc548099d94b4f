"""Bodies and answers about invitations."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from keyfob.domain.access.subscription import Subscription
from keyfob.domain.registrations.form import Form
from keyfob.domain.registrations.invitation import Invitation
from keyfob.http.fields import Email, Id, Language, RequiredText, Text
from keyfob.http.registration_forms import BegunView, FormView, SentFormBody, form_view
from keyfob.http.resolver import Model
from keyfob.usecases.registrations.accepting import NewHolder, ShownInvitation


class OrganizationInvitation(Model):
    """Whom a partner invites to which of its applications; the language is that of the mail."""

    email: Email
    application: Id
    language: Language = "en"


class HolderInvitation(Model):
    """Whom an organization invites, and the applications that the account may use."""

    email: Email
    applications: list[Id] = Field(default=[], max_length=20)
    language: Language = "en"


class HolderDetails(Model):
    """The entries of an invited holder; the e-mail address is that of the invitation."""

    user_id: str = Field(min_length=1, max_length=64)
    first_name: RequiredText
    middle_name: Text = ""
    last_name: RequiredText
    language: Language = "en"

    def holder(self) -> NewHolder:
        """As the use case takes it."""
        return NewHolder(**self.model_dump())


class Acceptance(Model):
    """An acceptance without a session: a holder's details, or the form that begins a registration.

    `language` is that of the registration's mails; by default the invitation's.
    """

    holder: HolderDetails | None = None
    form: SentFormBody | None = None
    language: Language | None = None


class PublicRegistration(Model):
    """A public application that one's own organization subscribes to.

    `no_obligation`: registering does not oblige the partner to do business; this was read.
    """

    partner: Id
    application: Id
    no_obligation: Literal[True]


class InvitationView(Model):
    """An invitation as its sender sees it.

    It can be accepted until `expires_at`. `email` is erased thirty days after its end.
    """

    id: str
    email: str | None
    applications: list[str]
    language: str
    state: Literal["open", "accepted", "withdrawn", "expired"]
    invited_at: datetime
    sent_at: datetime
    expires_at: datetime
    ended_at: datetime | None


class InvitationList(Model):
    """A page of invitations, newest first; `cursor` leads to the next page."""

    invitations: list[InvitationView]
    cursor: str | None


class PlaceView(Model):
    """A partner or an application."""

    id: str
    name: str


class ShownInvitationView(Model):
    """An open invitation as the invited person sees it.

    `what` is to be registered: an organization begins with `form`. `host` is the name of the
    inviting partner or organization, `inviter` that of the person who sent it.
    """

    what: Literal["organization", "holder"]
    email: str
    host: str
    inviter: str
    partner: PlaceView | None
    application: PlaceView | None
    expires_at: datetime
    form: FormView | None


class AcceptedView(Model):
    """The result: a holder's account, whose first password comes by mail, or a registration."""

    user_id: str | None
    registration: BegunView | None


class SubscribedView(Model):
    """A subscription of the organization; `terms` have to be accepted before it is `active`."""

    partner: str
    application: str
    state: Literal["terms", "active", "ended"]
    since: datetime


def invitation_view(one: Invitation, now: datetime) -> InvitationView:
    """As its sender sees it."""
    return InvitationView(
        id=one.id,
        email=one.email or None,
        applications=list(one.applications),
        language=one.language,
        state=one.standing(now).value,
        invited_at=one.invited_at,
        sent_at=one.sending.at,
        expires_at=one.sending.until,
        ended_at=one.ended_at,
    )


def shown_view(shown: ShownInvitation, form: Form | None) -> ShownInvitationView:
    """As the invited person sees it."""
    one, application = shown.invitation, shown.application
    return ShownInvitationView(
        what="organization" if one.partner else "holder",
        email=one.email,
        host=shown.host,
        inviter=shown.inviter,
        partner=PlaceView(id=one.partner, name=shown.host) if one.partner else None,
        application=PlaceView(id=application.id, name=application.name) if application else None,
        expires_at=one.sending.until,
        form=form_view(form) if form else None,
    )


def subscription_view(one: Subscription) -> SubscribedView:
    """As the organization's administrators see it."""
    return SubscribedView(
        partner=one.partner,
        application=one.application,
        state=one.state.value,
        since=one.since,
    )
