"""Operators find everything by any of its names, with its history in sentences (G2)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.audit.personal import PersonalFacts
from keyfob.domain.errors import KeysUnavailable
from keyfob.gateways.kms import KmsMac
from keyfob.storage.audit.personal import erase, put
from keyfob.storage.directory.store import Directory, change_account
from operations import wiring
from tests.support.deployment import Deployment, sample
from tests.support.fakes import unique
from tests.support.operating import Operator
from tests.support.token_holder import (
    TokenHolder,
    a_holder_with_a_license_key,
    a_holder_with_a_registered_token,
)
from tests.support.unchanged import unchanged
from tests.support.visitor import Visitor, newcomer, visitor


@pytest.fixture(scope="module")
def olivia(deployment: Deployment) -> Operator:
    return Operator(deployment=deployment)


@pytest.fixture(scope="module")
def ada(deployment: Deployment) -> TokenHolder:
    """A holder whose key, order, credential and token can be looked for."""
    holder = a_holder_with_a_license_key(deployment)
    assert holder.redeem().status == 201
    assert holder.call("activate_credential").status == 200
    assert holder.register().status in {200, 201}
    return holder


def found(olivia: Operator, text: str) -> list[tuple[str, str]]:
    answer = olivia.call("GET", f"/operator/search?q={text}")
    assert answer.status == 200
    return [(one["kind"], one["id"]) for one in answer.body["found"]]


def account_of(someone: Visitor) -> str:
    return someone.token.split(".")[0]


def message_of(deployment: Deployment, order: str) -> str:
    """The id of the message with an order's license key."""
    rows = deployment.rows("outbox")
    [found] = [
        row["pk"]["S"]
        for row in rows
        if row["kind"]["S"] == "license_key" and json.loads(row["facts"]["S"])["order"] == order
    ]
    return str(found)


def payment_of(deployment: Deployment, order: str) -> str:
    """The order's payment, as refunds and disputes name it at the payment provider."""
    key = {"pk": {"S": f"ORDER#{order}"}, "sk": {"S": "-"}}
    [row] = [row for row in deployment.rows("orders") if key.items() <= row.items()]
    return str(row["payment"]["S"])


# Search


def test_each_name_of_a_thing_finds_it_and_nothing_else_G2(
    olivia: Operator, ada: TokenHolder, deployment: Deployment
) -> None:
    account, user_id = account_of(ada.visitor), ada.visitor.user_id
    message = message_of(deployment, ada.order)
    names = {
        account: ("account", account),
        user_id: ("account", account),
        user_id.upper(): ("account", account),
        f"{user_id}@acme.example": ("account", account),
        f"{user_id.upper()}@ACME.example": ("account", account),
        "acme": ("organization", "acme"),
        ada.order: ("order", ada.order),
        ada.order.lower(): ("order", ada.order),
        ada.order.removeprefix("SO-"): ("order", ada.order),
        ada.credential: ("credential", ada.credential),
        ada.device.serial: ("token", ada.device.serial),
        ada.device.serial.lower(): ("token", ada.device.serial),
        ada.license_key: ("license_key", ada.license_key),
        ada.license_key.replace("-", "").lower(): ("license_key", ada.license_key),
        message: ("message", message),
        payment_of(deployment, ada.order): ("order", ada.order),
        "northwind": ("partner", "northwind"),
        "parts-portal": ("partner", "northwind"),
        "DESIGN%20VA": ("partner", "northwind"),
    }
    missed = {
        name: seen for name, what in names.items() if what not in (seen := found(olivia, name))
    }
    assert missed == {}
    exact = [name for name in names if name not in {"acme", "northwind"}]
    assert {name: len(found(olivia, name)) for name in exact} == dict.fromkeys(exact, 1)


@pytest.fixture
def someone(deployment: Deployment) -> tuple[str, str]:
    """The id of an account of a person with a rare name, and that name."""
    name = unique("Zyt")
    person = newcomer(deployment, first_name="Ægir", last_name=f"{name} Łôve")
    table, key = deployment.values["TABLE_ACCOUNTS"], f"USER#{person.user_id}"
    row = deployment.client("dynamodb").get_item(
        TableName=table, Key={"pk": {"S": key}, "sk": {"S": "-"}}
    )
    return row["Item"]["account"]["S"], name


@pytest.mark.parametrize(
    "typed", ["{}", "{} %C5%82o", "  {}  %C5%81OVE ", "%C3%86gir {}", "%C3%A6gir {} %C5%82ove"]
)
def test_a_person_is_found_by_the_beginning_of_the_name_in_either_order_G2(
    typed: str, olivia: Operator, someone: tuple[str, str]
) -> None:
    account, name = someone
    text = typed.format(name).replace(" ", "%20")
    # First names come last in a list: one alone is no beginning.
    wanted = [] if typed == "%C3%86gir {}" else [("account", account)]
    assert found(olivia, text) == wanted


