"""The cost of one verification in round trips and units (E1), for the longest possible rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from elevation import wiring
from keyfob.domain import ids
from keyfob.domain.credentials.credential import LEVEL_PROOFED, Credential, State
from keyfob.domain.credentials.hardware_token import HardwareToken
from keyfob.domain.credentials.otp import step_of
from keyfob.domain.directory.role import Role
from keyfob.domain.inventory.seeds import Seeds
from keyfob.domain.inventory.token import Algorithm, TokenType
from keyfob.domain.phones.phone import Code, mac_of
from keyfob.domain.sessions.session import Session, Sessions, hashed
from keyfob.gateways.kms import KmsDataKeys, KmsMac
from keyfob.storage.credentials import store as credential_rows
from keyfob.storage.credentials.store import CredentialRow
from keyfob.storage.inventory.data_keys import DataKeyStore
from keyfob.storage.phones import store as phone_rows
from keyfob.storage.phones.store import PhoneStore
from keyfob.storage.rows import Put
from keyfob.storage.sessions import store as session_rows
from local.device import Device
from tests.support.canned import elevation_event
from tests.support.deployment import Deployment
from tests.support.phones import a_phone
from tests.support.units import Charges, Meter, size_of

SECRET = "a-secret-of-this-test"
PERIOD = 60
RIGHT = ["BatchGetItem", "TransactWriteItems"]
WRONG = ["BatchGetItem", "UpdateItem"]


class Hot:
    """A holder with the longest possible rows, and the cost of their requests."""

    def __init__(self, deployment: Deployment, parent: str | None = None) -> None:
        self.deployment = deployment
        self._parent = parent
        self.database = wiring.runtime().database
        self.account = ids.new_id("acc")
        self.device = Device(
            "X" * 32,
            deployment.clock.now,
            algorithm="sha512",
            period=PERIOD,
            secret=b"s" * 64,
        )
        self._meter = Meter(self.database._client)
        self.session = self._sessions()

    def credential(self, *, failed: int = 0, **changes: Any) -> Credential:
        """Their live credential, written as it would be after years of use."""
        now = self.deployment.clock.now()
        credential = Credential(
            id=ids.new_id("crd"),
            account=self.account,
            organization="o" * 64,
            order="SO-123456789012",
            unit=99,
            kind="hardware_token",
            proofing=True,
            legal_name="Ω" * 100,
            country="US",
            paid_at=now,
            activated_at=now,
            expires_at=now + timedelta(days=20),
            told_at=now - timedelta(days=10),
            state=State.ACTIVE,
            level=LEVEL_PROOFED,
            epoch=1234,
            token=self._token(failed),
            phones={ids.new_short_id(): 98 for _ in range(5)},
            replacing=True,
            tries=tuple(ids.new_trial() for _ in range(4)),
        )
        credential = replace(credential, **changes)
        row = credential_rows.put(credential, credential.expires_at).row
        changed = row.attribute_values | {"version": 98_765, "head": "f" * 64}
        self.database.write(Put(row=CredentialRow(**changed)))
        return credential

    def leave(self) -> None:
        """Restores everything: years of use without audit entries would break the audit trail."""
        client = self.deployment.client("dynamodb")
        rows = [(f"ACCOUNT#{self.account}", sk) for sk in ("live", "phones")]
        keys = {self.deployment.values["TABLE_CREDENTIALS"]: rows}
        audit = self.deployment.values["TABLE_AUDIT"]
        keys[audit] = [
            (item["pk"]["S"], item["sk"]["S"])
            for item in self.deployment.rows("audit")
            if item["pk"]["S"].startswith(f"CREDENTIAL#{self.account}#")
        ]
        for table, rows in keys.items():
            for pk, sk in rows:
                client.delete_item(TableName=table, Key={"pk": {"S": pk}, "sk": {"S": sk}})

    def send(self, code: str, **typed: str) -> tuple[Charges, int, str]:
        """The charges of a request with this code, its status, and its problem's code."""
        answers: list[dict[str, Any]] = []
        event = elevation_event(f"{self.account}.{self.session.id}.{SECRET}", code)
        event["body"] = json.dumps({"method": "token", "code": code, **typed})
        charges = self._meter.charged(
            lambda: answers.append(self.deployment.invoke("elevation", event))
        )
        body = json.loads(answers[0]["body"])
        return charges, answers[0]["statusCode"], body.get("code", "")

    def _token(self, failed: int) -> HardwareToken:
        keys = KmsDataKeys(self.deployment.client("kms"), self.deployment.values["KEY_SEEDS"])
        seeds = Seeds(keys, DataKeyStore(self.database), self.deployment.clock.now)
        return HardwareToken(
            serial=self.device.serial,
            type=TokenType.TOTP,
            algorithm=Algorithm.SHA512,
            digits=8,
            period=PERIOD,
            sealed=seeds.seal(self.device.serial, self.device.secret),
            last=step_of(self.deployment.clock.now(), PERIOD) - 5,
            drift=-1,
            drift_base=-10,
            reset=True,
            epoch=98,
            failed=tuple(ids.new_trial() for _ in range(failed)),
        )

    def _sessions(self) -> Session:
        now = self.deployment.clock.now()
        live = [
            Session(
                id=ids.ulid(now).lower(),
                secret_hash=hashed(SECRET),
                strength=LEVEL_PROOFED,
                created=now,
                seen=now,
                expires=now + timedelta(hours=12),
                by=ids.new_short_id(),
                epoch=1234,
                coded=now,
            )
            for _ in range(5)
        ]
        row = Sessions(
            account=self.account,
            organization="o" * 64,
            roles=tuple(Role),
            active=True,
            epoch=123456,
        )
        self.database.write(session_rows.put(row))
        self.database.write(session_rows.begin_new_password(row, now))
        left = replace(row, epoch=row.epoch + 1)
        if self._parent:
            self.database.write(session_rows.connect(left, self._parent))
            left = replace(left, epoch=left.epoch + 1)
        self.database.write(session_rows.restart(left, *live))
        return live[2]


