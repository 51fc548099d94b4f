"""Checks of holders, their tokens and their mails."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import requests
from boto3.dynamodb.types import TypeDeserializer

from keyfob.domain.due_index import instant
from local.client import Person, eventually, idempotency_key, mails
from local.device import Device, key_file
from local.key_files import drop
from local.stack import Stack
from tests.stack.canary_person import KEY
from tests.support.builders import REASON
from tests.support.running.people import person
from tests.support.running.stack_holders import Holder, Supply

_value = TypeDeserializer().deserialize
_NUMBERED = re.compile(r"license key (\d+) of .*?((?:[0-9A-Z]{5}-){3}[0-9A-Z]{5})", re.DOTALL)
# A token shows none of them for a while, except with a chance of one in some hundred thousand.
_GUESSES = ("31415926", "27182818", "16180339", "14142135", "57721566", "26854520")


class Assortment(Supply):
    """A supply whose tokens differ: one of each shape."""

    def __init__(self, stack: Stack, *shapes: Mapping[str, Any]) -> None:
        self.stack = stack
        batch = secrets.token_hex(4).upper()
        self.devices = [
            Device(f"MIX-{batch}-{number:04d}", stack.clock.now, **shape)
            for number, shape in enumerate(shapes)
        ]
        drop(stack, f"assortment-{batch}.csv", key_file(*self.devices).encode())
        self.buyer = person(stack)
        self.order = self._bought(len(shapes))
        self._left = self._entitlements()


def license_keys(supply: Supply) -> dict[int, str]:
    """All license keys of a supply, by their numbers from 1, shipped or not."""
    to, count = f"{supply.buyer.user_id}@acme.example", len(supply.devices)

    def arrived() -> dict[int, str]:
        told = mails(supply.stack.url, to=to, containing=f"for order {supply.order}")
        found = [_NUMBERED.search(mail["text"]) for mail in told]
        keys = {int(match[1]): match[2] for match in found if match}
        return keys if len(keys) == count else {}

    return eventually(arrived, seconds=90, what=f"{count} license keys")


def claim(
    someone: Person, license_key: str, *, key: str | None = None, **changes: str
) -> requests.Response:
    """Try to redeem a license key."""
    body = {"license_key": license_key, "legal_name": "Ada Byron", "country": "US", **changes}
    return someone.call("POST", "/license-redemptions", body, headers=idempotency_key(key))


def refused(answer: requests.Response, status: int, code: str) -> dict[str, Any]:
    """The problem, if it is this one."""
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem.get("code")) == (status, code), answer.text
    return problem


def wrong_codes(device: Device, count: int = 1) -> list[str]:
    """Codes that the token doesn't show for a while."""
    now = device.counter if device.period is None else device.step
    near = {device.at(max(0, factor)) for factor in range(now - 50, now + 50)}
    guesses = [guess[: device.digits] for guess in _GUESSES]
    return [guess for guess in guesses if guess not in near][:count]


def next_code(stack: Stack, holder: Holder) -> str:
    """A code that is valid now and wasn't spent."""
    if holder.device.period is None:
        return holder.device.press()
    # The service's estimate of the token; the upper edge, since registration spends the middle.
    drift = int(live_row(stack, holder.person)["drift"])
    return holder.device.at(holder.device.step + drift + 1)


def stocked(stack: Stack, count: int, **shape: Any) -> list[Device]:
    """Tokens of the inventory that are not shipped."""
    batch = secrets.token_hex(4).upper()
    devices = [
        Device(f"FREE-{batch}-{number:04d}", stack.clock.now, **shape) for number in range(count)
    ]
    drop(stack, f"stocked-{batch}.csv", key_file(*devices).encode())
    return devices


def shown(someone: Person, credential: str) -> dict[str, Any]:
    """A credential as its holder sees it."""
    answer: dict[str, Any] = someone.expect(200, "GET", f"/credentials/{credential}")
    return answer


def session(someone: Person) -> dict[str, Any]:
    """The session as it is."""
    answer: dict[str, Any] = someone.expect(200, "GET", "/session")
    return answer


def account_of(someone: Person) -> str:
    """The account's id, which is a part of every session token."""
    return someone.token.split(".")[0]


def live_row(stack: Stack, someone: Person) -> dict[str, Any]:
    """The live credential's row."""
    return _row(stack, f"ACCOUNT#{account_of(someone)}", "live")


def token_row(stack: Stack, device: Device) -> dict[str, Any]:
    """The token's row in the inventory."""
    return _row(stack, f"TOKEN#{device.serial}", "-")


def _row(stack: Stack, pk: str, sk: str) -> dict[str, Any]:
    found = stack.client("dynamodb").get_item(
        TableName=stack.outputs["CredentialsTable"],
        Key={"pk": {"S": pk}, "sk": {"S": sk}},
        ConsistentRead=True,
    )
    return {name: _value(value) for name, value in found["Item"].items()}


def expire(stack: Stack, someone: Person, at: datetime) -> None:
    """Move the live credential's end behind the service's back: other tests need the clock."""
    stack.client("dynamodb").update_item(
        TableName=stack.outputs["CredentialsTable"],
        Key={"pk": {"S": f"ACCOUNT#{account_of(someone)}"}, "sk": {"S": "live"}},
        UpdateExpression="SET expires_at = :at",
        ConditionExpression="attribute_exists(pk)",
        ExpressionAttributeValues={":at": {"S": instant(at)}},
    )


def told(stack: Stack, someone: Person, *subjects: str) -> list[dict[str, Any]]:
    """The mails with these subjects, one of each, once all of them have come."""
    to = f"{someone.user_id}@acme.example"

    def arrived() -> list[dict[str, Any]]:
        sent = mails(stack.url, to=to)
        found = [next((one for one in sent if one["subject"] == it), None) for it in subjects]
        return [one for one in found if one] if all(found) else []

    return eventually(arrived, what=f"{', '.join(subjects)} told to {to}")


def how_often(stack: Stack, someone: Person, subject: str) -> int:
    """The number of mails with this subject."""
    sent = mails(stack.url, to=f"{someone.user_id}@acme.example")
    return [one["subject"] for one in sent].count(subject)


def resynchronize(someone: Person, credential: str, codes: Sequence[str]) -> requests.Response:
    """Try to resynchronize the token by two codes."""
    pair = {"first_code": codes[0], "second_code": codes[1]}
    return someone.call("POST", f"/credentials/{credential}/resynchronization", pair)


def operator(stack: Stack, operation: str, someone: Person) -> dict[str, Any]:
    """The answer of an operator's tool about a person."""
    event = {"operation": operation, "user_id": someone.user_id, "reason": REASON}
    answer: dict[str, Any] = stack.invoke("OperationsFunction", event)
    return answer


def temporary_password(stack: Stack, someone: Person) -> str:
    """The password mailed after a revocation."""
    to = f"{someone.user_id}@acme.example"
    eventually(
        lambda: mails(stack.url, to=to, containing="Your temporary password"),
        what="the temporary password",
    )
    [mail] = mails(stack.url, to=to, containing="Your temporary password")
    [password] = KEY.findall(mail["text"])
    return str(password)