def test_an_organization_is_found_by_the_beginning_of_its_name_G2(
    olivia: Operator, deployment: Deployment
) -> None:
    name = unique("Qwik ")
    seed = sample("operations/seed", accounts=[], products=[], partners=[])
    seed["organizations"][0] |= {"id": unique("org-"), "name": f"{name} Parts"}
    deployment.invoke("operations", seed)
    organization = ("organization", seed["organizations"][0]["id"])
    assert found(olivia, name.upper().replace(" ", "%20")) == [organization]
    assert found(olivia, organization[1]) == [organization]


def test_what_nothing_is_called_finds_nothing_G2(olivia: Operator, ada: TokenHolder) -> None:
    wrong_key = ada.license_key[:-1] + ("0" if ada.license_key[-1] != "0" else "1")
    for text in (
        "zz",
        "nobody@acme.example",
        "SO-99999",
        "acc_00000000000000000000",
        "crd_00000000000000000000",
        "live",
        "PAST%23",
        f"PAST%23{ada.credential}",
        "ACCOUNT%23acc",
        "msg_" + "0" * 40,
        "FT-9999-9999",
        wrong_key,
        "%00%00",
        "%F0%9F%94%91%F0%9F%94%91",
    ):
        assert found(olivia, text) == [], text


@pytest.mark.parametrize(
    ("text", "field"), [("", "query.q"), ("a", "query.q"), ("a" * 255, "query.q")]
)
def test_a_text_that_is_too_short_or_too_long_is_refused_G2(
    text: str, field: str, olivia: Operator
) -> None:
    refused = olivia.call("GET", f"/operator/search?q={text}")
    assert (refused.status, list(refused.body["fields"])) == (422, [field])


