"""The operator's tools (G2, G4)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from keyfob.domain.audit.entry import Entry
from keyfob.domain.credentials.milestones import next_due
from keyfob.domain.errors import StorageUnavailable
from keyfob.domain.inventory.token import masked
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.credentials.store import put
from keyfob.storage.inventory.store import Inventory
from keyfob.wiring.settings import Settings
from tests.support.builders import ACTOR, a_credential
from tests.support.context import Context
from tests.support.deployment import Deployment, failed, for_worker, sample
from tests.support.fakes import unique
from tests.support.phone_holder import subscriber
from tests.support.reports import Page, totals
from tests.support.templates import ROOT
from tests.support.token_holder import TokenHolder, a_holder_with_a_registered_token
from tests.support.tokens import stock
from tests.support.unchanged import unchanged
from tests.support.visitor import Visitor, visitor

APPROVES = {"operation": "approve_credential"}
SAMPLES = sorted(path.stem for path in (ROOT / "events/operations").glob("*.json"))


def invoke(deployment: Deployment, event: dict[str, Any]) -> Any:
    return deployment.invoke("operations", event)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_is_understood(name: str, deployment: Deployment) -> None:
    assert "problems" not in invoke(deployment, sample(f"operations/{name}"))


def test_each_operation_has_a_sample() -> None:
    from operations.requests import parser

    schema = json.dumps(parser.json_schema())
    for name in SAMPLES:
        assert f'"{sample(f"operations/{name}")["operation"]}"' in schema
    sampled = {sample(f"operations/{name}")["operation"] for name in SAMPLES}
    assert schema.count('"const": "') == len(sampled)


def test_seeding_again_adds_only_what_is_new_B1(deployment: Deployment) -> None:
    seed = sample("operations/seed")
    invoke(deployment, seed)
    nothing = {"partners": 0, "products": 0, "organizations": 0, "accounts": 0}
    assert invoke(deployment, seed) == nothing
    [account] = seed["accounts"]
    account |= {"user_id": unique("new")}
    assert invoke(deployment, seed) == nothing | {"accounts": 1}


def test_a_seed_that_changes_a_product_takes_a_reason_and_else_changes_nothing_S60(
    deployment: Deployment,
) -> None:
    seed = sample("operations/seed")
    invoke(deployment, seed)
    del seed["reason"]
    seed["organizations"][0] |= {"id": unique("supplier-")}
    seed["products"][0] |= {"price": 9_100}
    refused = invoke(deployment, seed)
    assert (refused["error"], list(refused["fields"])) == ("invalid_input", ["reason"])
    changed = invoke(deployment, seed | {"reason": "New prices"})
    added = {"partners": 0, "products": 1, "organizations": 1, "accounts": 0}
    assert changed == added, "the organization wasn't added before"
    [entry] = entries_about(deployment, "PRODUCT#northwind#hardware-token")[-1:]
    assert entry == {"price": "8500 → 9100", "reason": "New prices"}
    seed["products"][0] |= {"price": 8_500}
    assert invoke(deployment, seed | {"reason": "Taken back"})["products"] == 1


def test_a_seed_with_another_partners_application_loads_nothing_A7(
    deployment: Deployment,
) -> None:
    seed = sample("operations/seed")
    invoke(deployment, seed)
    seed["partners"][0] |= {"id": unique("partner-")}
    seed["products"][0] |= {"id": unique("product-")}
    with unchanged(deployment):
        refused = invoke(deployment, seed)
    assert (refused["error"], list(refused["fields"])) == ("invalid_input", ["partners"])


def test_no_account_becomes_an_operator_G2_S60(deployment: Deployment) -> None:
    seed = sample("operations/seed")
    seed["accounts"][0] |= {"user_id": unique("olivia"), "roles": ["operator"]}
    answer = invoke(deployment, seed)
    assert [one["field"] for one in answer["problems"]] == ["seed.accounts.0.roles.0"]


@pytest.mark.parametrize("typed", [True, False])
def test_only_the_local_stage_takes_typed_passwords_A10(
    typed: bool, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    from operations.wiring import runtime

    # Only the local stage moves its clock, too.
    base = runtime()
    _ = base.clock
    environment = {**base.settings.environment, "STAGE": "production"}
    monkeypatch.setattr(base, "settings", Settings(environment))
    seed, user_id = sample("operations/seed"), unique("newcomer")
    seed["accounts"][0] |= {"user_id": user_id}
    seed["organizations"][0] |= {"id": user_id}
    if not typed:
        del seed["accounts"][0]["temporary_password"]
    answer = invoke(deployment, seed)
    table, key = deployment.values["TABLE_ACCOUNTS"], {"sk": {"S": "-"}}
    reads = [
        deployment.client("dynamodb").get_item(TableName=table, Key={"pk": {"S": pk}, **key})
        for pk in (f"USER#{user_id}", f"ORGANIZATION#{user_id}")
    ]
    if typed:
        assert list(answer["fields"]) == ["accounts.0.temporary_password"]
        assert not any("Item" in read for read in reads)
    else:
        assert answer["accounts"] == 1
        account = reads[0]["Item"]["account"]["S"]
        queued = deployment.rows("outbox")
        kinds = [one["kind"]["S"] for one in queued if one["recipient"]["S"] == account]
        assert kinds == ["reset_password"]


def entries_about(deployment: Deployment, subject: str) -> list[Any]:
    """The facts of the entries about this subject, in order."""
    found = deployment.client("dynamodb").query(
        TableName=deployment.values["TABLE_AUDIT"],
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": subject}},
    )["Items"]
    return [json.loads(item["facts"]["S"]) for item in found]


@pytest.mark.parametrize(
    ("event", "field"),
    [
        ({}, ""),
        ({"operation": "drop_tables"}, ""),
        ({"operation": "verify_audit", "and": "more"}, "verify_audit.and"),
        ({"operation": "seed", "partner": []}, "seed.partner"),
        ({"operation": "seed", "accounts": [{"user_id": "x"}]}, "seed.accounts.0.user_id"),
        (sample("operations/revive_message", message="msg_1"), "revive_message.message"),
        (sample("operations/revive_message", reason=" "), "revive_message.reason"),
        (sample("operations/revive_message", reason="x" * 201), "revive_message.reason"),
        (sample("operations/revive_message", reason="a\nb"), "revive_message.reason"),
        (
            {"operation": "revive_message", "message": f"msg_{'0' * 40}"},
            "revive_message.reason",
        ),
        (sample("operations/mark_shipped", order="10001"), "mark_shipped.order"),
        (sample("operations/mark_shipped", user_id="ada"), "mark_shipped"),
        (sample("operations/mark_shipped", order=None), "mark_shipped"),
        (sample("operations/mark_replacement_shipped", unit=1), "mark_shipped"),
        (sample("operations/mark_shipped", serial="FT#1"), "mark_shipped.serial"),
        (sample("operations/mark_shipped", tracking=" "), "mark_shipped.tracking"),
        (sample("operations/mark_shipped", tracking="1\nBcc: x"), "mark_shipped.tracking"),
        (sample("operations/mark_shipped", unit=0), "mark_shipped.unit"),
        ({"operation": "freeze_account", "user_id": "ada"}, "freeze_account.reason"),
        (sample("operations/reset_token", reason="  "), "reset_token.reason"),
        (sample("operations/reset_token") | APPROVES, "approve_credential.partner"),
        (sample("operations/approve_credential", partner="A B"), "approve_credential.partner"),
        ({"operation": "forecast"}, "forecast.until"),
        ({"operation": "forecast", "until": "31.03.2027"}, "forecast.until"),
        ({"operation": "forecast", "until": "2027-03-31T12:00:00"}, "forecast.until"),
        ({"operation": "forecast", "until": "2027-W13"}, "forecast.until"),
        ({"operation": "forecast", "until": 1806451200}, "forecast.until"),
        (sample("operations/forecast", begins="2027-01-01"), "forecast.begins"),
        (sample("operations/withdraw_tokens", reason=None), "withdraw_tokens.reason"),
        (sample("operations/withdraw_tokens", reason=" "), "withdraw_tokens.reason"),
        (sample("operations/withdraw_tokens", reason="x" * 201), "withdraw_tokens.reason"),
        (sample("operations/withdraw_tokens", reason="a\nb"), "withdraw_tokens.reason"),
        (sample("operations/withdraw_tokens", batch="a.csv"), "withdraw_tokens.batch"),
        (sample("operations/withdraw_tokens", batch=None), "withdraw_tokens"),
        (sample("operations/withdraw_tokens", serials=["FT-1000"]), "withdraw_tokens"),
        (sample("operations/withdraw_tokens", batch=None, serials=[]), "withdraw_tokens.serials"),
        (
            sample("operations/withdraw_tokens", batch=None, serials=["FT-1000"] * 1_001),
            "withdraw_tokens.serials",
        ),
        (
            sample("operations/withdraw_tokens", batch=None, serials=["FT#1"]),
            "withdraw_tokens.serials.0",
        ),
    ],
)
def test_an_event_that_is_not_understood_changes_nothing_and_says_why(
    event: dict[str, Any], field: str, deployment: Deployment
) -> None:
    answer = invoke(deployment, event)
    assert "events/operations/" in answer["error"]
    assert not field or field in [one["field"] for one in answer["problems"]]


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("products", {"price": 0}),
        ("products", {"price": -1}),
        ("products", {"price": 100_000_000}),
        ("products", {"currency": "XXX"}),
        ("products", {"tax_rate": 10_001}),
        ("products", {"id": "Has Spaces"}),
        ("products", {"kind": "gold"}),
        ("products", {"renews": None, "kind": "renewal"}),
        ("products", {"renews": "added_token", "kind": "renewal"}),
        ("products", {"renews": "renewal", "kind": "renewal"}),
        ("products", {"renews": "phone"}),
        ("products", {"renews": "phone", "kind": "added_token"}),
        ("products", {"any_partner": False}),
        ("products", {"any_partner": True, "kind": "added_token"}),
        ("products", {"upgrade_included": True, "proofing": True}),
        ("products", {"upgrade_included": True, "kind": "renewal", "renews": "phone"}),
        ("products", {"upgrade_included": True, "kind": "added_token"}),
        ("products", {"upgrade_included": True, "kind": "upgrade"}),
        ("products", {"upgrade_included": "maybe"}),
        ("accounts", {"email": "nobody"}),
        ("accounts", {"email": "a@b.example\nBcc: c@d.example"}),
        ("accounts", {"temporary_password": "fourteen chars"}),
        ("accounts", {"roles": ["emperor"]}),
        ("products", {"kind": "Renewal"}),
        ("organizations", {"country": "Germany"}),
        ("organizations", {"time_zone": "Mars/Olympus_Mons"}),
        ("organizations", {"time_zone": "CEST"}),
        ("organizations", {"time_zone": "Factory"}),
        ("organizations", {"time_zone": "localtime"}),
        ("organizations", {"time_zone": 1}),
        ("organizations", {"country": "ZZ"}),
        ("organizations", {"country": "de"}),
        ("organizations", {"name": "Acme\u2028Parts"}),
        ("organizations", {"name": "\u202eAcme"}),
        ("partners", {"name": "\u200b"}),
        ("partners", {"name": "North\u061cwind"}),
        ("products", {"name": "\u3164"}),
        ("products", {"description": "A\u2028B"}),
        ("products", {"description": "A\u202eB"}),
        ("products", {"description": "\u200b"}),
        ("products", {"description": "x" * 501}),
        ("accounts", {"first_name": "\u2060"}),
        ("accounts", {"middle_name": "A\u2067"}),
        ("accounts", {"last_name": "By\u2029ron"}),
        ("accounts", {"email": "ad\u00e4@acme.example"}),
        ("accounts", {"email": "ada@localhost"}),
        ("accounts", {"email": "Ada <ada@acme.example>"}),
        ("accounts", {"email": "a" * 65 + "@acme.example"}),
        ("accounts", {"email": "ada..byron@acme.example"}),
        ("accounts", {"language": "EN"}),
        ("organizations", {"time_zone": ""}),
        ("organizations", {"subdivision": "XX"}),
        ("organizations", {"subdivision": "US-MA"}),
        ("organizations", {"subdivision": ""}),
        ("organizations", {"time_zone": "../etc/localtime"}),
    ],
)
def test_wrong_seed_data_is_refused_as_a_whole_S49(
    kind: str, change: dict[str, Any], deployment: Deployment
) -> None:
    seed = sample("operations/seed")
    seed["accounts"][0]["user_id"] = unique("never")
    seed[kind][0] |= change
    answer = invoke(deployment, seed)
    assert answer["problems"][0]["field"].startswith(f"seed.{kind}.0.{next(iter(change))}")
    table = deployment.values["TABLE_ACCOUNTS"]
    key = {"pk": {"S": f"USER#{seed['accounts'][0]['user_id']}"}, "sk": {"S": "-"}}
    assert "Item" not in deployment.client("dynamodb").get_item(TableName=table, Key=key)


LIBRARY = ("should", "pattern", "regex", "^", "Value error", "Field required", "valid")
WANTED = {
    "products.0.id": ("Has Spaces", "must have 1 to 64 lower-case letters, digits and dashes"),
    "products.0.currency": ("XXX", "we sell in AUD, BRL"),
    "organizations.0.country": (
        "Germany",
        "must be a country's two-letter code in capitals, for example DE",
    ),
    "organizations.0.time_zone": (
        "Factory",
        "must be the IANA name of a time zone, for example Europe/Berlin",
    ),
    "accounts.0.email": (
        "ad\u00e4@acme.example",
        "must be an e-mail address, for example ada@acme.example; before the @ at most 64",
    ),
    "accounts.0.language": ("EN", "must be a language's two-letter code, for example en"),
}


@pytest.mark.parametrize("field", WANTED)
def test_an_operator_reads_what_a_field_wants_and_no_pattern_S65(
    field: str, deployment: Deployment
) -> None:
    typed, wanted = WANTED[field]
    kind, _, name = field.split(".")
    seed = sample("operations/seed")
    seed[kind][0][name] = typed
    [problem] = invoke(deployment, seed)["problems"]
    assert problem["field"] == f"seed.{field}"
    assert problem["problem"].startswith(wanted)


JUNK: tuple[Any, ...] = ("", "\u2028", "^$", "x" * 600, -1, 1.5, None, [], [{}], {})


def test_no_problem_of_an_event_shows_a_pattern_S65(deployment: Deployment) -> None:
    told = []
    for name in SAMPLES:
        right = sample(f"operations/{name}")
        for junk in JUNK:
            for field in right:
                wrong = invoke(deployment, {**right, field: junk})
                told += [one["problem"] for one in wrong.get("problems", ())]
            wrong = invoke(deployment, {**right, "unknown": junk})
            told += [one["problem"] for one in wrong.get("problems", ())]
    seed = sample("operations/seed")
    for kind in ("partners", "products", "organizations", "accounts"):
        for field in seed[kind][0]:
            for junk in JUNK:
                wrong = invoke(deployment, {**seed, kind: [{**seed[kind][0], field: junk}]})
                told += [one["problem"] for one in wrong.get("problems", ())]
    assert len(told) > 100
    assert [one for one in told if any(word in one for word in LIBRARY)] == []


def test_an_organization_and_a_person_are_kept_as_records_write_them_S65(
    deployment: Deployment,
) -> None:
    seed = sample("operations/seed")
    organization = unique("uk-")
    user_id = unique("zoe")
    seed["organizations"] = [
        {"id": organization, "name": "\ufeffAcme ", "country": "UK", "time_zone": " Europe/London"}
    ]
    seed["accounts"][0] |= {
        "user_id": user_id,
        "organization": organization,
        "email": " zoe@M\u00fcnchen.example",
        "first_name": "Zoe\u0308",
    }
    invoke(deployment, seed)
    from operations import wiring

    directory = wiring.seed()._directory
    kept = directory.organization(organization)
    assert kept
    assert (kept.name, kept.country, kept.time_zone) == ("Acme", "GB", "Europe/London")
    account = directory.account(directory.account_of(user_id) or "")
    assert account
    assert (account.email, account.first_name) == ("zoe@xn--mnchen-3ya.example", "Zo\u00eb")


def test_a_serial_number_is_marked_as_an_operator_pastes_it_B5_S65(
    deployment: Deployment, ada: Visitor
) -> None:
    number, serial = paid(deployment, ada), in_stock()
    typed = serial.lower().replace("-", "\u2011") + "\u00a0"
    [told] = mark(deployment, order=number, serial=typed)["shipments"]
    assert told["serial"] == serial


def test_a_refused_event_is_not_repeated_in_answer_or_log_S47(
    deployment: Deployment, capsys: Any, caplog: Any
) -> None:
    seed = sample("operations/seed")
    seed["accounts"][0] |= {"temporary_password": "canary", "canary-field": "canary-value"}
    answer = json.dumps(invoke(deployment, seed))
    written = capsys.readouterr().out + str([one.__dict__ for one in caplog.records])
    assert "canary-value" not in answer + written


REASON = "Asked for by phone, identity verified"


def on_account(deployment: Deployment, who: Visitor, operation: str, **changes: Any) -> list[Any]:
    """The entries, as rows, of an operator's act about this person."""

    def operators() -> dict[str, Any]:
        items = deployment.rows("audit")
        mine = [one for one in items if one["actor_kind"]["S"] == "operator"]
        return {f"{one['pk']['S']} {one['sk']['S']}": one for one in mine}

    before = operators()
    event = {"operation": operation, "user_id": who.user_id, "reason": REASON, **changes}
    assert "error" not in invoke(deployment, event)
    return [item for key, item in operators().items() if key not in before]


