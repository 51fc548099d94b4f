"""Which partners must approve a credential, and what an approval changes (F1)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keyfob.domain.credentials import approval, lifecycle
from keyfob.domain.credentials.credential import Change, State
from keyfob.domain.directory.partner import Application, Partner
from keyfob.domain.errors import IllegalTransition, InvalidInput
from tests.support.fakes import START
from tests.support.otp import a_credential, a_pending_credential, a_revoked_credential


def a_partner(name: str, *applications: str, approves: bool) -> Partner:
    """A partner with these applications."""
    return Partner(
        id=name,
        name=name.title(),
        applications=tuple(
            Application(id=one, name=one, level=2, hardware_only=False) for one in applications
        ),
        approves_credentials=approves,
    )


STRICT = a_partner("strict", "yard", "dock", approves=True)
CAREFUL = a_partner("careful", "lab", approves=True)
EASY = a_partner("easy", "shop", approves=False)
PARTNERS = (STRICT, CAREFUL, EASY)


@pytest.mark.parametrize(
    ("seller", "applications", "concerned"),
    [
        ("easy", (), set()),
        ("easy", ("shop",), set()),
        ("easy", ("yard",), {"strict"}),
        ("easy", ("dock", "yard"), {"strict"}),
        ("easy", ("shop", "dock"), {"strict"}),
        ("easy", ("yard", "lab"), {"strict", "careful"}),
        ("easy", ("strict", "yar", "yard2"), set()),
        ("strict", (), {"strict"}),
        ("strict", ("yard",), {"strict"}),
        ("strict", ("shop",), {"strict"}),
        ("strict", ("lab",), {"strict", "careful"}),
        ("gone", ("yard",), {"strict"}),
        ("gone", (), set()),
    ],
)
def test_the_seller_and_the_partners_of_the_accounts_applications_approve_if_they_do_at_all_F1(
    seller: str, applications: tuple[str, ...], concerned: set[str]
) -> None:
    for partners in (PARTNERS, PARTNERS[::-1]):
        found = approval.approvers(partners, applications=applications, seller=seller)
        assert found == concerned
    assert approval.approvers([], applications=applications, seller=seller) == set()


WAITING = a_pending_credential(state=State.PENDING_APPROVAL)
BOTH = frozenset({"strict", "careful"})
NONE: frozenset[str] = frozenset()


def test_the_last_approval_lets_the_holder_go_on_F1() -> None:
    done = approval.approve(WAITING, "strict", approvers=BOTH, given=frozenset({"careful"}))
    assert done.change is Change.APPROVED
    assert done.credential == replace(WAITING, state=State.PENDING_ACTIVATION)
    assert lifecycle.activate(done.credential, START).credential.state is State.ACTIVE


def test_an_approval_before_the_last_is_recorded_and_the_credential_waits_F1() -> None:
    noted = approval.approve(WAITING, "strict", approvers=BOTH, given=NONE)
    assert noted.change is Change.PARTNER_APPROVED
    assert noted.credential is WAITING


def test_an_approval_by_somebody_no_longer_asked_does_not_count_F1() -> None:
    noted = approval.approve(WAITING, "strict", approvers=BOTH, given=frozenset({"gone"}))
    assert noted.change is Change.PARTNER_APPROVED


@pytest.mark.parametrize("credential", [WAITING, a_pending_credential(), a_credential()])
def test_approving_twice_changes_nothing_F1(credential: object) -> None:
    assert isinstance(credential, type(WAITING))
    again = approval.approve(credential, "strict", approvers=BOTH, given=frozenset({"strict"}))
    assert again.change is None
    assert again.credential is credential


def test_repeating_an_approval_lets_the_holder_go_on_once_nobody_else_is_asked_F1() -> None:
    """The other partner gave up approving meanwhile."""
    only = frozenset({"strict"})
    done = approval.approve(WAITING, "strict", approvers=only, given=only)
    assert (done.change, done.credential.state) == (Change.APPROVED, State.PENDING_ACTIVATION)


@pytest.mark.parametrize("credential", [a_pending_credential(), a_credential()])
def test_one_in_use_is_approved_too_and_stays_as_it_is_F1(credential: object) -> None:
    """Its account may use another partner's application since, or that partner renews it."""
    assert isinstance(credential, type(WAITING))
    noted = approval.approve(credential, "strict", approvers=BOTH, given=NONE)
    assert noted.change is Change.PARTNER_APPROVED
    assert noted.credential is credential


@pytest.mark.parametrize("partner", ["easy", "gone", ""])
def test_a_partner_that_is_not_asked_is_refused_and_told_who_is_F1(partner: str) -> None:
    for credential in (WAITING, a_credential()):
        with pytest.raises(InvalidInput, match="careful, strict") as refused:
            approval.approve(credential, partner, approvers=BOTH, given=frozenset({partner}))
        assert list(refused.value.fields) == ["partner"]
    with pytest.raises(InvalidInput, match="no partner"):
        approval.approve(WAITING, partner, approvers=NONE, given=NONE)


def test_a_revoked_one_is_not_approved_any_more_F1_F3() -> None:
    for given in (NONE, BOTH):
        with pytest.raises(IllegalTransition):
            approval.approve(a_revoked_credential(), "strict", approvers=BOTH, given=given)
