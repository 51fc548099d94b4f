"""Renewals over the API, and refunds of those that come too late (B7)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.deployment import Deployment, failed, for_worker, later, sample
from tests.support.renewing import (
    account_of,
    due,
    expires_in,
    ordered,
    pay,
    subscriber,
    work_off,
)
from tests.support.token_holder import TokenHolder
from tests.support.visitor import PERMANENT, Answer, visitor

NOBODYS = "crd_zzzzzzzzzzzzzzzzzzzz"
NOT_YOURS = {"items.0.credential": "is no credential of yours that this renewal is for"}


@pytest.fixture
def ada(deployment: Deployment) -> TokenHolder:
    return subscriber(deployment)


def shown(who: TokenHolder, order: dict[str, Any]) -> Any:
    return who.visitor.call("show_order", parameters={"number": order["number"]}).body


def until(who: TokenHolder) -> datetime:
    return datetime.fromisoformat(who.shown()["expires_at"])


def years_later(at: datetime, years: int) -> datetime:
    return at.replace(year=at.year + years)


def counted(output: str, service: str) -> set[str]:
    """The metrics that a service has written (EMF)."""
    lines = [json.loads(line) for line in output.splitlines() if '"_aws"' in line]
    written = [line for line in lines if line["service"] == service]
    return {
        metric["Name"]
        for line in written
        for directive in line["_aws"]["CloudWatchMetrics"]
        for metric in directive["Metrics"]
    }


def test_a_renewal_is_ordered_paid_and_seen_with_its_order_and_credential_B7(
    deployment: Deployment, ada: TokenHolder, capsys: Any
) -> None:
    before = ada.shown()
    order = ordered(ada).body
    assert (order["state"], order["net"], order["license_keys"]) == ("awaiting_payment", 4_500, 0)
    [line] = order["lines"]
    assert (line["product"], line["quantity"], line["credential"]) == ("renewal", 1, ada.credential)
    assert ada.shown() == before, "it isn't paid"
    capsys.readouterr()

    pay(deployment, order, times=3)

    done = shown(ada, order)
    assert (done["state"], done["license_keys"], done["refunded"]) == ("fulfilled", 0, False)
    expires = datetime.fromisoformat(before["expires_at"])
    assert until(ada) == expires.replace(year=expires.year + 1)
    assert counted(capsys.readouterr().out, "payment_worker") == {"OrderPaid", "CredentialRenewed"}
    after = ada.shown()
    moved = {one for one in before if before[one] != after[one]}
    assert moved == {"expires_at", "renewal_from", "revokes_at"}
    # Stripe's event settled it; the history contains no more than that.
    assert ada.call("show_credential_history").body["events"][0]["what"] == "credential.renewed"


def test_a_short_renewal_is_warned_of_and_at_last_refused_unless_confirmed_B7(
    deployment: Deployment, ada: TokenHolder
) -> None:
    order = ordered(ada).body
    assert order["warning"] is None
    assert datetime.fromisoformat(order["lines"][0]["renewed_until"]) > until(ada)

    lasts = years_later(expires_in(deployment, ada, days=-345), 1)
    order = ordered(ada).body
    assert datetime.fromisoformat(order["lines"][0]["renewed_until"]) == lasts
    assert f"until {lasts:%Y-%m-%d}" in order["warning"]
    assert shown(ada, order)["warning"] == order["warning"]

    soon = deployment.clock.now() + timedelta(hours=1)
    expires_in(deployment, ada, hours=1, seconds=-(soon - years_later(soon, -1)).total_seconds())
    wanted = {"product": "renewal", "credential": ada.credential}
    refused = ada.visitor.order(items=[wanted])
    assert (refused.status, refused.body["code"]) == (422, "short_renewal_not_accepted")
    assert list(refused.body["fields"]) == ["short_renewal_accepted"]
    assert ada.visitor.order(items=[wanted], short_renewal_accepted=True).status == 201


def test_the_catalog_and_the_credential_say_which_renewal_is_for_which_credential_B1_B7(
    ada: TokenHolder,
) -> None:
    shown = ada.visitor.call("list_products").body["products"]
    products = {one["id"]: one for one in shown}
    renewal, token = products["renewal"], products["hardware-token"]
    assert (renewal["renews"], renewal["any_partner"]) == ("hardware_token", True)
    assert (token["renews"], token["any_partner"]) == (None, None)
    credential = ada.shown()
    assert credential["kind"] == renewal["renews"]
    assert credential["proofing"] is renewal["proofing"] is False


def test_a_renewal_for_phones_renews_no_hardware_token_B7(
    deployment: Deployment, ada: TokenHolder
) -> None:
    [product] = sample("operations/seed")["products"]
    cheap = {"id": "phone-renewal", "kind": "renewal", "renews": "phone", "any_partner": False}
    event = {"operation": "seed", "products": [product | cheap]}
    assert "error" not in deployment.invoke("operations", event)
    products = ada.visitor.call("list_products").body["products"]
    [renewal] = [one for one in products if one["id"] == "phone-renewal"]
    assert (renewal["renews"], renewal["any_partner"]) == ("phone", False)
    refused = ordered(ada, product="phone-renewal")
    assert (refused.status, refused.body["fields"]) == (422, NOT_YOURS)


def test_other_lines_name_no_credential_B7(ada: TokenHolder) -> None:
    [line] = ada.visitor.order().body["lines"]
    assert line["credential"] is None


def test_the_mails_of_a_renewal_message_no_key_and_no_parcel_B7(
    deployment: Deployment, ada: TokenHolder
) -> None:
    work_off(deployment)
    sent = len(deployment.mails())
    order = ordered(ada).body
    pay(deployment, order)
    work_off(deployment)
    mails = deployment.mails()[sent:]
    assert len(mails) == 2
    [confirmation] = [one for one in mails if f"Order {order['number']} is confirmed" in one]
    [_renewed] = [one for one in mails if "Your credential is renewed" in one]
    assert "no license key for a renewal" in " ".join(confirmation.split())
    for message in ("What happens next", "Each license key", "shipped", "token"):
        assert message not in confirmation, message


def clock_came(deployment: Deployment, who: TokenHolder, _order: dict[str, Any]) -> None:
    """Runs the clock a year after the expiry: revoked, all sessions ended, the password kept."""
    expires_in(deployment, who, days=-366)
    assert due(deployment, account_of(who)) == []
    assert who.visitor.call("show_session").status == 401
    assert who.visitor.sign_in(PERMANENT).status == 201


def clock_is_late(deployment: Deployment, who: TokenHolder, _order: dict[str, Any]) -> None:
    expires_in(deployment, who, days=-366)


def by_stripe(deployment: Deployment, order: dict[str, Any]) -> str:
    pay(deployment, order)
    return "payment_worker"


def by_the_clock(deployment: Deployment, order: dict[str, Any]) -> str:
    """Settles the order by the clock: the webhook is lost."""
    deployment.provider.buyer_pays(str(order["checkout_url"]).rsplit("/", 1)[1])
    assert due(deployment, f"ORDER#{order['number']}") == []
    return "lifecycle_worker"


@pytest.mark.parametrize("settled", [by_stripe, by_the_clock])
@pytest.mark.parametrize("ended", [clock_came, clock_is_late])
def test_a_payment_that_comes_too_late_is_held_counted_for_the_alarm_and_refunded_B7(
    ended: Callable[[Deployment, TokenHolder, dict[str, Any]], None],
    settled: Callable[[Deployment, dict[str, Any]], str],
    deployment: Deployment,
    ada: TokenHolder,
    capsys: Any,
) -> None:
    work_off(deployment)
    order = ordered(ada).body
    ended(deployment, ada, order)
    work_off(deployment)
    sent = len(deployment.mails())
    capsys.readouterr()

    service = settled(deployment, order)

    assert counted(capsys.readouterr().out, service) == {"OrderRenewalRefused"}
    held = shown(ada, order)
    assert (held["state"], held["refunded"], held["license_keys"]) == ("held", False, 0)
    work_off(deployment)
    assert shown(ada, order)["refunded"]
    page = str(order["checkout_url"]).rsplit("/", 1)[1]
    assert deployment.provider.refunds(f"pi_{page}")
    mails = deployment.mails()[sent:]
    assert len(mails) == 2
    [refused] = [one for one in mails if "Your renewal came too late" in one]
    [refunded] = [one for one in mails if "goes back to you\n" in one.replace("\r", "")]
    assert order["number"] in refused
    assert order["number"] in refunded
    assert "after the order had ended" not in refunded


ODD = (
    "",
    "live",
    "crd_",
    "crd_0000000000000000000",
    "crd_000000000000000000011",
    "crd_0000000000000000000A",
    "crd_00000000000000000001\n",
    " crd_00000000000000000001",
    "crd_0000000000000000000\u0661",
    "crd_0000000000000000000\u0000",
    "PAST#crd_00000000000000000001",
    "ACCOUNT#acc_1#crd_00000000000000000001",
    "../../crd_00000000000000000001",
    "crd_00000000000000000001' OR '1'='1",
    "x" * 10_000,
    1,
    True,
    ["crd_00000000000000000001"],
    {"S": "crd_00000000000000000001"},
)


def test_an_impossible_credential_is_refused_by_its_field_and_never_repeated_S47_S49(
    ada: TokenHolder,
) -> None:
    for odd in ODD:
        refused = ordered(ada, credential=odd)
        assert (refused.status, refused.code) == (422, "invalid_input"), odd
        assert list(refused.body["fields"]) == ["items.0.credential"], odd
        assert refused.body["fields"] != NOT_YOURS, "it never came to the tables"
        if isinstance(odd, str) and odd not in {"", "live", "crd_"}:
            assert odd not in json.dumps(refused.body)


def test_odd_quantities_of_a_renewal_are_refused_S49(ada: TokenHolder) -> None:
    for quantity in (-1, 0, 101, 1.5, "1", None, 10**30):
        refused = ordered(ada, quantity=quantity)
        assert (refused.status, refused.code) == (422, "invalid_input"), quantity
        assert list(refused.body["fields"]) == ["items.0.quantity"], quantity


def test_a_cart_is_never_larger_than_it_may_be_S49(ada: TokenHolder) -> None:
    renewal = {"product": "renewal", "credential": ada.credential}
    token = {"product": "hardware-token", "quantity": 100}
    for items, field in (
        ([renewal] * 21, "items"),
        ([token] * 20, "items"),
        ([token, renewal], "items"),
        ([renewal, renewal], "items.1"),
    ):
        refused = ada.visitor.order(items=items)
        assert (refused.status, list(refused.body["fields"])) == (422, [field])
    huge = ada.visitor.order(items=[renewal] * 1_200)
    assert (huge.status, huge.code) == (413, "body_too_large")
    assert ada.visitor.call("list_orders").body["orders"] == [shown(ada, {"number": ada.order})]


def answer_to(who: TokenHolder, **item: Any) -> tuple[int, Any]:
    answer: Answer = ordered(who, **item)
    return answer.status, answer.body


def test_somebody_elses_credential_is_answered_as_nobodys_S23(
    deployment: Deployment, ada: TokenHolder
) -> None:
    eve = subscriber(deployment)
    before = ada.shown()
    status, unknown = answer_to(eve, credential=NOBODYS)
    assert (status, unknown["fields"]) == (
        422,
        NOT_YOURS,
    )
    assert answer_to(eve, credential=ada.credential) == (422, unknown)
    assert answer_to(eve, credential=None) == (422, unknown)
    stranger = visitor(deployment)
    wanted = {"product": "renewal", "credential": ada.credential}
    assert stranger.order(items=[wanted]).body == unknown
    expires_in(deployment, eve, days=-366)
    assert answer_to(eve) == (422, unknown), "it is due to be revoked"
    assert ada.shown() == before


def test_the_clocks_worker_does_what_is_due_for_a_credential_F6_F7(
    deployment: Deployment, ada: TokenHolder, capsys: Any
) -> None:
    work_off(deployment)
    capsys.readouterr()
    for days, metric, status in (
        (200, "ClockMoot", "active"),
        (29, "CredentialRenewalNoticed", "active"),
        (-1, "CredentialExpired", "expired"),
        (-364, "CredentialReminded", "expired"),
    ):
        expires_in(deployment, ada, days=days)
        assert due(deployment, account_of(ada)) == []
        assert counted(capsys.readouterr().out, "lifecycle_worker") == {metric}
        assert ada.shown()["status"] == status
        assert due(deployment, account_of(ada)) == []
        assert counted(capsys.readouterr().out, "lifecycle_worker") == {"ClockMoot"}
        # Behind the service's back again: the notifications belong to the previous expiry.
        forget(deployment, ada)


def forget(deployment: Deployment, who: TokenHolder) -> None:
    deployment.client("dynamodb").update_item(
        TableName=deployment.values["TABLE_CREDENTIALS"],
        Key={"pk": {"S": account_of(who)}, "sk": {"S": "live"}},
        UpdateExpression="REMOVE told_at",
    )


def test_the_clocks_revocation_ends_sessions_and_token_and_leaves_the_password_F6_S22(
    deployment: Deployment, ada: TokenHolder, capsys: Any
) -> None:
    expires_in(deployment, ada, days=-366)
    capsys.readouterr()
    assert due(deployment, account_of(ada), account_of(ada)) == []
    metrics = counted(capsys.readouterr().out, "lifecycle_worker")
    assert metrics == {"CredentialLapsed", "TokenRetired", "ClockMoot"}
    assert ada.visitor.call("show_session").status == 401
    assert ada.visitor.sign_in(PERMANENT).body["status"] != "new_password_required"
    assert (ada.shown()["status"], ada.shown()["token"]) == ("revoked", None)


def test_the_sample_of_a_due_credential_is_understood_G3(deployment: Deployment) -> None:
    """The account has none: there is nothing to do."""
    answer = deployment.invoke("lifecycle_worker", sample("workers/due_credential"))
    assert failed(answer) == []


def test_a_batch_gives_back_only_the_poison_and_does_the_rest_once_S42_S43(
    deployment: Deployment, ada: TokenHolder
) -> None:
    expires_in(deployment, ada, days=-1)
    mine = {"due": account_of(ada)}
    bodies: list[dict[str, Any]] = [
        {"due": "CREDENTIAL#acc_1"},
        mine,
        {"due": ""},
        {"due": 7},
        {"due": "ACCOUNT#acc_that_never_was"},
        {"nothing": "of use"},
        mine,
    ]
    answer = deployment.invoke("lifecycle_worker", for_worker("due_order", *bodies))
    assert failed(answer) == ["message-0", "message-2", "message-3", "message-5"]
    events = ada.call("show_credential_history").body["events"]
    assert [one["what"] for one in events].count("credential.expired") == 1


def test_the_sweep_finds_a_due_credential_and_leases_it_F6_S43(
    deployment: Deployment, ada: TokenHolder
) -> None:
    deployment.queued("lifecycle")
    dynamodb, table = deployment.client("dynamodb"), deployment.values["TABLE_CREDENTIALS"]
    key = {"pk": {"S": account_of(ada)}, "sk": {"S": "live"}}
    planned = dynamodb.get_item(TableName=table, Key=key)["Item"]["g1sk"]["S"]
    assert datetime.fromisoformat(planned.split("#")[0]) > deployment.clock.now()
    past = f"2026-01-01T00:00:00Z#{account_of(ada)}"
    dynamodb.update_item(
        TableName=table,
        Key=key,
        UpdateExpression="SET g1sk = :past",
        ExpressionAttributeValues={":past": {"S": past}},
    )
    deployment.invoke("lifecycle_sweep", sample("workers/sweep"))
    queued = deployment.queued("lifecycle")
    assert queued.count({"due": account_of(ada)}) == 1
    leased = dynamodb.get_item(TableName=table, Key=key)["Item"]["g1sk"]["S"]
    assert past < leased < planned
    # Nothing is due for it: its worker plans it anew.
    assert due(deployment, *(body["due"] for body in queued)) == []
    assert dynamodb.get_item(TableName=table, Key=key)["Item"]["g1sk"]["S"] == planned
    later(deployment, minutes=1)