def test_every_act_about_an_account_records_its_reason_and_whom_it_meant_S60(
    deployment: Deployment,
) -> None:
    holder, phones = a_holder_with_a_registered_token(deployment), subscriber(deployment)
    phone = phones.bound()
    phones.send(phone)
    phones.elevate(f"{(int(phones.told(number_of(deployment))) + 7) % 10**6:06}")
    token = {"serial": in_stock(), "tracking": "1Z 999"}
    acts: list[tuple[TokenHolder, str, dict[str, Any]]] = [
        (holder, "reset_token", {}),
        (phones.holder, "free_phones", {}),
        (holder, "mark_shipped", token),
        (holder, "freeze_account", {}),
        (holder, "thaw_account", {}),
        (holder, "release_binding", {}),
    ]
    for who, operation, more in acts:
        account = who.visitor.token.partition(".")[0]
        found = on_account(deployment, who.visitor, operation, **more)
        assert found, operation
        for item in found:
            facts = json.loads(item["facts"]["S"])
            assert facts["reason"] == REASON, operation
            meant = [item["pk"]["S"].split("#")[1], facts.get("account"), facts.get("holder")]
            assert account in meant, (operation, item)
            assert who.visitor.user_id not in str(item), operation


def number_of(deployment: Deployment) -> str:
    """The number that got the last text."""
    return str(deployment.phones.texts[-1][0])


