"""Partners approve a credential: one by one, at once, twice, and where nobody asked them (F1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from keyfob.domain.credentials.credential import Credential, State
from keyfob.domain.directory.partner import Partner
from keyfob.domain.directory.role import Role
from keyfob.domain.due_index import instant
from keyfob.domain.errors import InvalidInput, NotFound
from keyfob.domain.messages.kinds import Kind
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.credentials.approvals import ApprovalStore
from keyfob.storage.credentials.store import ApprovalRow
from keyfob.storage.directory.store import AccountRow, PartnerRow
from keyfob.storage.messages.store import OutboxRow
from keyfob.usecases.directory.accounts import NewAccount
from tests.support.builders import PARTNER, PORTAL, an_account
from tests.support.credential_world import CredentialWorld
from tests.support.fakes import START
from tests.support.faults import first, land_twice, lose_the_answer, recognize_the_token
from tests.support.order_world import OPERATOR

YARD = replace(PORTAL, id="yard")
LAB = replace(PORTAL, id="lab")
STRICT = replace(
    PARTNER, id="strict", name="Strict", applications=(YARD,), approves_credentials=True
)
CAREFUL = replace(STRICT, id="careful", name="Careful", applications=(LAB,))


def waiting(
    world: CredentialWorld,
    *applications: str,
    seller: str = "northwind",
    partners: tuple[Partner, ...] = (STRICT, CAREFUL),
    **changes: Any,
) -> Credential:
    """Ada may use these applications; her credential from this partner waits for approval."""
    world.orders.seed.partners(partners, by=OPERATOR)
    world.ada = world.orders.person(applications=applications)
    values = {"state": State.PENDING_APPROVAL, "activated_at": None, **changes}
    return world.credential(order=world.bought(seller, kind="phone").order, **values)


def approve(world: CredentialWorld, partner: str) -> set[str]:
    """Approve for this partner; returns those that are still to approve."""
    return set(world.approvals.approve(world.ada.user_id, partner, OPERATOR).missing)


def approvals(world: CredentialWorld) -> list[ApprovalRow]:
    """Every given approval's row."""
    return [row for row in asked_or_given(world) if row.at]


def asked(world: CredentialWorld) -> list[str]:
    """The partners that are asked and haven't answered."""
    return [row.partner for row in asked_or_given(world) if not row.at]


def asked_or_given(world: CredentialWorld) -> list[ApprovalRow]:
    items = world.database.query(ApprovalRow, key=("pk", f"ACCOUNT#{world.ada.id}"))
    return [
        ApprovalRow.from_raw_data(item) for item in items if item["sk"]["S"].startswith("APPROVAL#")
    ]


def test_a_credential_from_one_partner_waits_for_the_approval_of_another_F1(
    credential_world: CredentialWorld,
) -> None:
    waiting(credential_world, "yard")
    done = credential_world.approvals.approve(
        f" {credential_world.ada.user_id.upper()} ", "strict", OPERATOR
    )
    assert done.missing == frozenset()
    assert done.credential.state is State.PENDING_ACTIVATION
    assert credential_world.live.state is State.PENDING_ACTIVATION
    assert credential_world.orders.kinds() == [Kind.CREDENTIAL_APPROVED]


def test_the_holder_goes_on_once_every_concerned_partner_has_approved_F1(
    credential_world: CredentialWorld,
) -> None:
    seen = waiting(credential_world, "yard", seller="careful")
    assert approve(credential_world, "strict") == {"careful"}
    assert (credential_world.live.state, credential_world.orders.kinds()) == (
        State.PENDING_APPROVAL,
        [],
    )
    assert approve(credential_world, "careful") == set()
    assert credential_world.live.state is State.PENDING_ACTIVATION
    assert credential_world.orders.kinds() == [Kind.CREDENTIAL_APPROVED]
    assert credential_world.trail(seen.subject)[1:] == [
        "credential.partner_approved",
        "credential.approved",
    ]


def test_an_approval_is_a_row_and_an_entry_of_one_transaction_F1_S46(
    credential_world: CredentialWorld,
) -> None:
    seen = waiting(credential_world, "yard", "lab")
    before = len(credential_world.client.requests("transact_write_items"))
    approve(credential_world, "strict")
    assert len(credential_world.client.requests("transact_write_items")) == before + 1
    [row] = approvals(credential_world)
    assert (row.sk, row.partner, row.by) == (f"APPROVAL#{seen.id}#strict", "strict", "console")
    assert row.at == instant(credential_world.clock())
    entry = credential_world.database.get(
        AuditRow, seen.subject, f"{credential_world.live.version:012d}"
    )
    assert entry
    assert (entry.actor_kind, entry.facts["partner"]) == ("operator", "strict")


