"""An obsolete message is not sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from keyfob.domain.credentials.credential import Change, Credential, Transition
from keyfob.domain.credentials.hardware_token import HardwareToken
from keyfob.domain.credentials.notifications import approved_for, notifications
from keyfob.domain.directory.account import Account
from keyfob.domain.inventory.token import Algorithm, SealedSeed, TokenType
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.policy import Policy
from keyfob.storage.directory.store import AccountRow
from keyfob.storage.messages.store import OutboxRow, put
from keyfob.storage.orders.license_keys import LicenseKeyRow
from tests.support.carts import items
from tests.support.fakes import START
from tests.support.order_world import SYSTEM, OrderWorld, actor, page_of


@pytest.fixture
def ada(order_world: OrderWorld) -> Account:
    return order_world.person()


def subjects(order_world: OrderWorld) -> list[str]:
    return sorted(str(mail["Subject"]).split(" SO-")[0] for mail in order_world.mail.sent)


def set_row(order_world: OrderWorld, row: type, key: str, **values: object) -> None:
    actions = [getattr(row, name).set(value) for name, value in values.items()]
    request = row(key, "-").get_update_kwargs_from_instance(actions=actions)
    order_world.database._client.update_item(**order_world.database._named(request))


def test_a_paid_order_is_confirmed_and_each_key_comes_in_a_mail_of_its_own_B5(
    order_world: OrderWorld, ada: Account
) -> None:
    order_world.paid(ada, items=items(hardware_token=3))
    order_world.send_queued()
    assert subjects(order_world) == ["Order"] + ["Your license key for order"] * 3
    assert {mail["To"].addresses[0].addr_spec for mail in order_world.mail.sent} == {ada.email}
    assert order_world.queued() == []


def test_a_canceled_order_is_not_confirmed_any_more_S44(
    order_world: OrderWorld, ada: Account
) -> None:
    order = order_world.order(ada)
    order_world.placing.cancel(actor(ada), order.number)
    [row] = [one for one in order_world.queued() if one.kind == Kind.ORDER_CANCELED]
    set_row(order_world, OutboxRow, row.pk, kind=str(Kind.ORDER_CONFIRMATION))
    order_world.notifier.deliver(row.pk)
    assert order_world.mail.sent == []
    assert order_world.counts.seen["MessageMoot"] == 1


def test_a_key_that_was_redeemed_meanwhile_is_not_sent_and_its_secret_goes_S40(
    order_world: OrderWorld, ada: Account
) -> None:
    order_world.paid(ada, items=items(phone=1))
    [row] = [one for one in order_world.queued() if one.kind == Kind.LICENSE_KEY]
    set_row(order_world, LicenseKeyRow, row.subject, state="redeemed")
    order_world.notifier.deliver(row.pk)
    done = order_world.database.get(OutboxRow, row.pk, "-")
    assert done
    assert done.state == "moot"
    assert not done.sealed
    assert order_world.mail.sent == []


def test_a_deactivated_account_is_still_notified_of_its_orders_B5(
    order_world: OrderWorld, ada: Account
) -> None:
    order_world.placing.cancel(actor(ada), order_world.order(ada).number)
    set_row(order_world, AccountRow, f"ACCOUNT#{ada.id}", active=False)
    order_world.send_queued()
    assert len(order_world.mail.sent) == 1


def test_a_deactivated_administrator_is_told_nothing_about_others_any_more_S24(
    order_world: OrderWorld, ada: Account
) -> None:
    for active in (False, True):
        set_row(order_world, AccountRow, f"ACCOUNT#{ada.id}", active=active)
        seen = replace(a_credential(ada, token=True), version=7 + active)
        [told] = approved_for(seen, "Strict", [ada.id], actor(ada), order_world.clock())
        order_world.database.write(put(told, order_world.clock(), patience=timedelta(minutes=2)))
        order_world.send_queued()
        assert len(order_world.mail.sent) == active


def test_nobody_is_written_to_whose_address_was_erased_S66(
    order_world: OrderWorld, ada: Account
) -> None:
    order_world.placing.cancel(actor(ada), order_world.order(ada).number)
    set_row(order_world, AccountRow, f"ACCOUNT#{ada.id}", email="")
    order_world.send_queued()
    assert order_world.mail.sent == []
    assert "MessageFailed" not in order_world.counts.seen
    assert order_world.queued() == []


def test_no_mail_is_sent_when_the_account_is_unknown(order_world: OrderWorld, ada: Account) -> None:
    order_world.placing.cancel(actor(ada), order_world.order(ada).number)
    for row in order_world.queued():
        set_row(order_world, OutboxRow, row.pk, recipient="acc_unknown")
    order_world.send_queued()
    assert order_world.mail.sent == []


def test_a_key_sealed_for_another_row_is_not_opened_S17(
    order_world: OrderWorld, ada: Account
) -> None:
    order_world.paid(ada)
    first, second = [one for one in order_world.queued() if one.kind == Kind.LICENSE_KEY]
    set_row(order_world, OutboxRow, first.pk, sealed=second.sealed)
    order_world.notifier.deliver(first.pk)
    assert order_world.mail.sent == []
    assert order_world.counts.seen["MessageFailed"] == 1


def test_a_mail_service_that_is_silent_loses_nothing_S50(
    order_world: OrderWorld, ada: Account
) -> None:
    order_world.placing.cancel(actor(ada), order_world.order(ada).number)
    [row] = [one for one in order_world.queued() if one.kind == Kind.ORDER_CANCELED]
    order_world.mail.silent = True
    order_world.notifier.deliver(row.pk)
    assert order_world.mail.sent == []
    order_world.mail.silent = False
    order_world.clock.advance(minutes=1)
    order_world.notifier.deliver(row.pk)
    assert len(order_world.mail.sent) == 1


def test_an_expired_order_that_was_paid_late_brings_both_mails_B4(
    order_world: OrderWorld, ada: Account
) -> None:
    order = order_world.order(ada)
    page = page_of(order)
    order_world.provider.pages[page] = replace(order_world.provider.pages[page], closed=True)
    order_world.payments.settle(page, by=SYSTEM)
    order_world.provider.pages[page] = replace(order_world.provider.pages[page], closed=False)
    order_world.pay(order)
    order_world.send_queued()
    order_world.send_queued()
    assert len(order_world.mail.sent) == 2
    assert order_world.service.get(order.number).refund


def a_credential(account: Account, *, token: bool) -> Credential:
    return Credential(
        id="crd_1",
        account=account.id,
        organization=account.organization,
        order="SO-10001",
        unit=0,
        kind="hardware_token",
        proofing=False,
        legal_name="Ada Byron",
        country="US",
        paid_at=START,
        expires_at=START + timedelta(days=365),
        token=HardwareToken(
            serial="FT-00001234",
            type=TokenType.TOTP,
            algorithm=Algorithm.SHA1,
            digits=8,
            period=30,
            sealed=SealedSeed(data_key="2026Q4", content=b"sealed"),
            last=1,
        )
        if token
        else None,
    )


FACTS = {"phone": "+1 … 34"}


def told(order_world: OrderWorld, seen: Credential, transition: Transition) -> list[str]:
    """The mails about this change, as they arrive."""
    for message in notifications(
        seen, transition, order_world.clock(), Policy(), facts=FACTS, correlation="req-1"
    ):
        order_world.database.write(put(message, order_world.clock(), patience=timedelta(minutes=2)))
    order_world.send_queued()
    assert order_world.queued() == []
    bodies = [mail.get_body(("plain",)) for mail in order_world.mail.sent]
    return [str(body.get_content()) for body in bodies if body]


# Redemption, an approval before the last and daily use bring no notification. Other tests cover
# reminders.
# The acceptance of a sponsorship brings its own.
# The order of an added token or an upgrade brings its notification, the case that of a proofing.
UNTOLD = {
    Change.REDEEMED,
    Change.SPONSORED,
    Change.PARTNER_APPROVED,
    Change.TOKEN_ACCEPTED,
    Change.TOKEN_ADDED,
    Change.RENAMED,
    Change.UPGRADE_BOUGHT,
    Change.UPGRADE_BEGUN,
    Change.PROOFED,
    Change.PHONE_ACCEPTED,
}
FORETOLD = {Change.RENEWAL_NOTICED, Change.EXPIRED, Change.REMINDED}


@pytest.mark.parametrize("change", sorted(set(Change) - UNTOLD - FORETOLD))
def test_every_change_of_a_credential_is_mailed_with_the_facts_queued_F4(
    change: Change, order_world: OrderWorld, ada: Account
) -> None:
    seen = a_credential(ada, token=True)
    [mail] = told(order_world, seen, Transition(credential=seen, change=change))
    assert "FT-00001234" not in mail
    assert ("…1234" in mail) == change.startswith("token.")


def test_the_message_about_a_revoked_token_names_the_one_that_is_gone_D4(
    order_world: OrderWorld, ada: Account
) -> None:
    seen = a_credential(ada, token=True)
    left = Transition(credential=replace(seen, token=None), change=Change.TOKEN_REVOKED)
    [mail] = told(order_world, seen, left)
    assert "…1234" in mail


@pytest.mark.parametrize(
    "change",
    [
        Change.APPROVED,
        Change.ACTIVATED,
        Change.SUSPENDED,
        Change.REENABLED,
        Change.REVOKED,
        Change.LAPSED,
        Change.RENEWED,
        Change.TOKEN_BLOCKED,
        Change.TOKEN_RESET,
    ],
)
def test_a_change_without_a_token_is_mailed_without_one_D2(
    change: Change, order_world: OrderWorld, ada: Account
) -> None:
    seen = a_credential(ada, token=False)
    assert len(told(order_world, seen, Transition(credential=seen, change=change))) == 1


def test_a_mail_comes_in_the_language_of_its_reader(order_world: OrderWorld) -> None:
    eva = order_world.person(language="de-AT")
    order = order_world.order(eva)
    order_world.placing.cancel(actor(eva), order.number)
    order_world.send_queued()
    [mail] = order_world.mail.sent
    assert mail["Subject"] == f"Die Bestellung {order.number} wurde storniert"
