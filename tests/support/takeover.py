"""A stranger with stolen secrets, who uses the API through its samples."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.support.deployment import Deployment, failed, for_worker, sample
from tests.support.phone_holder import PhoneHolder, subscriber
from tests.support.phones import code_in, new_number
from tests.support.recovering import code_of, mailed
from tests.support.token_holder import TokenHolder, idempotent, license_keys, stocked
from tests.support.visitor import PERMANENT, Answer, Visitor

STOLEN = "a phrase that the thief has chosen"
_TEMPORARY = re.compile(r"(?m)^ {4}([0-9A-Z]{5}(?:-[0-9A-Z]{5}){3})\r?$")
_LINK = re.compile(r"/v1/freezes/([\w-]{43})")


@dataclass(kw_only=True)
class Thief:
    """Somebody who signs in as another person, and has a phone of their own."""

    deployment: Deployment
    visitor: Visitor
    number: str = field(default_factory=new_number)
    credential: str = ""
    phone: str = ""

    def sign_in(self, password: str = PERMANENT) -> Answer:
        """Sign in with a known password."""
        return self.visitor.sign_in(password)

    def recover(self) -> None:
        """Set a new password by the mailbox, and sign in with it."""
        who = {"user_id": self.visitor.user_id}
        assert self.visitor.call("request_recovery", who).status == 202
        code = code_of(self.deployment, self.visitor.user_id)
        body = {**who, "code": code, "password": STOLEN}
        assert self.visitor.call("recover_password", body).status == 204
        assert self.sign_in(STOLEN).status == 201

    def take_temporary_password(self) -> None:
        """Read the temporary password in the mailbox, choose another, and stay signed in."""
        work_off_effects(self.deployment)
        texts = [text for _, text in mailed(self.deployment, self.visitor.user_id)]
        found = [one for text in texts for one in _TEMPORARY.findall(text)]
        assert self.sign_in(found[-1]).status == 201
        done = self.visitor.call("set_password", {"password": STOLEN})
        assert done.status == 201, done.body
        self.visitor.token = done.body["token"]

    def redeem(self) -> str:
        """Buy a license key for phones, redeem it and activate the credential."""
        key = bought(self.deployment, self.visitor, "phone")
        body = json.loads(sample("api/redeem_license_key")["body"]) | {"license_key": key}
        made = self.visitor.call("redeem_license_key", body, headers=idempotent())
        assert made.status == 201, made.body
        self.credential = str(made.body["id"])
        assert self._about("activate_credential").status == 200
        return self.credential

    def add(self, **body: Any) -> Answer:
        """Add the own phone."""
        wanted = {"number": self.number, "label": "Mine", "channel": "text", **body}
        answer = self._about("add_phone", wanted, headers=idempotent())
        if answer.status == 201:
            self.phone = str(answer.body["id"])
        return answer

    def confirm(self, **body: Any) -> Answer:
        """Confirm it by the code that came."""
        code = [code_in(text) for to, text in self.deployment.phones.texts if to == self.number][-1]
        place = {"credential": self.credential, "phone": self.phone}
        return self.visitor.call("confirm_phone", {"code": code, **body}, parameters=place)

    def revoke(self) -> Answer:
        """Revoke the account's credential."""
        return self._about("revoke_credential")

    def _about(self, name: str, body: Any = None, **changes: Any) -> Answer:
        place = {"credential": self.credential}
        return self.visitor.call(name, body, parameters=place, **changes)


def thief(deployment: Deployment, victim: Visitor, credential: str = "") -> Thief:
    """A stranger who knows this person's user id, at another address."""
    other = Visitor(deployment=deployment, user_id=victim.user_id)
    return Thief(deployment=deployment, visitor=other, credential=credential)


def bought(deployment: Deployment, who: Visitor, product: str) -> str:
    """The license key of an order that was paid; buying is open to everybody."""
    seed = sample("operations/seed", accounts=[], organizations=[], partners=[])
    [token] = seed["products"]
    seed["products"].append({**token, "id": "phone", "name": "Codes by phone", "kind": "phone"})
    assert "error" not in deployment.invoke("operations", seed)
    order = who.order(items=[{"product": product, "quantity": 1}]).body
    page = order["checkout_url"].rsplit("/", 1)[1]
    deployment.provider.buyer_pays(page)
    about = json.loads(sample("workers/settle_payment")["Records"][0]["body"])
    event = for_worker("settle_payment", about | {"checkout": page})
    assert failed(deployment.invoke("payment_worker", event)) == []
    return license_keys(deployment, str(order["number"]))[0]


def work_off_effects(deployment: Deployment) -> None:
    """Let the effects worker do everything that is pending."""
    rows = deployment.rows("outbox")
    for row in rows:
        if row["state"]["S"] == "pending" and row["pk"]["S"].startswith("eff_"):
            event = for_worker("perform_effect", {"due": row["pk"]["S"]})
            assert failed(deployment.invoke("effects_worker", event)) == []


def links(deployment: Deployment, user_id: str) -> list[str]:
    """The tokens of the freeze links that were mailed to this person, oldest first."""
    return [one for _, text in mailed(deployment, user_id) for one in _LINK.findall(text)]


def texted_links(deployment: Deployment, number: str) -> list[str]:
    """The tokens of the freeze links that were texted to this phone, oldest first."""
    texts = [text for to, text in deployment.phones.texts if to == number]
    return [one for text in texts for one in _LINK.findall(text)]


def account_of(who: Visitor) -> str:
    """The id of the account that is signed in."""
    return who.token.partition(".")[0]


def held(answer: Answer, deployment: Deployment, hours: float = 72) -> bool:
    """Whether it is refused until so many hours from now, with the support contact."""
    assert answer.status == 409, answer.body
    wait = datetime.fromisoformat(answer.body["until"]) - deployment.clock.now()
    about = timedelta(hours=hours)
    known = (answer.code, answer.body["support"])
    return known == ("binding_held", "help@keyfob.example") and abs(wait - about) < timedelta(
        minutes=5
    )


def with_phone(deployment: Deployment) -> tuple[PhoneHolder, str]:
    """A holder with a phone, and its number."""
    ada, number = subscriber(deployment), new_number()
    ada.bound(number)
    return ada, number


def end_by_clock(deployment: Deployment, who: Visitor) -> None:
    """Let the clock end the account's credential."""
    event = for_worker("due_credential", {"due": f"ACCOUNT#{account_of(who)}"})
    assert failed(deployment.invoke("lifecycle_worker", event)) == []


def operate(deployment: Deployment, name: str, user_id: str) -> dict[str, str]:
    """Do this for the account, as its sample says."""
    answer: dict[str, str] = deployment.invoke(
        "operations", sample(f"operations/{name}", user_id=user_id)
    )
    assert "error" not in answer, answer
    return answer


def replacement(deployment: Deployment, ada: TokenHolder) -> None:
    """An operator ships another token to her."""
    ada.device = stocked(deployment)
    event = sample(
        "operations/mark_replacement_shipped",
        user_id=ada.visitor.user_id,
        serial=ada.device.serial,
    )
    assert "error" not in deployment.invoke("operations", event)


def remove(who: Visitor, credential: str, phone: str) -> Answer:
    """Remove this phone, also if it is the last one."""
    confirmed = {"confirm": ["true"]}
    return who.call(
        "remove_phone",
        parameters={"credential": credential, "phone": phone},
        queryStringParameters={"confirm": "true"},
        multiValueQueryStringParameters=confirmed,
    )
