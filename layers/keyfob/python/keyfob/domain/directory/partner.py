"""Partners and their applications. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """An application's terms and conditions (A4).

    `version` is shown with each acceptance. With `reacceptance` an earlier version's acceptance
    no longer counts.
    """

    version: str
    text: str
    reacceptance: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """A partner's application: the level it needs and whether a phone's code is enough for it.

    Organizations subscribe to a `public` one without an invitation (A2). Without `terms` there is
    nothing to accept.
    """

    id: str
    name: str
    level: int
    hardware_only: bool
    public: bool = False
    terms: Terms | None = None

    @property
    def needs_credential(self) -> bool:
        """Whether a password alone isn't enough: its level is above 1."""
        return self.level > 1 or self.hardware_only


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """A buyer whose applications need credentials; some approve each credential (F1).

    `proofing_questions`: it takes a credit bureau's questions for a proofing (S35).
    """

    id: str
    name: str
    applications: tuple[Application, ...]
    approves_credentials: bool = False
    proofing_questions: bool = True

    def application(self, application_id: str) -> Application | None:
        """The partner's application with this id."""
        return next((one for one in self.applications if one.id == application_id), None)
