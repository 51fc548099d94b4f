"""A person with a license key and a token in her hands, who uses the API through its samples."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.ids import new_id
from keyfob.domain.inventory.batch import Batch, State
from keyfob.domain.inventory.token import Algorithm, Token, TokenType
from keyfob.domain.orders.order import State as OrderState
from keyfob.domain.orders.shipment import Shipment
from keyfob.gateways.kms import KmsUnseal
from keyfob.storage.credentials import store as rows
from keyfob.storage.inventory.store import Inventory, put_batch, put_token, ship_token
from keyfob.storage.orders import order_row
from keyfob.storage.rows import Put, Update
from keyfob.wiring.credentials import seeds_of
from keyfob.wiring.runtime import Runtime
from local.device import Device
from tests.support.builders import a_credential, an_order_in
from tests.support.deployment import Deployment, failed, for_worker, sample
from tests.support.fakes import unique
from tests.support.visitor import Answer, Visitor, visitor


@dataclass(kw_only=True)
class TokenHolder:
    """A person, the license key that was bought, and the token that was shipped for it."""

    visitor: Visitor
    order: str
    license_key: str
    device: Device
    credential: str = ""

    def call(self, name: str, body: Any = None, **changes: Any) -> Answer:
        """Send a sample event, with our credential where it names one."""
        if self.credential and sample(f"api/{name}")["pathParameters"]:
            changes.setdefault("parameters", {"credential": self.credential})
        return self.visitor.call(name, body, **changes)

    def redeem(self, *, key: str = "", **changes: Any) -> Answer:
        """Redeem the license key, and keep the credential's id."""
        body = json.loads(sample("api/redeem_license_key")["body"])
        body |= {"license_key": self.license_key, **changes}
        answer = self.call("redeem_license_key", body, headers=idempotent(key))
        if answer.status == 201:
            self.credential = answer.body["id"]
        return answer

    def register(self, *, key: str = "", **changes: Any) -> Answer:
        """Register the token by the two codes before the present one."""
        self.device.settle()
        body = {"serial": self.device.serial, **self.device.pair(ahead=-1), **changes}
        return self.call("register_token", body, headers=idempotent(key))

    def elevate(self, code: str = "") -> Answer:
        """Sign in with a code (by default a right one), and keep the new session token."""
        body = {"method": "token", "code": code or self.device.code()}
        answer = self.call("elevate_session", body)
        if answer.status == 201:
            self.visitor.token = answer.body["token"]
        return answer

    def shown(self) -> Any:
        """The credential as the API shows it."""
        return self.call("show_credential").body


def idempotent(key: str = "") -> dict[str, str]:
    """An Idempotency-Key."""
    return {"Idempotency-Key": key or unique("idempotency-")}


def a_holder_with_a_license_key(
    deployment: Deployment, *, who: Visitor | None = None, ship: bool = True, quantity: int = 1
) -> TokenHolder:
    """A person with the first license key of her order, and the token if shipped."""
    who = who or visitor(deployment)
    order = who.order(items=[{"product": "hardware-token", "quantity": quantity}]).body
    page = order["checkout_url"].rsplit("/", 1)[1]
    deployment.provider.buyer_pays(page)
    about = json.loads(sample("workers/settle_payment")["Records"][0]["body"])
    event = for_worker("settle_payment", about | {"checkout": page})
    assert failed(deployment.invoke("payment_worker", event)) == []
    number = str(order["number"])
    device = stocked(deployment)
    if ship:
        shipped(deployment, number, device)
    key = license_keys(deployment, number)[0]
    return TokenHolder(visitor=who, order=number, license_key=key, device=device)


def a_holder_with_a_shipped_token(
    deployment: Deployment, *, who: Visitor | None = None, **changes: Any
) -> TokenHolder:
    """A person with an active credential, and a token that was shipped for it.

    Nothing was bought: the rows are written as the purchase and its redemption would.
    """
    from webstore import wiring

    base, who, device = wiring.runtime(), who or visitor(deployment), stocked(deployment)
    account, order = who.token.split(".")[0], unique("SO-7")
    now = base.clock().replace(microsecond=0)
    made = a_credential(
        **{
            "id": new_id("crd"),
            "account": account,
            "order": order,
            "paid_at": now,
            "activated_at": now,
            "expires_at": now + timedelta(days=365),
            **changes,
        }
    )
    stored = Inventory(base.database).stored([device.serial])[device.serial]
    shipment = Shipment(unit=made.unit, serial=device.serial, tracking="1Z", at=now)
    happened(
        base,
        rows.put(made, made.expires_at),
        order_row.place(
            replace(
                an_order_in(OrderState.FULFILLED),
                number=order,
                account=account,
                shipments=(shipment,),
            ),
            now,
        ),
        ship_token(stored, order, made.unit),
    )
    return TokenHolder(visitor=who, order=order, license_key="", device=device, credential=made.id)


def a_holder_with_a_registered_token(deployment: Deployment) -> TokenHolder:
    """A person who has registered her token and is signed in by password."""
    who = a_holder_with_a_shipped_token(deployment)
    assert who.register().status == 201
    return who


def stocked(deployment: Deployment, **shape: Any) -> Device:
    """A token of the inventory that is not shipped yet."""
    from token_import import wiring

    base = wiring.runtime()
    device = Device(unique("FT-7000"), deployment.clock.now, **shape)
    timed = device.period is not None
    token = Token(
        serial=device.serial,
        secret=device.secret,
        type=TokenType.TOTP if timed else TokenType.HOTP,
        algorithm=Algorithm(device.algorithm),
        digits=device.digits,
        period=device.period,
        counter=None if timed else device.counter,
    )
    now = base.clock()
    batch = Batch(
        id=unique("batch"), file="test.csv", changed_at=now, state=State.COMPLETE, attempt=1
    )
    sealed = seeds_of(base).seal(device.serial, device.secret)
    happened(base, put_batch(batch), put_token(token, sealed, batch.owner))
    return device


def happened(base: Runtime, *writes: Put | Update) -> None:
    """Commit these writes, each with an entry about its subject."""
    operator = Actor(kind="operator", id="key-files")
    audit = [
        Entry(action="test.happened", actor=operator, at=base.clock(), subject=write.subject.id)
        for write in writes
        if write.subject
    ]
    base.transactions.commit(*writes, audit=audit)


def shipped(deployment: Deployment, order: str, device: Device, unit: int = 1) -> None:
    """An operator marks the token as shipped for this license key (from 1) of an order."""
    event = sample("operations/mark_shipped", order=order, serial=device.serial, unit=unit)
    assert "error" not in deployment.invoke("operations", event)


def license_keys(deployment: Deployment, order: str) -> list[str]:
    """The license keys of an order, as the notifier would open them; first those of unit 1.

    A reissued one comes after the one that it takes the place of.
    """
    unseal = KmsUnseal(deployment.client("kms"), deployment.values["KEY_MESSAGES"])
    rows = deployment.rows("outbox")
    keys = {}
    for row in rows:
        facts = json.loads(row["facts"]["S"])
        if row["kind"]["S"] == "license_key" and facts["order"] == order and "sealed" in row:
            place = facts["unit"], row["created_at"]["S"], row["pk"]["S"]
            keys[place] = unseal(row["pk"]["S"], row["sealed"]["B"])
    return [keys[place] for place in sorted(keys)]


def wrong(code: str) -> str:
    """A wrong code."""
    return f"{(int(code) + 7) % 10 ** len(code):0{len(code)}d}"