def test_a_revived_message_leaves_an_entry_with_its_reason_S60(deployment: Deployment) -> None:
    account = visitor(deployment).token.partition(".")[0]
    table, dynamodb = deployment.values["TABLE_OUTBOX"], deployment.client("dynamodb")
    items = deployment.rows("outbox")
    [item] = [one for one in items if one["recipient"]["S"] == account]
    dynamodb.put_item(TableName=table, Item={**item, "state": {"S": "dead"}})
    event = sample("operations/revive_message", message=item["pk"]["S"])
    assert invoke(deployment, event)["revived"] is True
    assert invoke(deployment, event)["revived"] is False
    facts = entries_about(deployment, "ACTOR#console")
    revived = {"message": item["pk"]["S"], "reason": event["reason"]}
    assert [one for one in facts if "message" in one] == [revived]


def test_reviving_what_is_not_dead_says_so_G3(deployment: Deployment) -> None:
    answer = invoke(deployment, sample("operations/revive_message"))
    assert answer["revived"] is False


def test_a_tampered_entry_is_reported_by_name_S48(deployment: Deployment) -> None:
    ada = visitor(deployment)
    order = ada.order().body
    dynamodb, table = deployment.client("dynamodb"), deployment.values["TABLE_AUDIT"]
    key = {"pk": {"S": f"ORDER#{order['number']}"}, "sk": {"S": "000000000001"}}
    item = dynamodb.get_item(TableName=table, Key=key)["Item"]
    dynamodb.put_item(TableName=table, Item={**item, "actor_id": {"S": "acc_eve"}})
    try:
        verdict = invoke(deployment, sample("operations/verify_audit"))
    finally:
        dynamodb.put_item(TableName=table, Item=item)
    assert verdict["intact"] is False
    assert any(order["number"] in fault for fault in verdict["faults"])
    mended = invoke(deployment, sample("operations/verify_audit"))
    assert not any(order["number"] in fault for fault in mended["faults"])