def test_approving_twice_changes_nothing_and_mails_nobody_F1(
    credential_world: CredentialWorld,
) -> None:
    waiting(credential_world, "yard", "lab")
    approve(credential_world, "strict")
    before = credential_world.live
    assert approve(credential_world, "strict") == {"careful"}
    assert credential_world.live == before
    approve(credential_world, "careful")
    before, mails = credential_world.live, credential_world.orders.kinds()
    for partner in ("strict", "careful"):
        assert approve(credential_world, partner) == set()
    assert credential_world.live == before
    assert credential_world.orders.kinds() == mails
    assert len(approvals(credential_world)) == 2


@pytest.mark.parametrize("partner", ["northwind", "careful", "nobody"])
def test_a_partner_that_is_not_concerned_or_approves_nothing_is_refused_F1(
    partner: str, credential_world: CredentialWorld
) -> None:
    before = waiting(credential_world, "yard", "portal")
    with pytest.raises(InvalidInput, match="strict") as refused:
        approve(credential_world, partner)
    assert list(refused.value.fields) == ["partner"]
    assert credential_world.live == before
    assert approvals(credential_world) == []


def test_who_is_concerned_is_decided_when_it_is_approved_F1(
    credential_world: CredentialWorld,
) -> None:
    """A partner that came since the redemption is asked, too."""
    waiting(credential_world, "yard", "lab", partners=(STRICT,))
    credential_world.orders.seed.partners([CAREFUL], by=OPERATOR)
    assert approve(credential_world, "strict") == {"careful"}
    assert credential_world.live.state is State.PENDING_APPROVAL


def test_another_credential_needs_its_own_approvals_F1_F8(
    credential_world: CredentialWorld,
) -> None:
    first_one = waiting(credential_world, "yard")
    approve(credential_world, "strict")
    credential_world.management.revoke(
        first_one.id, credential_world.proof, credential_world.by, confirmed=True
    )
    again = credential_world.credential(
        id="crd_00000000000000000002",
        order=first_one.order,
        state=State.PENDING_APPROVAL,
        activated_at=None,
    )
    assert again.state is State.PENDING_APPROVAL
    approve(credential_world, "strict")
    assert credential_world.live.state is State.PENDING_ACTIVATION
    assert len(approvals(credential_world)) == 2


def test_one_in_use_is_approved_too_and_stays_in_use_F1(
    credential_world: CredentialWorld,
) -> None:
    waiting(credential_world, "yard", state=State.ACTIVE, activated_at=START)
    assert approve(credential_world, "strict") == set()
    assert credential_world.live.state is State.ACTIVE
    assert credential_world.orders.kinds() == []
    assert len(approvals(credential_world)) == 1


def test_partners_that_turn_out_to_be_missing_are_asked_F1(
    credential_world: CredentialWorld,
) -> None:
    """As long as the credential waits: the account may use another application by now."""
    waiting(credential_world, "yard", "lab")
    assert asked(credential_world) == []
    approve(credential_world, "strict")
    assert asked(credential_world) == ["careful"]
    approve(credential_world, "careful")
    assert asked(credential_world) == []
    assert {row.partner for row in approvals(credential_world)} == {"strict", "careful"}


def test_a_revoked_credential_waits_for_nobody_F1(credential_world: CredentialWorld) -> None:
    """What was given stays for good."""
    seen = waiting(credential_world, "yard", "lab")
    approve(credential_world, "strict")
    credential_world.management.revoke(
        seen.id, credential_world.proof, credential_world.by, confirmed=True
    )
    assert asked(credential_world) == []
    assert [row.partner for row in approvals(credential_world)] == ["strict"]
    assert ApprovalStore(credential_world.database).waiting("careful", limit=9, after=None) == []