@pytest.fixture
def hot(deployment: Deployment) -> Iterator[Hot]:
    one = Hot(deployment)
    yield one
    one.leave()


@pytest.fixture
def warm(hot: Hot, deployment: Deployment) -> Hot:
    """A holder; the environment has the data key already."""
    another = Hot(deployment)
    another.credential()
    _, status, _ = another.send(another.device.code())
    another.leave()
    assert status == 201
    return hot


def a_wrong_code(device: Device) -> str:
    right = {device.code(step) for step in range(-9, 9)}
    return next(code for code in ("00000000", "11111111", "22222222") if code not in right)


def test_a_right_code_takes_two_round_trips_and_at_most_2_read_and_8_write_units(
    warm: Hot,
) -> None:
    warm.credential(failed=4)
    charges, status, _ = warm.send(warm.device.code())
    assert status == 201
    assert charges.calls == RIGHT
    assert charges.read <= 2, charges.parts
    assert charges.write <= 8, charges.parts


def test_a_wrong_code_takes_two_round_trips_and_at_most_2_read_and_1_write_unit(
    warm: Hot,
) -> None:
    warm.credential(failed=3)
    charges, status, problem = warm.send(a_wrong_code(warm.device))
    assert (status, problem) == (403, "wrong_code")
    assert charges.calls == WRONG
    assert charges.read <= 2, charges.parts
    assert charges.write <= 1, charges.parts


def test_only_the_wrong_code_that_locks_a_token_writes_to_the_lists_of_accounts_A5(
    warm: Hot,
) -> None:
    listed = warm.deployment.values["TABLE_MEMBERS"]
    warm.credential(failed=4)
    charges, status, problem = warm.send(a_wrong_code(warm.device))
    assert (status, problem) == (403, "token_locked")
    assert charges.calls == RIGHT
    assert (charges.parts[listed], charges.parts[f"{listed}/locked"]) == (2, 2)
    assert charges.write <= 20, charges.parts
    for failed, code in ((0, warm.device.code()), (3, a_wrong_code(warm.device))):
        warm.leave()
        warm.credential(failed=failed)
        charges, _, _ = warm.send(code)
        assert not [part for part in charges.parts if part.startswith(listed)]


@pytest.fixture
def child(warm: Hot, deployment: Deployment) -> Hot:
    """Another account of this holder's, with an equally long row, which uses the credential."""
    return Hot(deployment, parent=warm.account)


def test_the_longest_rows_are_within_the_kilobyte_that_a_write_unit_pays_for(
    warm: Hot, child: Hot, deployment: Deployment
) -> None:
    """They are a byte below it: a new fact goes into a row of its own, or is derived."""
    warm.credential(failed=4)
    assert warm.send(a_wrong_code(warm.device))[1] == 403
    rows = {"SESSIONS": (child.account, "-"), "CREDENTIALS": (warm.account, "live")}
    for table, (account, sk) in rows.items():
        found = deployment.client("dynamodb").get_item(
            TableName=deployment.values[f"TABLE_{table}"],
            Key={"pk": {"S": f"ACCOUNT#{account}"}, "sk": {"S": sk}},
        )
        assert 1_000 < size_of(found["Item"]) <= 1_024, table


def test_a_connected_accounts_right_code_takes_a_round_trip_more_A8(warm: Hot, child: Hot) -> None:
    warm.credential(failed=4)
    charges, status, _ = child.send(warm.device.code())
    assert status == 201
    assert charges.calls == ["BatchGetItem", *RIGHT]
    assert charges.read <= 4, charges.parts
    assert charges.write <= 8, charges.parts
    sessions = charges.parts[child.deployment.values["TABLE_SESSIONS"]]
    assert sessions == 2, "one unit, twice as in every transaction"


