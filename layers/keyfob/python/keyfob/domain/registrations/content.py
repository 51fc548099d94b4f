"""What a registrant enters: the organization, its administrators. Pure.

Every field may be empty in a draft; `missing` says what a submission lacks.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from keyfob.domain.credentials.deadline import has_calendar
from keyfob.domain.directory.organization import Organization
from keyfob.domain.directory.role import Role

# An approval's transaction has room for so many: seven items each, of a hundred.
MOST_PEOPLE = 10
ROLES = (Role.ORGANIZATION_ADMINISTRATOR, Role.APPLICATION_ADMINISTRATOR)
_NOT_IN_USER_ID = re.compile(r"[^a-z0-9._-]")
_STEM = 40
_REQUIRED = "required"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A future administrator.

    `account` is the id of the future account: the one-time password is sealed for the effect that
    sets it, whose name has this id. `roles` are organization administrator, application
    administrator, or both.
    """

    account: str
    first_name: str
    middle_name: str
    last_name: str
    email: str
    language: str
    roles: tuple[Role, ...]
    sealed: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The organization's profile; `registers` by the register's name (`duns`, `cage`, `vat`)."""

    name: str = ""
    country: str = ""
    time_zone: str = ""
    subdivision: str = ""
    address: tuple[str, ...] = ()
    registers: Mapping[str, str] = field(default_factory=dict)
    website: str = ""

    def organization(self, organization_id: str) -> Organization:
        """As the organization that it becomes."""
        return Organization(
            id=organization_id,
            name=self.name,
            country=self.country,
            time_zone=self.time_zone,
            subdivision=self.subdivision or None,
            address=self.address,
            registers=self.registers,
            website=self.website,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What was entered; `number` counts the changes. `reason` is why it was rejected.

    `email` is the registrant's address.
    """

    email: str
    language: str
    number: int = 1
    profile: Profile = field(default_factory=Profile)
    people: tuple[Person, ...] = ()
    reason: str = ""

    def without_passwords(self) -> Content:
        """The same without the one-time passwords."""
        people = tuple(replace(one, sealed=None) for one in self.people)
        return replace(self, people=people)


def missing(content: Content) -> Mapping[str, str]:
    """What a submission lacks: the field's path, and the problem."""
    return dict([*_of_profile(content.profile), *_of_people(content.people)])


def _of_profile(profile: Profile) -> Iterator[tuple[str, str]]:
    for name in ("name", "country", "time_zone", "address"):
        if not getattr(profile, name):
            yield f"organization.{name}", _REQUIRED
    country, subdivision = profile.country, profile.subdivision
    if subdivision and country and not has_calendar(country, subdivision):
        yield "organization.subdivision", f"no subdivision of {country} whose holidays are known"


def _of_people(people: tuple[Person, ...]) -> Iterator[tuple[str, str]]:
    for role in ROLES:
        if not any(role in one.roles for one in people):
            yield "administrators", f"one of them must be {str(role).replace('_', ' ')}"
    for nth, one in enumerate(people):
        for name in ("first_name", "last_name", "email"):
            if not getattr(one, name):
                yield f"administrators.{nth}.{name}", _REQUIRED
        if one.sealed is None:
            yield f"administrators.{nth}.one_time_password", _REQUIRED


def user_id_stem(email: str) -> str:
    """The beginning of the user id of somebody with this address."""
    local = _NOT_IN_USER_ID.sub("", email.rpartition("@")[0].lower()).strip("._-")
    return local[:_STEM] if len(local) > 1 else "user"


def new_user_id(email: str) -> str:
    """A user id that reveals nothing about other accounts: random digits follow the stem."""
    return f"{user_id_stem(email)}.{secrets.randbelow(900_000) + 100_000}"
