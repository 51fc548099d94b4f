"""A lost, broken or stolen token, and its permitted replacements (D4, S16, S29)."""

from __future__ import annotations

from typing import Any

import pytest

from local.stack import Stack
from tests.support.builders import REASON
from tests.support.running.credential_checks import (
    how_often,
    live_row,
    refused,
    session,
    shown,
    stocked,
    token_row,
    told,
)
from tests.support.running.rows import Rows
from tests.support.running.stack_holders import Holder, Supply

REVOKED = "Your token was revoked"


@pytest.fixture(scope="module")
def supply(stack: Stack) -> Supply:
    """Event-based tokens."""
    return Supply(stack, 5, period=None)


def ship(stack: Stack, order: str, unit: int, serial: str) -> dict[str, Any]:
    event = {"operation": "mark_shipped", "order": order, "unit": unit, "serial": serial}
    answer: dict[str, Any] = stack.invoke(
        "OperationsFunction", event | {"tracking": "1Z 777", "reason": REASON}
    )
    assert "error" not in answer, answer
    return answer


def test_d4_a_lost_token_is_revoked_alone(stack: Stack, supply: Supply) -> None:
    owner = supply.holder()
    someone, device = owner.person, owner.device
    found = owner.another_session()
    assert found.elevate(device.press()).status_code == 201
    before = shown(someone, owner.credential)
    path = f"/credentials/{owner.credential}/token/revocation"

    after = someone.expect(200, "POST", path)

    assert after == {**before, "token": None}, "level, expiry and all else stay"
    assert shown(someone, owner.credential) == after
    assert session(found)["strength"] == 1, "whoever found it falls back at once"
    assert session(someone)["elevation"] == []
    refused(found.elevate(device.press()), 403, "no_token")
    refused(someone.call("POST", path), 403, "no_token")
    [mail] = told(stack, someone, REVOKED)
    assert f"…{device.serial[-4:]}" in mail["text"]
    assert how_often(stack, someone, REVOKED) == 1
    row = token_row(stack, device)
    assert row["state"] == "retired"
    trail = [one["action"] for one in Rows(stack).entries(f"TOKEN#{device.serial}")]
    assert trail == ["token.shipped", "token.assigned", "token.retired"]
    live = live_row(stack, someone)
    assert not {"serial", "seed", "data_key", "last"} & live.keys(), "nothing of it is left there"


def test_d4_s29_only_what_was_shipped_for_this_very_license_key_replaces_it(
    stack: Stack, supply: Supply
) -> None:
    owner = supply.holder()
    someone, lost = owner.person, owner.device
    unit = int(live_row(stack, someone)["unit"]) + 1
    neighbor, (unshipped, elsewhere, mine) = supply.next(), stocked(stack, 3, period=None)
    # Without a code the next token would wait.
    assert someone.elevate(lost.press()).status_code == 201
    someone.expect(200, "POST", f"/credentials/{owner.credential}/token/revocation")
    ship(stack, supply.order, len(supply.devices), elsewhere.serial)
    answers = [
        someone.register(owner.credential, device.serial, device.pair())
        for device in (lost, neighbor.device, unshipped, elsewhere)
    ]
    problem = refused(answers[0], 422, "wrong_serial")
    assert [one.json() for one in answers] == [problem] * 4

    ship(stack, supply.order, unit, mine.serial)
    registered = someone.register(owner.credential, mine.serial, mine.pair())

    assert registered.status_code == 201, registered.text
    assert registered.json()["token"]["serial"] == f"…{mine.serial[-4:]}"
    assert someone.elevate(mine.press()).status_code == 201
    assert someone.elevate(lost.press()).status_code == 403
    told(stack, someone, REVOKED, "Your token is registered")


def test_d4_b5_a_replacement_is_sent_to_the_holder_whoever_bought_the_key(
    stack: Stack, supply: Supply
) -> None:
    """The holder may have registered a token that was shipped for another key of the order."""
    owner = supply.holder()
    someone, mine = owner.person, stocked(stack, 1, period=None)[0]
    someone.expect(200, "POST", f"/credentials/{owner.credential}/token/revocation")

    event = {"operation": "mark_shipped", "user_id": someone.user_id, "serial": mine.serial}
    answer = stack.invoke("OperationsFunction", event | {"tracking": "1Z 888", "reason": REASON})

    assert answer["shipments"][-1]["unit"] == int(live_row(stack, someone)["unit"]) + 1
    [mail] = told(stack, someone, "Your replacement token is on its way")
    assert "1Z 888" in mail["text"]
    assert "no license key" in mail["text"]
    assert someone.register(owner.credential, mine.serial, mine.pair()).status_code == 201


def test_d4_a_suspended_credentials_token_can_be_given_up_too(stack: Stack, supply: Supply) -> None:
    """A holder who suspends because of a lost token revokes the token next."""
    owner: Holder = supply.holder()
    path = f"/credentials/{owner.credential}"
    owner.person.expect(200, "POST", f"{path}/suspension")
    seen = owner.person.expect(200, "POST", f"{path}/token/revocation")
    assert (seen["status"], seen["token"]) == ("suspended", None)
    assert token_row(stack, owner.device)["state"] == "retired"
