"""Forgotten user ids go to the mailbox of their accounts, and nowhere else (A4, S25)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from keyfob.domain.errors import TooManyTries
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.sessions.client import Client
from keyfob.storage.directory.store import AccountRow
from keyfob.storage.rows import Update
from keyfob.usecases.sessions.user_ids import UserIdReminders
from keyfob.wiring.sessions import user_id_reminders_of
from tests.support.builders import CLIENT
from tests.support.fakes import Meddler
from tests.support.order_world import OrderWorld

MAILBOX = "ada@acme.example"


@pytest.fixture
def use(order_world: OrderWorld) -> UserIdReminders:
    return user_id_reminders_of(order_world.base)


def mailed(world: OrderWorld) -> list[str]:
    """The recipients of the mails that were sent."""
    world.send_queued()
    rows = [row for row in world.queued(pending=False) if row.kind == Kind.USER_ID_REMINDER]
    return sorted(str(row.recipient) for row in rows if row.state == "done")


def from_(number: int) -> Client:
    return Client(address=f"198.18.{number}.1", correlation="req-1")


def test_each_account_of_the_mailbox_gets_a_mail_with_its_user_id_A4(
    order_world: OrderWorld, use: UserIdReminders
) -> None:
    people = [order_world.person(email=MAILBOX) for _ in range(2)]
    order_world.person(email="ada@bolt.example")
    use.request("  Ada@ACME.example ", CLIENT)
    assert mailed(order_world) == sorted(one.id for one in people)
    texts = " ".join(one.as_string() for one in order_world.mail.sent)
    assert all(one.user_id in texts for one in people)
    assert {one["To"].addresses[0].addr_spec for one in order_world.mail.sent} == {MAILBOX}


def test_a_deactivated_account_isnt_reminded_A4(
    order_world: OrderWorld, use: UserIdReminders
) -> None:
    ada = order_world.person(email=MAILBOX, active=False)
    use.request(MAILBOX, CLIENT)
    assert ada.id not in mailed(order_world)


def test_an_index_that_is_behind_tells_no_other_mailbox_A4(
    order_world: OrderWorld, use: UserIdReminders
) -> None:
    ada = order_world.person(email=MAILBOX)
    moved = Update(
        row=AccountRow,
        key=(f"ACCOUNT#{ada.id}", "-"),
        actions=[AccountRow.email.set("new@acme.example")],
        condition=AccountRow.pk.exists(),
    )
    order_world.database.write(moved)
    use.request(MAILBOX, CLIENT)
    assert mailed(order_world) == []


def test_at_most_ten_mails_leave_at_once_A4(order_world: OrderWorld, use: UserIdReminders) -> None:
    for _ in range(12):
        order_world.person(email=MAILBOX)
    use.request(MAILBOX, CLIENT)
    assert len(mailed(order_world)) == 10


def shape(calls: Sequence[tuple[str, dict[str, Any]]]) -> list[tuple[str, int]]:
    """Each call with the number of its items."""
    return [(operation, len(request.get("TransactItems", []))) for operation, request in calls]


@pytest.mark.parametrize("typed", ["nobody@acme.example", "no address", "ŁUKASZ@x", "@"])
def test_an_unknown_address_takes_the_same_calls_and_gets_nothing_S25(
    order_world: OrderWorld, use: UserIdReminders, client: Meddler, typed: str
) -> None:
    order_world.person(email=MAILBOX)
    client.calls.clear()
    use.request(MAILBOX, from_(1))
    known = shape(client.calls)
    client.calls.clear()
    use.request(typed, from_(2))
    assert shape(client.calls) == known
    assert len(mailed(order_world)) == 1


def test_after_three_mails_a_mailbox_gets_no_more_for_a_while_and_the_answer_stays_S25(
    order_world: OrderWorld, use: UserIdReminders
) -> None:
    order_world.person(email=MAILBOX)
    for number in range(5):
        use.request(MAILBOX, from_(number))
    assert len(mailed(order_world)) == 3
    order_world.clock.advance(minutes=15)
    use.request(MAILBOX, CLIENT)
    assert len(mailed(order_world)) == 4


def test_one_network_address_asks_twenty_times_an_hour_S25_S62(
    order_world: OrderWorld, use: UserIdReminders
) -> None:
    for number in range(order_world.base.policy.recovery_requests_per_address):
        use.request(f"somebody{number}@acme.example", CLIENT)
    with pytest.raises(TooManyTries):
        use.request(MAILBOX, CLIENT)