@pytest.fixture
def ada(deployment: Deployment) -> Visitor:
    return visitor(deployment)


def paid(deployment: Deployment, who: Visitor, **changes: Any) -> str:
    """The number of an order of theirs that was paid and fulfilled."""
    order = who.order(**changes).body
    page = order["checkout_url"].rsplit("/", 1)[1]
    deployment.provider.buyer_pays(page)
    about = json.loads(sample("workers/settle_payment")["Records"][0]["body"])
    event = for_worker("settle_payment", about | {"checkout": page})
    assert failed(deployment.invoke("payment_worker", event)) == []
    return str(order["number"])


def in_stock() -> str:
    """The serial number of a new token of the inventory."""
    from operations import wiring

    serial = unique("FT-").upper()
    stock(wiring.runtime().transactions, serial, now=wiring.runtime().clock())
    return serial


def mark(deployment: Deployment, **changes: Any) -> Any:
    event = {**sample("operations/mark_shipped"), **changes}
    return invoke(deployment, {one: value for one, value in event.items() if value is not None})


def shown(who: Visitor, number: str) -> Any:
    return who.call("show_order", parameters={"number": number}).body


def test_a_token_is_marked_as_shipped_and_the_order_shows_its_last_four_B5(
    deployment: Deployment, ada: Visitor
) -> None:
    number, serial = paid(deployment, ada), in_stock()
    assert shown(ada, number)["shipments"] == []
    answer = mark(deployment, order=number, serial=f" {serial.lower()} ", unit=2)
    [told] = answer["shipments"]
    assert (answer["order"], told["unit"], told["serial"]) == (number, 2, serial)
    [seen] = shown(ada, number)["shipments"]
    assert seen == {
        "position": 2,
        "serial": masked(serial),
        "tracking": sample("operations/mark_shipped")["tracking"],
        "carrier": None,
        "tracking_page": None,
        "shipped_at": seen["shipped_at"],
        "ended": None,
    }
    assert serial not in json.dumps(shown(ada, number))
    assert mark(deployment, order=number, serial=serial, unit=2) == answer
    assert [one["unit"] for one in answer["shipments"]] == [2]
    first = mark(deployment, order=number, serial=in_stock(), unit=None)
    assert [one["unit"] for one in first["shipments"]] == [2, 1]