def test_an_operators_approval_tells_the_partners_administrators_F1(
    credential_world: CredentialWorld,
) -> None:
    waiting(credential_world, "yard")
    world = credential_world.orders
    grace = an_account()
    world.seed.accounts(
        [NewAccount(account=grace, roles=(Role.PARTNER_ADMINISTRATOR,), partner="strict")],
        by=OPERATOR,
    )
    by = replace(OPERATOR, reason="Asked by letter")
    credential_world.approvals.approve(credential_world.ada.user_id, "strict", by)
    rows = map(OutboxRow.from_raw_data, world.database.scan(OutboxRow))
    [told] = [row for row in rows if row.kind == Kind.CREDENTIAL_APPROVED_FOR]
    assert told.recipient == grace.id
    assert (told.facts["account"], told.facts["partner"], told.facts["reason"]) == (
        credential_world.ada.id,
        "Strict",
        "Asked by letter",
    )


def test_two_partners_that_approve_at_once_leave_nobody_waiting_F1(
    credential_world: CredentialWorld,
) -> None:
    waiting(credential_world, "yard", "lab")
    credential_world.client.next(
        "transact_write_items", first(lambda: approve(credential_world, "careful"))
    )
    assert approve(credential_world, "strict") == set()
    assert credential_world.live.state is State.PENDING_ACTIVATION
    assert credential_world.orders.kinds() == [Kind.CREDENTIAL_APPROVED]


def test_one_approval_sent_twice_at_once_is_one_F1(credential_world: CredentialWorld) -> None:
    seen = waiting(credential_world, "yard", "lab")
    credential_world.client.next(
        "transact_write_items", first(lambda: approve(credential_world, "strict"))
    )
    assert approve(credential_world, "strict") == {"careful"}
    assert credential_world.live.version == seen.version + 1


@pytest.mark.parametrize("faults", [(lose_the_answer, recognize_the_token), (land_twice,)])
def test_an_approval_whose_answer_got_lost_is_recognized_S46(
    faults: tuple[object, ...], credential_world: CredentialWorld
) -> None:
    seen = waiting(credential_world, "yard")
    credential_world.client.next("transact_write_items", *faults)  # type: ignore[arg-type]
    assert approve(credential_world, "strict") == set()
    assert credential_world.live.version == seen.version + 1


def test_a_revocation_meanwhile_wins_F1_F3(credential_world: CredentialWorld) -> None:
    seen = waiting(credential_world, "yard")
    credential_world.client.next(
        "transact_write_items",
        first(
            lambda: credential_world.management.revoke(
                seen.id, credential_world.proof, credential_world.by, confirmed=True
            )
        ),
    )
    with pytest.raises(NotFound):
        approve(credential_world, "strict")
    assert approvals(credential_world) == []


def lose_the_order(world: CredentialWorld) -> None:
    world.changed(order="SO-99999")


def lose_the_account(world: CredentialWorld) -> None:
    row = AccountRow(f"ACCOUNT#{world.ada.id}", "-")
    world.database._client.delete_item(
        **world.database._named(row.get_delete_kwargs_from_instance())
    )


@pytest.mark.parametrize("lose", [lose_the_order, lose_the_account])
def test_nobody_approves_when_nothing_says_which_partners_are_concerned_F1(
    lose: Callable[[CredentialWorld], None], credential_world: CredentialWorld
) -> None:
    waiting(credential_world, "yard")
    lose(credential_world)
    with pytest.raises(NotFound, match="no account of this credential"):
        approve(credential_world, "strict")
    assert credential_world.live.state is State.PENDING_APPROVAL


def test_a_repeated_approval_lets_the_holder_go_on_once_nobody_else_is_asked_F1(
    credential_world: CredentialWorld,
) -> None:
    """The other partner gave up approving meanwhile."""
    waiting(credential_world, "yard", "lab")
    approve(credential_world, "strict")
    request = PartnerRow("PARTNER#careful", "-").get_update_kwargs_from_instance(
        actions=[PartnerRow.approves_credentials.set(value=False)]
    )
    credential_world.database._client.update_item(**credential_world.database._named(request))
    assert approve(credential_world, "strict") == set()
    assert credential_world.live.state is State.PENDING_ACTIVATION


def test_an_account_without_a_live_credential_has_nothing_to_approve_G2(
    credential_world: CredentialWorld,
) -> None:
    credential_world.orders.seed.partners([STRICT], by=OPERATOR)
    for user_id in (credential_world.ada.user_id, "nobody-at-all"):
        with pytest.raises(NotFound, match="no account with this user id"):
            credential_world.approvals.approve(user_id, "strict", OPERATOR)