def test_a_license_key_and_a_name_are_in_no_log_G2_S47(
    olivia: Operator,
    ada: TokenHolder,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    capsys.readouterr()
    caplog.clear()
    olivia.call("GET", f"/operator/search?q={ada.license_key}")
    olivia.call("GET", f"/operator/license-keys/{ada.license_key}")
    olivia.call("GET", f"/operator/search?q={ada.visitor.user_id}@acme.example")
    olivia.call("GET", f"/operator/accounts/{account_of(ada.visitor)}")
    written = capsys.readouterr().out + str([vars(one) for one in caplog.records])
    assert "/operator/search" in written
    for secret in (ada.license_key, ada.license_key[:11], ada.visitor.user_id, "@acme", "Byron"):
        assert secret not in written


def test_a_key_service_that_is_down_leaves_the_other_names_findable_S43(
    olivia: Operator, ada: TokenHolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: str) -> str:
        raise KeysUnavailable

    monkeypatch.setattr(wiring.search(), "_mac", fail)
    assert found(olivia, ada.order) == [("order", ada.order)]
    refused = olivia.call("GET", f"/operator/search?q={ada.license_key}")
    assert (refused.status, refused.code) == (503, "keys_unavailable")


# Reading


def read(olivia: Operator, text: str, kind: str) -> Any:
    answer = olivia.call("GET", f"/operator/search?q={text}")
    # Ids come before names.
    path, *_ = [one["read"] for one in answer.body["found"] if one["kind"] == kind]
    shown = olivia.call("GET", path)
    assert shown.status == 200, path
    return shown.body


def told(shown: Any) -> list[str]:
    return [one["what"] for one in shown["history"]["entries"]]


def test_each_thing_that_is_found_can_be_read_with_its_history_G2(
    olivia: Operator, ada: TokenHolder, deployment: Deployment
) -> None:
    account, user_id = account_of(ada.visitor), ada.visitor.user_id
    person = read(olivia, user_id, "account")
    assert (person["id"], person["user_id"], person["roles"]) == (account, user_id, ["holder"])
    assert [one["id"] for one in person["credentials"]] == [ada.credential]
    assert [one["id"] for one in person["orders"]] == [ada.order]
    assert told(person) == ["The account was made by operator console. Reason: Catalog of November"]
    assert person["acts"][0]["what"] == "The password was changed by the holder."
    order = read(olivia, ada.order, "order")
    assert (order["number"], order["account"], order["state"]) == (ada.order, account, "fulfilled")
    assert [one["serial"] for one in order["shipments"]] == [ada.device.serial]
    assert told(order)[-1] == "The order was placed by the holder."
    key = read(olivia, ada.license_key, "license_key")
    assert (key["order"], key["unit"], key["state"]) == (ada.order, 1, "redeemed")
    assert told(key)[0] == f"The license key was redeemed by account {account}."
    credential = read(olivia, ada.credential, "credential")
    assert (credential["account"], credential["serial"]) == (account, ada.device.serial)
    assert credential["credential"]["id"] == ada.credential
    assert told(credential)[0] == "The token was registered by the holder."
    token = read(olivia, ada.device.serial, "token")
    assert (token["state"], token["usable"], token["order"], token["unit"]) == (
        *("assigned", True),
        *(ada.order, 1),
    )
    assert (token["account"], token["credential"]) == (account, ada.credential)
    assert told(token)[0].startswith("The token was registered with a credential by")
    message = read(olivia, message_of(deployment, ada.order), "message")
    assert (message["kind"], message["recipient"]) == ("license_key", account)
    assert message["history"][0].startswith("The message was queued at 20")
    organization = read(olivia, "acme", "organization")
    assert told(organization)[-1].startswith("The organization was added by operator ")
    partner = read(olivia, "northwind", "partner")
    assert {one["id"] for one in partner["applications"]} >= {"parts-portal", "design-vault"}
    assert told(partner)[-1].startswith("The partner was added by operator ")


PATHS = (
    "accounts/acc_00000000000000000000",
    "accounts/live",
    "organizations/nowhere",
    "partners/nobody",
    "orders/SO-99999",
    "orders/10001",
    "credentials/crd_00000000000000000000",
    "credentials/live",
    "license-keys/00000-00000-00000-00000",
    "license-keys/nothing",
    "tokens/FT-9999-9999",
    "tokens/%C3%A4",
    "messages/msg_1",
)


@pytest.mark.parametrize("path", PATHS)
def test_what_is_unknown_is_not_found_and_leaves_no_entry_G2(
    path: str, olivia: Operator, deployment: Deployment
) -> None:
    with unchanged(deployment):
        answer = olivia.call("GET", f"/operator/{path}")
    assert (answer.status, answer.code) == (404, "not_found")


def test_a_read_changes_nothing_G2(
    olivia: Operator, ada: TokenHolder, deployment: Deployment
) -> None:
    with unchanged(deployment):
        for text, kind in (
            (ada.visitor.user_id, "account"),
            (ada.order, "order"),
            (ada.credential, "credential"),
            (ada.license_key, "license_key"),
        ):
            read(olivia, text, kind)


def test_no_record_has_a_secret_or_its_hash_G2_S16_S17(
    olivia: Operator, ada: TokenHolder, deployment: Deployment
) -> None:
    mac = KmsMac(deployment.client("kms"), deployment.values["KEY_MAC"])
    rows = deployment.rows("credentials")
    seeds = [row["seed"]["B"].hex() for row in rows if "seed" in row]
    secrets = [*seeds, mac("license-key", ada.license_key), ada.device.secret.hex()]
    for text, kind in (
        (ada.visitor.user_id, "account"),
        (ada.order, "order"),
        (ada.credential, "credential"),
        (ada.license_key, "license_key"),
        (ada.device.serial, "token"),
        (message_of(deployment, ada.order), "message"),
    ):
        shown = json.dumps(read(olivia, text, kind))
        assert not [one for one in secrets if one in shown], kind
        assert ada.license_key not in shown
        assert ada.visitor.token.split(".")[2] not in shown


def test_a_history_goes_on_page_by_page_G2(olivia: Operator, ada: TokenHolder) -> None:
    path = f"/operator/orders/{ada.order}"
    whole = olivia.call("GET", f"{path}?limit=100").body["history"]
    assert whole["cursor"] is None
    pages: list[Any] = []
    cursor = ""
    while True:
        page = olivia.call("GET", f"{path}?limit=2{cursor}").body["history"]
        pages += page["entries"]
        if page["cursor"] is None:
            break
        cursor = f"&cursor={page['cursor']}"
    assert pages == whole["entries"]
    assert len(pages) > 3
    refused = olivia.call("GET", f"{path}?cursor=nonsense!")
    assert (refused.status, list(refused.body["fields"])) == (422, ["cursor"])


def test_a_revoked_credential_is_found_where_it_is_now_G2(
    olivia: Operator, deployment: Deployment
) -> None:
    holder = a_holder_with_a_registered_token(deployment)
    assert olivia.act("revoke_credential", user_id=holder.visitor.user_id).status == 200
    assert found(olivia, holder.credential) == [("credential", holder.credential)]
    shown = read(olivia, holder.credential, "credential")
    assert shown["credential"]["status"] == "revoked"
    assert told(shown)[0].startswith("The credential was revoked for good by operator olivia.")


def test_names_before_and_after_a_change_are_disclosed_until_they_are_erased_S60_S66(
    olivia: Operator, deployment: Deployment
) -> None:
    account = account_of(visitor(deployment))
    values = renamed(account, "Lovelace")
    path = f"/operator/accounts/{account}"
    [entry, _] = olivia.call("GET", path).body["history"]["entries"]
    assert (entry["facts"]["before"], entry["facts"]["after"]) == ("Byron", "Lovelace")
    wiring.runtime().transactions.commit(erase(values), audit=[])
    [entry, _] = olivia.call("GET", path).body["history"]["entries"]
    assert entry["facts"] == dict(values.facts)


def renamed(account: str, name: str) -> PersonalFacts:
    """Give the account this last name, as an operator's act does; what its entry has hashes of."""
    base = wiring.runtime()
    found = Directory(base.database).audited(account)
    assert found
    seen, subject = found
    values = PersonalFacts(account=account, values={"before": "Byron", "after": name})
    entry = Entry(
        action="account.renamed",
        actor=Actor(kind="operator", id="olivia"),
        at=base.clock(),
        subject=subject.id,
        facts=values.facts,
    )
    write = change_account(seen, replace(seen, last_name=name), subject)
    base.transactions.commit(write, put(values), audit=[entry])
    return values
