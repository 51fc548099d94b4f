"""The operator's requests about partners, their applications and their administrators."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from keyfob.domain.directory.partner import Application, Partner, Terms
from keyfob.domain.text import text
from keyfob.http.fields import Id, RequiredText, Version, read_by
from operations.forms import AboutAccount, Act, Form

LEVEL_PASSWORD = 1

LongText = Annotated[
    str,
    StringConstraints(max_length=20_000),
    read_by(text, "must be lines of visible characters, without control characters"),
]


class TermsForm(Form):
    """Terms and conditions; with `reacceptance` an earlier version's acceptance counts no more."""

    version: Version
    text: LongText
    reacceptance: bool


class _Application(Form):
    id: Id
    name: RequiredText
    level: int = Field(ge=1, le=3)
    hardware_only: bool
    public: bool = False
    terms: TermsForm | None = None

    @field_validator("hardware_only")
    @classmethod
    def _of_codes(cls, value: bool, info: ValidationInfo) -> bool:  # noqa: FBT001
        if value and info.data.get("level") == LEVEL_PASSWORD:
            raise ValueError("an application of level 1 takes no codes")
        return value

    def application(self) -> Application:
        """As a domain object."""
        terms = Terms(**self.terms.model_dump()) if self.terms else None
        return Application(
            id=self.id,
            name=self.name,
            level=self.level,
            hardware_only=self.hardware_only,
            public=self.public,
            terms=terms,
        )


class SeedApplication(_Application):
    """An application; its level is 1 (password), 2 (OTP) or 3 (OTP of a proofed holder)."""


class SeedPartner(Form):
    """A buyer."""

    id: Id
    name: RequiredText
    applications: list[SeedApplication]
    approves_credentials: bool = False
    proofing_questions: bool = True

    def partner(self) -> Partner:
        """As a domain object."""
        return Partner(
            id=self.id,
            name=self.name,
            applications=tuple(one.application() for one in self.applications),
            approves_credentials=self.approves_credentials,
            proofing_questions=self.proofing_questions,
        )


class PutPartnerRequest(Act):
    """Add a partner, or give it this name and these settings; its applications stay (F1, S35)."""

    operation: Literal["put_partner"]
    id: Id
    name: RequiredText
    approves_credentials: bool
    proofing_questions: bool


class PutApplicationRequest(_Application, Act):
    """Add an application to a partner, or give it these values; all of them are named (A7).

    Accounts that have access to it keep that; whether it is enough is judged at each request.
    """

    operation: Literal["put_application"]
    partner: Id
    # Left out, they would be taken for a wish to withdraw them.
    public: bool = Field()
    terms: TermsForm | None = Field()


class SetPartnerAdministratorRequest(AboutAccount):
    """Make an account an administrator of a partner; or end that, with `administers: false`."""

    operation: Literal["set_partner_administrator"]
    partner: Id
    administers: bool = True