def test_a_connected_accounts_wrong_code_takes_a_round_trip_more_A8(warm: Hot, child: Hot) -> None:
    warm.credential(failed=3)
    charges, status, problem = child.send(a_wrong_code(warm.device))
    assert (status, problem) == (403, "wrong_code")
    assert charges.calls == ["BatchGetItem", *WRONG]
    assert charges.read <= 4, charges.parts
    assert charges.write <= 1, charges.parts


def test_a_spent_code_takes_one_round_trip(warm: Hot) -> None:
    credential = warm.credential()
    spent = warm.device.at(credential.token.last if credential.token else 0)
    charges, status, problem = warm.send(spent)
    assert (status, problem) == (403, "code_already_used")
    assert charges.calls == ["BatchGetItem"]
    assert charges.write == 0


@pytest.mark.parametrize(
    ("failed", "suspensions", "problem"),
    [
        (5, {}, "token_locked"),
        (0, {"holder": datetime(2026, 11, 1, tzinfo=UTC)}, "credential_suspended"),
    ],
)
def test_a_refusal_without_looking_at_the_code_takes_one_round_trip(
    warm: Hot, failed: int, suspensions: dict[str, datetime], problem: str
) -> None:
    warm.credential(failed=failed, suspensions=suspensions)
    charges, status, code = warm.send(warm.device.code())
    assert (status, code) == (403, problem)
    assert charges.calls == ["BatchGetItem"]


def test_the_key_service_is_asked_once_an_environment(deployment: Deployment) -> None:
    wiring.verification.cache_clear()
    wiring.runtime()._outside.clear()
    check: Any = wiring.verification()._checks["token"]
    seeds = check._seeds
    asked: list[str] = []
    client: Any = seeds._keys
    client._client.meta.events.register(
        "before-call.kms", lambda model, **_other: asked.append(model.name)
    )
    calls: list[list[str]] = []
    for _ in range(3):
        hot = Hot(deployment)
        hot.credential()
        charges, status, _ = hot.send(hot.device.code())
        hot.leave()
        assert status == 201
        calls.append(charges.calls)
    assert asked == ["Decrypt"]
    assert calls == [["BatchGetItem", "GetItem", "TransactWriteItems"], RIGHT, RIGHT]


# Codes of phones

PHONE_CODE = "049271"
RIGHT_PHONE = ["BatchGetItem", "GetItem", "TransactWriteItems"]
WRONG_PHONE = ["BatchGetItem", "GetItem", "UpdateItem"]


def five_phones(hot: Hot, credential: Credential, *, failed: int) -> str:
    """As many phones as allowed, with a code of each session sent to each; the id of one."""
    now = hot.deployment.clock.now()
    mac = KmsMac(hot.deployment.client("kms"), hot.deployment.values["KEY_MAC"])
    trials = tuple(ids.new_trial() for _ in range(failed))
    others = [ids.ulid(now).lower() for _ in range(4)]
    for phone in credential.phones:
        macs = {one: mac_of(mac, one, phone, PHONE_CODE) for one in (hot.session.id, *others)}
        held = a_phone(
            id=phone,
            label="\N{GREEK CAPITAL LETTER OMEGA}" * 100,
            added_at=now,
            confirmed_at=now,
            blocked_until=now,
            failed=trials,
            codes={
                one: Code(mac=mac, until=now + timedelta(minutes=5), tries=trials[:4])
                for one, mac in macs.items()
            },
        )
        seen = PhoneStore(hot.database).of(credential)
        hot.database.write(phone_rows.add(seen, held, without=()))
    return next(iter(credential.phones))


def test_a_right_phone_code_takes_three_round_trips_and_at_most_4_read_and_18_write_units(
    warm: Hot,
) -> None:
    phone = five_phones(warm, warm.credential(), failed=4)
    charges, status, _ = warm.send(PHONE_CODE, method="phone", phone=phone)
    assert status == 201
    assert charges.calls == RIGHT_PHONE
    assert charges.read <= 4, charges.parts
    assert charges.write <= 18, charges.parts


def test_a_wrong_phone_code_takes_three_round_trips_and_at_most_4_read_and_5_write_units(
    warm: Hot,
) -> None:
    phone = five_phones(warm, warm.credential(), failed=3)
    charges, status, problem = warm.send("000000", method="phone", phone=phone)
    assert (status, problem) == (403, "wrong_code")
    assert charges.calls == WRONG_PHONE
    assert charges.read <= 4, charges.parts
    assert charges.write <= 5, charges.parts
