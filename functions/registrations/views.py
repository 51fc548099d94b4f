"""Bodies and answers about registrations."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from keyfob.domain.directory.role import Role
from keyfob.domain.registrations.content import Content, Person, Profile, missing
from keyfob.domain.registrations.registration import RegistrationState
from keyfob.http.fields import LINE, Country, Email, Id, Language, RequiredText, Text, Wanted, Zone
from keyfob.http.registration_forms import SentFormBody
from keyfob.http.resolver import Model
from keyfob.usecases.registrations.registering import (
    Entered,
    EnteredPerson,
    Registrant,
    Shown,
)

AdministratorRole = Literal["organization_administrator", "application_administrator"]
Register = Literal["duns", "cage", "vat"]
RegisterNumber = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40), LINE
]
Website = Annotated[
    str,
    StringConstraints(pattern=r"^https?://[!-~]{3,200}$"),
    Wanted("must be an address that begins with https://"),
]
Subdivision = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z0-9]{1,3}$"),
    Wanted("must be the part of a subdivision's code after its country, for example BY of DE-BY"),
]
PersonId = Annotated[
    str,
    StringConstraints(pattern=r"^acc_[0-9a-z]{20}$"),
    Wanted("must be the id of an administrator who was entered before"),
]


class NewRegistration(Model):
    """A registration for a public application.

    `no_obligation`: registering does not oblige the partner to do business; this was read.
    """

    partner: Id
    application: Id
    email: Email
    language: Language = "en"
    no_obligation: Literal[True]
    form: SentFormBody

    def registrant(self) -> Registrant:
        """As the use case takes it."""
        return Registrant(email=self.email, language=self.language)


class ProfileBody(Model):
    """The organization's profile; fields may be missing until it is submitted."""

    name: Text = ""
    country: Country | None = None
    time_zone: Zone | None = None
    subdivision: Subdivision | None = None
    address: list[RequiredText] = Field(default=[], max_length=6)
    registers: dict[Register, RegisterNumber] = Field(default={})
    website: Website | None = None

    def profile(self) -> Profile:
        """As the use case takes it."""
        return Profile(
            name=self.name,
            country=self.country or "",
            time_zone=self.time_zone or "",
            subdivision=self.subdivision or "",
            address=tuple(self.address),
            registers={str(name): number for name, number in self.registers.items()},
            website=self.website or "",
        )


class AdministratorBody(Model):
    """A future administrator of the organization, of the application, or of both.

    `id` is that of one entered before, whose one-time password stays unless another one is given.
    """

    id: PersonId | None = None
    first_name: Text = ""
    middle_name: Text = ""
    last_name: Text = ""
    email: Email
    language: Language = "en"
    roles: list[AdministratorRole] = Field(min_length=1, max_length=2)
    one_time_password: str | None = Field(None, min_length=1, max_length=256)

    def person(self) -> EnteredPerson:
        """As the use case takes it."""
        roles = tuple(Role(one) for one in dict.fromkeys(self.roles))
        return EnteredPerson(**{**self.model_dump(), "roles": roles})


class Saving(Model):
    """The parts to save; one that is left out stays as it was."""

    organization: ProfileBody | None = None
    administrators: list[AdministratorBody] | None = Field(None, max_length=10)

    @model_validator(mode="after")
    def _saves_something(self) -> Saving:
        if self.organization is None and self.administrators is None:
            raise ValueError("give the organization, or its administrators")
        return self

    def entered(self) -> Entered:
        """As the use case takes it."""
        people = self.administrators
        return Entered(
            profile=self.organization.profile() if self.organization else None,
            people=None if people is None else [one.person() for one in people],
        )


class Submission(Model):
    """The notices that were read.

    `no_obligation`: registering does not oblige the partner to do business. `passwords_passed_on`:
    no mail repeats the one-time passwords; the registrant hands them over.
    """

    no_obligation: Literal[True]
    passwords_passed_on: Literal[True]


class ProfileView(Model):
    """The organization's profile as entered so far."""

    name: str
    country: str | None
    time_zone: str | None
    subdivision: str | None
    address: list[str]
    registers: dict[str, str]
    website: str | None


class AdministratorView(Model):
    """A future administrator; the one-time password is never shown again."""

    id: str
    first_name: str
    middle_name: str
    last_name: str
    email: str
    language: str
    roles: list[str]
    has_one_time_password: bool


class RegistrationView(Model):
    """A registration; `missing` maps the path of each missing field to the problem.

    A draft is deleted at `expires_at`; a submitted one has an answer by `answer_by`. What was
    entered is shown as long as it is kept.
    """

    state: Literal["draft", "submitted", "approved", "rejected", "expired"]
    partner: str
    application: str
    organization: ProfileView | None
    administrators: list[AdministratorView]
    missing: dict[str, str]
    expires_at: datetime | None
    submitted_at: datetime | None
    answer_by: datetime | None
    reason: str | None


def registration_view(shown: Shown) -> RegistrationView:
    """As the registrant sees it."""
    one, content = shown.registration, shown.content
    is_draft = shown.state is RegistrationState.DRAFT
    return RegistrationView(
        state=shown.state.value,
        partner=one.partner,
        application=one.application,
        organization=_profile(content.profile) if content else None,
        administrators=[_administrator(person) for person in content.people] if content else [],
        missing=dict(missing(content)) if content and is_draft else {},
        expires_at=one.until if is_draft else None,
        submitted_at=one.submitted_at,
        answer_by=one.due_at if shown.state is RegistrationState.SUBMITTED else None,
        reason=_reason(content),
    )


def _reason(content: Content | None) -> str | None:
    return (content.reason or None) if content else None


def _profile(profile: Profile) -> ProfileView:
    return ProfileView(
        name=profile.name,
        country=profile.country or None,
        time_zone=profile.time_zone or None,
        subdivision=profile.subdivision or None,
        address=list(profile.address),
        registers=dict(profile.registers),
        website=profile.website or None,
    )


def _administrator(person: Person) -> AdministratorView:
    return AdministratorView(
        id=person.account,
        first_name=person.first_name,
        middle_name=person.middle_name,
        last_name=person.last_name,
        email=person.email,
        language=person.language,
        roles=[str(role) for role in person.roles],
        has_one_time_password=person.sealed is not None,
    )
