"""Refusals about subscriptions, terms and access."""

from __future__ import annotations

from collections.abc import Sequence

from keyfob.domain.errors import Conflicting, Forbidden

# A sentence names no more people.
_NAMED = 5


def asked(names: Sequence[str]) -> str:
    """Whom to ask, for a sentence."""
    return ", ".join(names[:_NAMED]) or "an administrator of your organization"


class NotSubscribed(Conflicting):
    """The organization has no subscription to the application, or an ended one (A6)."""

    code = "not_subscribed"
    detail = "Your organization isn't subscribed to this application."


class TermsChanged(Conflicting):
    """An acceptance of another version of the terms than the current one."""

    code = "terms_changed"
    detail = "These aren't the application's current terms. Read them again and accept them then."


class TermsOutstanding(Conflicting):
    """An administrator has to accept the application's terms first (A4)."""

    code = "terms_outstanding"
    detail = "The terms of this application must be accepted first, by an administrator."

    @classmethod
    def of(cls, application: str, names: Sequence[str]) -> TermsOutstanding:
        """The refusal that names whom to ask."""
        return cls(f"The terms of {application} must be accepted first. Ask {asked(names)}.")


class OwnAccess(Forbidden):
    """An administrator who decides about the own access (S24)."""

    code = "own_access"
    detail = "You can't decide about your own access. Ask another administrator."
