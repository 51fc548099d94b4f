"""Orders for colleagues: who may hold what is bought, and several credentials in one cart (B2)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from keyfob.domain.credentials.credential import Credential
from keyfob.domain.credentials.errors import UnknownLicenseKey
from keyfob.domain.directory.account import Account
from keyfob.domain.errors import InvalidInput, NotFound
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.orders.errors import NoFittingApplication, ShortRenewalNotAccepted
from keyfob.domain.orders.order import Order, State
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.orders.short_renewal import short_renewals
from keyfob.domain.policy import Policy
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.directory.store import change_account
from keyfob.storage.orders.license_keys import LicenseKeyRow
from keyfob.storage.orders.order_row import OrderRow
from keyfob.usecases.credentials.redemption import Claim
from keyfob.usecases.credentials.registration import _may_have
from keyfob.usecases.orders.pricing import Item
from keyfob.wiring.notifier import notifier_of
from keyfob.wiring.orders import reissuing_of
from tests.support.builders import a_product, a_record
from tests.support.carts import ADDED_TOKEN, RENEWAL, UPGRADE, items
from tests.support.credential_world import CredentialWorld
from tests.support.fakes import START, Meddler, fake_unseal
from tests.support.order_world import OPERATOR, SYSTEM, actor, page_of
from tests.support.renewals import Renewals, a_renewal

TOKEN = "hardware-token"
NOBODYS = "acc_zzzzzzzzzzzzzzzzzzzz"
MOST = Policy().order_credentials


@pytest.fixture
def world(credential_world: CredentialWorld) -> CredentialWorld:
    """Every product for existing credentials is on sale."""
    credential_world.orders.seed.products(
        [
            a_renewal(),
            a_product(id=UPGRADE, kind=ProductKind.UPGRADE, price=2_500, proofing=True),
            a_product(id=ADDED_TOKEN, kind=ProductKind.ADDED_TOKEN, price=5_000),
        ],
        by=OPERATOR,
    )
    return credential_world


def of(world: CredentialWorld, holder: Account, number: int = 7, **changes: Any) -> Credential:
    """Give this person a credential."""
    ada, world.ada = world.ada, holder
    kind = changes.get("kind", ProductKind.HARDWARE_TOKEN)
    bought = world.bought(kind=kind).order
    made = world.credential(id=f"crd_{number:020d}", order=bought, **changes)
    world.ada = ada
    return made


def for_(holder: Account | str, product: str = TOKEN, **changes: Any) -> Item:
    named = holder if isinstance(holder, str) else holder.id
    return Item(product=product, holder=named, **changes)


def keys(world: CredentialWorld) -> dict[str, str]:
    """The mailed license keys, by their subject."""
    return {
        row.subject: fake_unseal(row.pk, row.sealed)
        for row in world.orders.queued(pending=False)
        if row.kind == Kind.LICENSE_KEY
    }


def key_rows(world: CredentialWorld) -> list[LicenseKeyRow]:
    found = world.database.scan(LicenseKeyRow)
    return [LicenseKeyRow.from_raw_data(one) for one in found if "KEY#" in one["pk"]["S"]]


def redeem(world: CredentialWorld, who: Account, key: str) -> Credential:
    claim = Claim(license_key=key, legal_name="Eve", country="US", organization="acme")
    return world.redemption.redeem(claim, a_record(who.id), actor(who))


def shown(world: CredentialWorld, order: Order) -> Order:
    return world.orders.service.get(order.number)


def revoke(world: CredentialWorld, holder: Account) -> None:
    ada, world.ada = world.ada, holder
    world.management.revoke(world.live.id, world.proof, world.by, confirmed=True)
    world.ada = ada


def test_a_key_bought_for_an_account_is_redeemed_by_that_account_alone_B2(
    world: CredentialWorld,
) -> None:
    grace, eve = world.orders.person(), world.orders.person()
    order = world.orders.paid(world.ada, items=(for_(grace, "phone"), *items(phone=1)))
    assert [line.holder for line in order.lines] == [grace.id, None]
    [hers] = [keys(world)[row.pk] for row in key_rows(world) if row.unit == 0]
    for other in (world.ada, eve):
        with pytest.raises(UnknownLicenseKey):
            redeem(world, other, hers)
    assert redeem(world, grace, hers).unit == 0
    [anybodys] = [key for key in keys(world).values() if key != hers]
    assert redeem(world, eve, anybodys).unit == 1


def test_anothers_key_costs_the_same_reads_as_no_key_B2_S27(
    world: CredentialWorld, client: Meddler
) -> None:
    grace, eve = world.orders.person(), world.orders.person()
    world.orders.paid(world.ada, items=(for_(grace, "phone"),))
    [hers] = keys(world).values()
    asked = []
    # The first guess adds the counters' rows.
    for key in ("00000-00000-00000-00000", hers, "00000-00000-00000-00000"):
        client.calls.clear()
        with pytest.raises(UnknownLicenseKey):
            redeem(world, eve, key)
        asked.append([name for name, _ in client.calls])
    assert asked[1] == asked[2]


def deactivated(world: CredentialWorld) -> str:
    made = world.orders.person()
    found = world.directory.audited(made.id)
    assert found
    write = change_account(found[0], replace(found[0], active=False), found[1])
    world._happened("account.deactivated", write)
    return made.id


def foreign(world: CredentialWorld) -> str:
    return world.orders.person(organization="elsewhere").id


def erased(world: CredentialWorld) -> str:
    id_ = "acc_00000000000000000009"
    return world.orders.person(id=id_, user_id=id_).id


@pytest.mark.parametrize("made", [deactivated, foreign, erased, lambda _world: NOBODYS])
def test_no_account_of_the_organization_gets_one_answer_and_an_entry_B2_S23(
    made: Any, world: CredentialWorld
) -> None:
    asked = made(world)
    with pytest.raises(NotFound) as refusal:
        world.orders.order(world.ada, items=(*items(phone=1), for_(asked)))
    assert str(refusal.value) == str(NotFound())
    assert refusal.value.recorded
    entries = [
        AuditRow.from_raw_data(one)
        for one in world.database.scan(AuditRow)
        if one["action"]["S"] == "account.refused"
    ]
    assert [one.actor_id for one in entries] == [world.ada.id]
    assert not [one for one in world.database.scan(OrderRow) if "ORDER#" in one["pk"]["S"]]


def test_an_account_without_a_fitting_application_is_refused_by_the_items_place_B2(
    world: CredentialWorld,
) -> None:
    grace = world.orders.person(applications=("portal",))
    joan = world.orders.person(applications=())
    assert world.orders.order(world.ada, items=(for_(grace, "phone"),)).lines[0].holder
    with pytest.raises(NoFittingApplication) as refusal:
        world.orders.order(world.ada, items=(for_(grace), for_(joan)))
    assert list(refusal.value.fields) == ["items.1.for"]
    with pytest.raises(NoFittingApplication) as own:
        world.orders.order(joan, items=(for_(grace), *items(phone=1)))
    assert list(own.value.fields) == ["items.1.product"], "who buys for others needs none"
    assert world.orders.order(joan, items=(for_(grace),)).account == joan.id


def test_one_unit_for_each_named_account_B2(world: CredentialWorld) -> None:
    grace = world.orders.person()
    with pytest.raises(InvalidInput) as refusal:
        world.orders.order(world.ada, items=(for_(grace, quantity=2),))
    assert refusal.value.fields == {"items.0.quantity": "one for each account"}


def test_the_holder_is_told_without_the_key_and_the_purchaser_gets_it_B2_B5(
    world: CredentialWorld,
) -> None:
    grace = world.orders.person(first_name="Grace", last_name="Hopper")
    world.orders.paid(world.ada, items=(for_(grace),))
    [key] = keys(world).values()
    world.orders.send_queued()
    to_grace = [one for one in world.orders.mail.sent if grace.email in str(one["To"])]
    [told] = to_grace
    assert str(told["Subject"]) == "Ada Byron bought a credential for you"
    assert key not in told.as_string()
    [sent] = [one for one in world.orders.mail.sent if "license key for" in str(one["Subject"])]
    assert world.ada.email in str(sent["To"])
    [text, _] = [one.get_content() for one in sent.iter_parts()]
    assert key in text
    assert "for the account of Grace Hopper only" in " ".join(text.split())


def test_holder_and_purchaser_are_told_of_the_shipment_B5(world: CredentialWorld) -> None:
    grace = world.orders.person()
    order = world.orders.paid(world.ada, items=(for_(grace),))
    device = world.delivered(None)
    world.sent(device, order.number)
    told = {row.kind: row.recipient for row in world.orders.queued() if "shipped" in str(row.kind)}
    assert told == {"order_shipped": world.ada.id, "token_shipped": grace.id}


def test_a_holder_finds_what_colleagues_have_paid_for_her_B2(world: CredentialWorld) -> None:
    grace = world.orders.person()
    unpaid = world.orders.order(world.ada, items=(for_(grace),))
    assert world.orders.orders.of_colleagues(grace.id, limit=5) == []
    world.orders.pay(unpaid)
    [found] = world.orders.orders.of_colleagues(grace.id, limit=5)
    assert found == shown(world, unpaid)
    assert world.orders.orders.of_colleagues(world.ada.id, limit=5) == []


def renewals_of(world: CredentialWorld, count: int) -> list[tuple[Account, Credential]]:
    people = [world.orders.person() for _ in range(count)]
    return [(one, of(world, one, number)) for number, one in enumerate(people, 1)]


def test_the_most_credentials_of_the_most_colleagues_fit_into_one_transaction_B2_S46(
    world: CredentialWorld, client: Meddler
) -> None:
    held = renewals_of(world, MOST)
    guests = [world.orders.person() for _ in range(20 - MOST)]
    renewals = tuple(for_(one, RENEWAL) for one, _ in held)
    order = world.orders.order(world.ada, items=(*renewals, *(for_(one) for one in guests)))
    client.calls.clear()
    world.orders.pay(order)
    sizes = [len(one["TransactItems"]) for one in client.requests("transact_write_items")]
    assert sizes[0] <= 90
    later = START.replace(year=START.year + 2)
    for one, credential in held:
        live = world.credentials.live(one.id)
        assert live
        assert (live.id, live.expires_at) == (credential.id, later)
    done = shown(world, order)
    assert (done.state, done.minted, done.refused) == (State.FULFILLED, len(guests), ())


def test_one_more_credential_than_a_transaction_takes_is_refused_B2(
    world: CredentialWorld,
) -> None:
    cart = tuple(for_(one, RENEWAL) for one, _ in renewals_of(world, MOST + 1))
    with pytest.raises(InvalidInput) as refusal:
        world.orders.order(world.ada, items=cart)
    problem = f"at most {MOST} renewals, upgrades and added tokens in an order"
    assert refusal.value.fields == {"items": problem}


def test_a_line_that_came_too_late_is_refused_alone_and_the_others_are_applied_B2_B7(
    world: CredentialWorld,
) -> None:
    (grace, _), (joan, _) = renewals_of(world, 2)
    katherine = world.orders.person()
    phones = of(world, katherine, 3, kind=ProductKind.PHONE, phones={"phn_1": 0})
    cart = (
        for_(grace, RENEWAL),
        for_(joan, RENEWAL),
        for_(katherine, ADDED_TOKEN),
        *items(phone=1),
    )
    order = world.orders.order(world.ada, items=cart)
    revoke(world, joan)
    revoke(world, katherine)
    world.orders.pay(order)
    done = shown(world, order)
    assert (done.state, done.refused, done.minted) == (State.FULFILLED, (1, 2), 1)
    renewed = world.credentials.live(grace.id)
    assert renewed
    assert renewed.expires_at == START.replace(year=START.year + 2)
    assert "order.lines_refused" in world.trail(order.subject)
    assert done.token_unit_of(phones.id) is None
    for _ in range(3):
        world.orders.send_queued()
    subjects = [str(one["Subject"]) for one in world.orders.mail.sent]
    assert subjects.count(f"Order {order.number} is confirmed") == 1
    assert subjects.count(f"A part of order {order.number} came too late") == 1
    # Only their price goes back, as by an operator's request.
    assert world.orders.provider.refund_amounts() == [sum(one.total for one in done.refused_lines)]
    assert shown(world, order).given_back.undone == {1, 2}
    with pytest.raises(InvalidInput):
        world.sent(world.delivered(None), order.number)


def test_an_order_of_refused_lines_of_two_kinds_is_held_and_refunded_B2_B7(
    world: CredentialWorld,
) -> None:
    (grace, _), (joan, _) = renewals_of(world, 2)
    order = world.orders.order(world.ada, items=(for_(grace, RENEWAL), for_(joan, UPGRADE)))
    revoke(world, grace)
    revoke(world, joan)
    world.orders.pay(order)
    assert shown(world, order).state is State.HELD
    for _ in range(3):
        world.orders.send_queued()
    assert shown(world, order).refund
    subjects = [str(one["Subject"]) for one in world.orders.mail.sent]
    assert subjects.count(f"A part of order {order.number} came too late") == 1
    assert f"Order {order.number} is confirmed" not in subjects


def test_payments_for_colleagues_settled_twice_change_each_credential_once_B2_S37(
    world: CredentialWorld, client: Meddler
) -> None:
    held = renewals_of(world, 3)
    order = world.orders.order(world.ada, items=tuple(for_(one, RENEWAL) for one, _ in held))
    world.orders.provider.buyer_pays(page_of(order))

    def the_other_is_faster(operation: Any, request: Any) -> Any:
        world.orders.payments.settle(page_of(order), by=SYSTEM)
        return operation(**request)

    client.next("transact_write_items", the_other_is_faster)
    world.orders.payments.settle(page_of(order), by=SYSTEM)
    for one, _ in held:
        live = world.credentials.live(one.id)
        assert live
        assert live.expires_at == START.replace(year=START.year + 2)


@pytest.mark.parametrize("named", ["own", "another's"])
def test_a_colleagues_credential_may_be_named_or_left_out_but_not_another_one_B2_S23(
    named: str, world: CredentialWorld
) -> None:
    (grace, hers), (_, other) = renewals_of(world, 2)
    if named == "own":
        for cart in (for_(grace, RENEWAL, credential=hers.id), for_(grace, RENEWAL)):
            [line] = world.orders.order(world.ada, items=(cart,)).lines
            assert (line.credential, line.holder) == (hers.id, grace.id)
        return
    with pytest.raises(InvalidInput) as refusal:
        world.orders.order(world.ada, items=(for_(grace, RENEWAL, credential=other.id),))
    assert refusal.value.fields == {"items.0.for": "has no credential that this renewal is for"}


def test_an_added_token_for_a_colleague_is_found_for_its_replacement_D4(
    world: CredentialWorld,
) -> None:
    grace = world.orders.person()
    phones = of(world, grace, kind=ProductKind.PHONE, phones={"phn_1": 0})
    order = world.orders.paid(world.ada, items=(*items(phone=2), for_(grace, ADDED_TOKEN)))
    assert order.token_unit_of(phones.id) == 2, "keys come first"
    assert world.shipping.origin(phones) == (order.number, 2)


def test_a_short_renewal_is_warned_of_for_each_line_B2_B7(renewals: Renewals) -> None:
    world = renewals.credential_world
    (grace, _), (joan, _) = renewals_of(world, 2)
    lasting = of(world, world.orders.person(), 9, expires_at=START.replace(year=START.year + 2))
    world.clock.now = START.replace(year=START.year + 2) - Policy().short_renewal_confirmed
    cart = (
        for_(grace, RENEWAL),
        for_(joan, RENEWAL),
        for_(lasting.account, RENEWAL),
    )
    with pytest.raises(ShortRenewalNotAccepted):
        world.orders.order(world.ada, items=cart)
    order = world.orders.order(world.ada, items=cart, short_renewal_accepted=True)
    assert [line.holder for line in short_renewals(order, Policy())] == [grace.id, joan.id]


def test_a_reissued_key_may_be_for_another_account_B2_B5(world: CredentialWorld) -> None:
    grace, joan = world.orders.person(), world.orders.person()
    order = world.orders.paid(world.ada, items=(for_(grace, "phone"),))
    [first] = keys(world).values()
    reissuing = reissuing_of(world.base)
    reissuing.reissue(order.number, 0, OPERATOR, to=joan)
    [second] = [key for key in keys(world).values() if key != first]
    for who, key in ((grace, first), (grace, second), (joan, first)):
        with pytest.raises(UnknownLicenseKey):
            redeem(world, who, key)
    assert redeem(world, joan, second).unit == 0
    assert shown(world, order).holder_of(0) == joan.id
    assert world.trail(order.subject)[-1] == "order.unit_reassigned"
    [hers] = world.orders.orders.of_colleagues(joan.id, limit=5)
    assert hers.number == order.number


def test_a_reissue_for_the_same_account_changes_no_order_B5(world: CredentialWorld) -> None:
    grace = world.orders.person()
    order = world.orders.paid(world.ada, items=(for_(grace, "phone"),))
    reissuing_of(world.base).reissue(order.number, 0, OPERATOR, to=grace)
    assert shown(world, order) == order


def test_a_reissue_that_loses_to_one_for_another_account_reissues_that_key_B5(
    world: CredentialWorld, client: Meddler
) -> None:
    grace, joan = world.orders.person(), world.orders.person()
    order = world.orders.paid(world.ada, items=items(phone=1))
    reissuing = reissuing_of(world.base)

    def another_is_faster(operation: Any, request: Any) -> Any:
        reissuing.reissue(order.number, 0, OPERATOR, to=joan)
        return operation(**request)

    client.next("transact_write_items", another_is_faster)
    reissuing.reissue(order.number, 0, OPERATOR, to=grace)
    assert shown(world, order).holder_of(0) == grace.id
    issued = [one for one in key_rows(world) if one.state == "issued"]
    assert [one.holder for one in issued if one.order == order.number] == [grace.id]


def test_nobody_without_use_for_it_gets_a_reissued_key_B2(world: CredentialWorld) -> None:
    joan = world.orders.person(applications=("portal",))
    order = world.orders.paid(world.ada, items=items(hardware_token=1, phone=1))
    with pytest.raises(NoFittingApplication):
        reissuing_of(world.base).reissue(
            order.number, 0, OPERATOR, to=replace(joan, applications=())
        )
    reissuing_of(world.base).reissue(order.number, 1, OPERATOR, to=joan)


def test_no_token_is_shipped_for_a_line_that_was_refused_B2_B5(world: CredentialWorld) -> None:
    grace = world.orders.person()
    of(world, grace, kind=ProductKind.PHONE, phones={"phn_1": 0})
    cart = (*items(hardware_token=1), for_(grace, ADDED_TOKEN))
    order = world.orders.order(world.ada, items=cart)
    revoke(world, grace)
    world.orders.pay(order)
    device = world.delivered(None)
    with pytest.raises(InvalidInput):
        world.shipping.mark(order.number, serial=device.serial, tracking="1Z", unit=1, by=OPERATOR)
    sent = world.shipping.mark(
        order.number, serial=device.serial, tracking="1Z", unit=0, by=OPERATOR
    )
    assert [one.unit for one in sent.shipments] == [0]


def test_a_token_of_another_line_is_not_registered_with_a_credential_D1_D4(
    world: CredentialWorld,
) -> None:
    grace, joan = world.orders.person(), world.orders.person()
    shape: dict[str, Any] = {"kind": ProductKind.PHONE, "phones": {"phn_1": 0}}
    hers, other = of(world, grace, 1, **shape), of(world, joan, 2, **shape)
    cart = (*items(hardware_token=1), for_(grace, ADDED_TOKEN), for_(joan, ADDED_TOKEN))
    order = world.orders.paid(world.ada, items=cart)
    for unit, fitting in ((0, []), (1, [hers]), (2, [other])):
        device = world.delivered(None)
        number, serial = order.number, device.serial
        world.shipping.mark(number, serial=serial, tracking="1Z", unit=unit, by=OPERATOR)
        stored, seen = world.stored(device), shown(world, order)
        assert [one for one in (hers, other) if _may_have(one, stored, seen)] == fitting


def test_a_holder_who_lost_the_key_to_another_account_is_told_nothing_more_B2(
    world: CredentialWorld,
) -> None:
    grace, joan = world.orders.person(), world.orders.person()
    order = world.orders.paid(world.ada, items=(for_(grace, "phone"),))
    reissuing_of(world.base).reissue(order.number, 0, OPERATOR, to=joan)
    world.orders.send_queued()
    told = [str(one["To"]) for one in world.orders.mail.sent if "for you" in str(one["Subject"])]
    assert len(told) == 1
    assert joan.email in told[0]


def test_a_mail_about_a_key_goes_to_nobody_but_its_holder_B2(world: CredentialWorld) -> None:
    grace, eve = world.orders.person(), world.orders.person()
    world.orders.paid(world.ada, items=(for_(grace, "phone"),))
    [row] = [one for one in world.orders.queued() if one.kind == Kind.KEY_FOR_HOLDER]
    composer = notifier_of(world.base)._composer
    lease = world.orders.outbox.lease(row.pk, world.clock())
    assert lease
    assert composer.compose(lease)
    astray = replace(lease, message=replace(lease.message, recipient=eve.id))
    assert composer.compose(astray) is None