def withdraw(deployment: Deployment, **changes: Any) -> Any:
    event = {**sample("operations/withdraw_tokens"), "batch": None, **changes}
    return invoke(deployment, {one: value for one, value in event.items() if value is not None})


def test_free_tokens_are_withdrawn_and_the_others_named_S64(
    deployment: Deployment, ada: Visitor
) -> None:
    free, sent = in_stock(), in_stock()
    mark(deployment, order=paid(deployment, ada), serial=sent)
    kept = {"shipped": [sent], "registered": [], "unknown": ["FT-NEVER"]}
    asked = [free.lower(), sent, "FT-NEVER"]
    done = withdraw(deployment, serials=asked, reason=" wrong seeds ")
    assert done == {"withdrawn": 1, "withdrawn_before": 0, "kept": kept}
    again = withdraw(deployment, serials=asked, reason="wrong seeds")
    assert again == {"withdrawn": 0, "withdrawn_before": 1, "kept": kept}
    refused = mark(deployment, order=paid(deployment, ada), serial=free)
    assert (refused["error"], "withdrawn" in refused["detail"]) == ("token_not_available", True)


def test_a_batch_is_withdrawn_by_the_id_in_its_report_and_the_reason_recorded_S60_S64(
    deployment: Deployment,
) -> None:
    from operations import wiring

    serial, other = in_stock(), in_stock()
    stored = Inventory(wiring.runtime().database).token(serial)
    assert stored
    batch = stored.owner.partition("#")[0]
    assert withdraw(deployment, batch=batch, reason="wrong seeds")["withdrawn"] == 1
    [entry] = wiring.runtime().database.query(AuditRow, key=("pk", f"TOKEN#{serial}"))
    found = AuditRow.from_raw_data(entry)
    assert (found.action, found.facts) == (
        "token.withdrawn",
        {"reason": "wrong seeds", "batch": batch},
    )
    left = Inventory(wiring.runtime().database).token(other)
    assert left
    assert left.is_free
    assert withdraw(deployment, batch="0" * 40)["error"] == "not_found"


