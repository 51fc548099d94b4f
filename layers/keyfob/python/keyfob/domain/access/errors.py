"""Refusals of access, terms and statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from keyfob.domain.access.judgement import OF_CREDENTIAL, Missing
from keyfob.domain.errors import Conflicting, Forbidden

# A sentence names no more people.
_NAMED = 5
# The next step for each missing part; of several, people are told the first.
SENTENCES: Mapping[Missing, str] = {
    Missing.SUBSCRIPTION: "Your organization has no subscription to this application. "
    "Ask its administrator for one.",
    Missing.TERMS: "Your organization hasn't accepted this application's terms. "
    "Ask its administrator to accept them.",
    Missing.ACCESS: "You have no access to this application. "
    "Request it; its administrator in your organization decides.",
    Missing.CREDENTIAL: "This application needs a credential. Buy one, or redeem a license key.",
    Missing.APPROVAL: "The application's partner hasn't approved your credential yet. "
    "You are notified when it has.",
    Missing.ACTIVATION: "Your credential isn't activated yet. Activate it.",
    Missing.REGISTRATION: "Your credential has no authenticator for this application. "
    "Register your hardware token or, where this is enough, a phone.",
    Missing.PROOFING: "This application needs a holder whose identity was proofed. "
    "Have your identity proofed; an upgrade adds that to a credential without it.",
    Missing.RENEWAL: "Your credential has expired. Renew it.",
    Missing.REENABLING: "Your credential is suspended. Re-enable it if you suspended it yourself; "
    "otherwise ask your administrator.",
    Missing.UNLOCKING: "Your hardware token is locked. Resynchronize it with two of its codes.",
    Missing.HARDWARE_TOKEN: "This application takes codes of hardware tokens only. "
    "Add a hardware token to your credential.",
    Missing.CODE: "This application needs a code. Enter one in this session.",
    Missing.TOKEN_CODE: "This application takes codes of hardware tokens only. "
    "Enter one of your token's in this session.",
}
# Somebody else has to act.
_BY_OTHERS = frozenset(
    {
        Missing.SUBSCRIPTION,
        Missing.TERMS,
        Missing.ACCESS,
        Missing.APPROVAL,
        Missing.REENABLING,
    }
)


NO_PURCHASE = (
    "Your organization signs in through its own identity provider: no purchase is needed. "
    "Sign in there."
)


def next_step(missing: Sequence[Missing], *, no_purchase: bool) -> str:
    """The sentence for the first of these; with an identity provider none asks for a credential."""
    first = missing[0]
    return NO_PURCHASE if no_purchase and first in OF_CREDENTIAL else SENTENCES[first]


class StatementRefused(Forbidden):
    """An application that the account may not use now; `missing` is why."""

    code = "statement_refused"
    detail = "You can't use this application now."

    def __init__(self, missing: Sequence[Missing] = (), *, no_purchase: bool = False) -> None:
        super().__init__(next_step(missing, no_purchase=no_purchase) if missing else None)
        self.missing = tuple(missing)
        self.needs_support = not _BY_OTHERS.isdisjoint(missing)

    @property
    def members(self) -> Mapping[str, Any]:
        """The missing parts, in their order."""
        return {"missing": list(self.missing)}


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
