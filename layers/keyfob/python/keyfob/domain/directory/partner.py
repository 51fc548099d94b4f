"""Partners and their applications. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from keyfob.domain.audit import facts
from keyfob.domain.audit.entry import Facts
from keyfob.domain.errors import InvalidInput

# A partner is one row, which many requests read: bytes of all its terms in UTF-8.
MOST_TERMS = 100_000
MOST_APPLICATIONS = 50


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


def with_application(partner: Partner, application: Application) -> Partner:
    """The partner with this application, in the place of the one with the same id or as the last.

    Accounts' access to it stays: whether it is enough is judged at each request.

    Raises:
        InvalidInput: other terms under the same version, or more applications or terms than a
            partner can have.
    """
    present = partner.application(application.id)
    _require_new_version(present, application)
    changed = tuple(
        application if one.id == application.id else one for one in partner.applications
    )
    whole = changed if present else (*changed, application)
    if len(whole) > MOST_APPLICATIONS:
        raise InvalidInput(fields={"id": f"a partner has at most {MOST_APPLICATIONS} applications"})
    if sum(len(one.terms.text.encode()) for one in whole if one.terms) > MOST_TERMS:
        raise InvalidInput(
            fields={"terms.text": f"a partner's terms have at most {MOST_TERMS:,} bytes together"}
        )
    return replace(partner, applications=whole)


def _require_new_version(present: Application | None, application: Application) -> None:
    """Refuse to give accepted words another meaning: an acceptance names the version alone."""
    before, after = present.terms if present else None, application.terms
    if before and after and before.version == after.version and before.text != after.text:
        raise InvalidInput(fields={"terms.version": "another text needs another version"})


def partner_facts(before: Partner | None, after: Partner) -> Facts:
    """What an entry states about a new partner, or about its change; empty if nothing differs."""
    return _facts(
        {"name": before.name, **_settings(before)} if before else None,
        {"name": after.name, **_settings(after)},
    )


def application_facts(before: Application | None, after: Application) -> Facts:
    """What an entry states about a new application, or about its change; empty if nothing differs.

    The text of its terms is stated by its hash.
    """
    return _facts(_attributes(before) if before else None, _attributes(after))


def _facts(before: dict[str, object] | None, after: dict[str, object]) -> Facts:
    return facts.added(after) if before is None else facts.changed(before, after)


def _settings(partner: Partner) -> dict[str, object]:
    return {
        "approves_credentials": partner.approves_credentials,
        "proofing_questions": partner.proofing_questions,
    }


def _attributes(application: Application) -> dict[str, object]:
    terms = application.terms
    return {
        "name": application.name,
        "level": application.level,
        "hardware_only": application.hardware_only,
        "public": application.public,
        "terms_version": terms.version if terms else None,
        "terms_sha256": hashlib.sha256(terms.text.encode()).hexdigest() if terms else None,
        "reacceptance": terms.reacceptance if terms else None,
    }