def test_a_refused_shipment_gives_its_code_and_changes_nothing_B5(
    deployment: Deployment, ada: Visitor
) -> None:
    number, serial = paid(deployment, ada), in_stock()
    unpaid, taken = ada.order().body["number"], in_stock()
    mark(deployment, order=paid(deployment, ada), serial=taken)
    for changes, code in (
        ({"order": "SO-99999"}, "not_found"),
        ({"order": unpaid}, "illegal_state"),
        ({"unit": 3}, "invalid_input"),
        ({"serial": "FT-NEVER"}, "token_not_available"),
        ({"serial": taken}, "token_not_available"),
    ):
        refused = mark(deployment, **({"order": number, "serial": serial} | changes))
        assert refused["error"] == code
        assert refused["detail"]
        assert ("unit" in refused.get("fields", {})) is (code == "invalid_input")
    assert shown(ada, number)["shipments"] == []


@pytest.fixture
def passing(deployment: Deployment) -> Iterator[None]:
    """Rows of this test alone: its credentials have no holders, and would come due in others."""
    before = deployment.engine.snapshot(deployment.tables)
    yield
    deployment.engine.restore(before)


@pytest.mark.usefixtures("passing")
def test_a_forecast_counts_leaves_a_report_and_changes_no_row_G2(deployment: Deployment) -> None:
    now = deployment.clock.now()
    for name in (unique("first"), unique("second")):
        expiring(deployment, f"acc_{name}", now + timedelta(days=33, minutes=1))
    before = deployment.engine.snapshot(deployment.tables)
    begins, until = now + timedelta(days=3), now + timedelta(days=3, minutes=2)
    event = {"operation": "forecast", "from": rfc3339(begins), "until": rfc3339(until)}
    answer = invoke(deployment, event)
    assert deployment.engine.snapshot(deployment.tables) == before
    assert answer["totals"] == {
        "renewal_notice": 2,
        **dict.fromkeys(("expiry", "reminder_30", "reminder_15", "reminder_3", "revocation"), 0),
        **dict.fromkeys(("offer_reminder", "offer_lapse"), 0),
    }
    assert (answer["total"], answer["credentials"], answer["peak"]["count"]) == (2, 2, 2)
    assert (answer["from"], answer["before"]) == (rfc3339(begins), rfc3339(until))
    page, table = (
        deployment.client("s3").get_object(Bucket=answer["report"]["bucket"], Key=key)
        for key in (answer["report"]["page"], answer["report"]["table"])
    )
    assert (page["ContentType"], table["ContentType"]) == (
        "text/html; charset=utf-8",
        "text/csv; charset=utf-8",
    )
    assert Page(page["Body"].read().decode()).asked == []
    assert totals(table["Body"].read().decode()) == {"renewal_notice": 2}


