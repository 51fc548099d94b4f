"""Approvals of a credential by partners (F1). Pure.

A partner that approves credentials is asked for each one that opens its applications, even if its
key or its renewal is another partner's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Set
from dataclasses import replace

from keyfob.domain.credentials.credential import Change, Credential, State, Transition, changed
from keyfob.domain.directory.partner import Partner
from keyfob.domain.errors import IllegalTransition, InvalidInput


def approvers(
    partners: Iterable[Partner], *, applications: Collection[str], seller: str
) -> frozenset[str]:
    """The partners that must approve a credential: its seller, and those of its applications.

    Args:
        partners: all of them; those that approve no credentials don't count.
        applications: the ids of the applications that its account may use.
        seller: the partner that it was bought from.
    """
    return frozenset(
        partner.id
        for partner in partners
        if partner.approves_credentials
        and (partner.id == seller or any(one.id in applications for one in partner.applications))
    )


def approve(
    credential: Credential, partner: str, *, approvers: Set[str], given: Set[str]
) -> Transition:
    """Approve it for a partner; after the last approval its holder can continue.

    One that is in use stays as it is: its account may use another application by now. Approving
    twice changes nothing, unless a missing approver is none any more.

    Args:
        credential: the credential.
        partner: the partner that approves.
        approvers: the partners that must approve.
        given: the partners that have approved.

    Raises:
        IllegalTransition: it is revoked.
        InvalidInput: this partner isn't one of the approvers.
    """
    if credential.state is State.REVOKED:
        raise IllegalTransition("a revoked credential can't be approved")
    if partner not in approvers:
        names = ", ".join(sorted(approvers)) or "no partner"
        raise InvalidInput(
            f"This credential needs the approval of {names}.",
            fields={"partner": "is not asked for its approval"},
        )
    if credential.state is State.PENDING_APPROVAL and approvers <= {*given, partner}:
        return changed(Change.APPROVED, replace(credential, state=State.PENDING_ACTIVATION))
    if partner in given:
        return Transition(credential=credential)
    return changed(Change.PARTNER_APPROVED, credential)