@pytest.mark.usefixtures("passing")
def test_a_forecast_without_time_for_it_is_refused_and_leaves_nothing_G2(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = deployment.clock.now()
    expiring(deployment, f"acc_{unique('late')}", now + timedelta(days=33))
    monkeypatch.setattr(Context, "get_remaining_time_in_millis", lambda _self: 59_999)
    kept = reports(deployment)
    until = (now + timedelta(days=100)).date().isoformat()
    refused = invoke(deployment, {"operation": "forecast", "until": until})
    assert refused["error"] == "invalid_input"
    assert "shorter period" in refused["detail"]
    assert refused["fields"]["until"].startswith("ask until 20")
    assert reports(deployment) == kept


def test_a_forecast_of_the_past_is_refused_G2(deployment: Deployment) -> None:
    event = sample("operations/forecast", until="2020-01-01", **{"from": "2020-01-01"})
    refused = invoke(deployment, event)
    assert (refused["error"], list(refused["fields"])) == ("invalid_input", ["from"])


def reports(deployment: Deployment) -> list[str]:
    """The content of the bucket of reports."""
    found = deployment.client("s3").list_objects_v2(Bucket=deployment.values["BUCKET_REPORTS"])
    return [one["Key"] for one in found.get("Contents", ())]


def expiring(deployment: Deployment, account: str, at: datetime) -> None:
    """Store a credential that expires then."""
    from operations import wiring

    base = wiring.runtime()
    one = a_credential(account=account, expires_at=at.replace(microsecond=0))
    entry = Entry(action="x", actor=ACTOR, at=base.clock(), subject=one.subject)
    write = put(one, next_due(one, base.clock(), base.policy))
    base.transactions.commit(write, audit=[entry])


def rfc3339(at: datetime) -> str:
    return at.replace(microsecond=0).isoformat()


def test_an_outage_is_a_failed_call_and_no_answer_S50(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A script that seeds by it must notice the failure."""
    from operations import wiring

    def silent(*_args: Any) -> Any:
        raise StorageUnavailable

    monkeypatch.setattr(wiring, "reviving", silent)
    with pytest.raises(StorageUnavailable):
        invoke(deployment, sample("operations/revive_message"))
