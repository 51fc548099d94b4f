"""Workers, relay, sweep and sealing with the events that AWS sends them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from keyfob.domain.audit.check import Check
from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.messages.declared import MessageChannel
from keyfob.storage.sessions import store as rows
from keyfob.storage.sessions.store import SessionStore
from keyfob.usecases.audit.checking import Checking
from keyfob.usecases.sessions.reset import reset_effect
from keyfob.wiring.settings import Settings
from tests.support.deployment import Deployment, failed, for_worker, later, sample
from tests.support.messages import by_channel
from tests.support.visitor import PERMANENT, Visitor, visitor


@pytest.fixture
def ada(deployment: Deployment) -> Visitor:
    for queue in ("payments", "messages", "effects", "lifecycle"):
        deployment.queued(queue)
    return visitor(deployment)


def page(order: dict[str, Any]) -> str:
    return str(order["checkout_url"]).rsplit("/", 1)[1]


def about(checkout: str) -> dict[str, str]:
    body: dict[str, str] = json.loads(sample("workers/settle_payment")["Records"][0]["body"])
    return body | {"checkout": checkout}


def settle(deployment: Deployment, order: dict[str, Any]) -> list[str]:
    return failed(
        deployment.invoke("payment_worker", for_worker("settle_payment", about(page(order))))
    )


def shown(who: Visitor, order: dict[str, Any]) -> Any:
    return who.call("show_order", parameters={"number": order["number"]}).body


def new_queued(deployment: Deployment, about: str = "") -> list[str]:
    """Ids of the pending outbox rows (about this), as the stream would bring them."""
    items = deployment.rows("outbox")
    pending = [item for item in items if item["state"]["S"] == "pending"]
    return [item["pk"]["S"] for item in pending if about in str(item)]


def relay(deployment: Deployment, ids: list[str]) -> None:
    event = sample("workers/new_messages")
    pattern = event["Records"][0]
    records = []
    for one in ids:
        keys = {"pk": {"S": one}, "sk": {"S": "-"}}
        records.append({**pattern, "dynamodb": {**pattern["dynamodb"], "Keys": keys}})
    deployment.invoke("outbox_relay", {"Records": records})


def work_off(deployment: Deployment) -> None:
    """Does the work of stream, queues and workers for everything pending."""
    relay(deployment, new_queued(deployment))
    for queue, event, worker in (
        ("messages", "send_message", "notifier"),
        ("effects", "perform_effect", "effects_worker"),
    ):
        for body in deployment.queued(queue):
            answer = deployment.invoke(worker, for_worker(event, body))
            assert failed(answer) == []


def test_a_paid_order_ends_with_a_mail_for_each_key_B5(
    deployment: Deployment, ada: Visitor
) -> None:
    order = ada.order().body
    deployment.provider.buyer_pays(page(order))
    assert settle(deployment, order) == []
    done = shown(ada, order)
    assert (done["state"], done["license_keys"]) == ("fulfilled", 2)
    before = len(deployment.mails())
    work_off(deployment)
    mails = deployment.mails()[before:]
    keys = [one for one in mails if f"Your license key for order {order['number']}" in one]
    assert len(keys) == 2
    assert any(f"Order {order['number']} is confirmed" in one for one in mails)
    assert all(f"{ada.user_id}@acme.example" in one for one in keys)
    assert new_queued(deployment, about=order["number"]) == []


def test_a_paid_invoice_ends_with_a_mail_for_each_key_B5(
    deployment: Deployment, ada: Visitor
) -> None:
    order = ada.order(payment="invoice").body
    work_off(deployment)
    [invoice] = [
        one.invoice.id for one in deployment.provider.bills.values() if one.order == order["number"]
    ]
    assert invoice in deployment.provider.sent
    body = json.loads(sample("workers/settle_payment")["Records"][0]["body"])
    del body["checkout"]
    for amount, state in ((5_000, "awaiting_payment"), (None, "fulfilled")):
        deployment.provider.paid(invoice, amount)
        event = for_worker("settle_payment", body | {"invoice": invoice})
        assert failed(deployment.invoke("payment_worker", event)) == []
        assert shown(ada, order)["state"] == state
    before = len(deployment.mails())
    work_off(deployment)
    mails = deployment.mails()[before:]
    assert sum("Your license key for order" in one for one in mails) == 2
    assert shown(ada, order)["invoice"]["remaining"] == 0


@pytest.mark.parametrize("prices", ["", "{", '{"UK": [45, 13]}'])
def test_prices_of_texts_that_cant_be_read_stop_no_mail_S50(
    deployment: Deployment, ada: Visitor, monkeypatch: pytest.MonkeyPatch, prices: str
) -> None:
    wiring = deployment.app("notifier").wiring
    base = wiring.runtime()
    unreadable = Settings({**base.settings.environment, "PHONE_PRICES": prices})
    monkeypatch.setattr(base, "settings", unreadable)
    wiring.outbox_processor.cache_clear()
    order = ada.order().body
    deployment.provider.buyer_pays(page(order))
    assert settle(deployment, order) == []
    before = len(deployment.mails())
    work_off(deployment)
    assert any(order["number"] in one for one in deployment.mails()[before:])


def test_the_same_webhook_again_changes_nothing_S37(deployment: Deployment, ada: Visitor) -> None:
    order = ada.order().body
    deployment.provider.buyer_pays(page(order))
    for _ in range(3):
        assert settle(deployment, order) == []
    assert shown(ada, order)["license_keys"] == 2


def test_a_batch_gives_back_only_its_failed_messages_S43(
    deployment: Deployment, ada: Visitor
) -> None:
    order = ada.order().body
    deployment.provider.buyer_pays(page(order))
    broken = {"nothing": "of use"}
    unknown = about("cs_test_unknown")
    event = for_worker("settle_payment", broken, about(page(order)), unknown)
    assert failed(deployment.invoke("payment_worker", event)) == ["message-0"]
    assert shown(ada, order)["state"] == "fulfilled"


def test_a_silent_provider_brings_the_message_back_S50(
    deployment: Deployment, ada: Visitor
) -> None:
    order = ada.order().body
    deployment.provider.buyer_pays(page(order))
    deployment.provider.silent = True
    try:
        assert settle(deployment, order) == ["message-0"]
    finally:
        deployment.provider.silent = False
    assert settle(deployment, order) == []


def test_a_lost_webhook_is_made_up_for_by_the_sweep_S37(
    deployment: Deployment, ada: Visitor
) -> None:
    order = ada.order().body
    deployment.provider.buyer_pays(page(order))
    later(deployment, minutes=6)
    report = deployment.invoke("lifecycle_sweep", sample("workers/sweep"))
    assert report["finished"]
    due = deployment.queued("lifecycle")
    assert {"due": f"ORDER#{order['number']}"} in due
    answer = deployment.invoke("lifecycle_worker", for_worker("due_order", *due))
    assert failed(answer) == []
    ada.sign_in(PERMANENT)
    assert shown(ada, order)["state"] == "fulfilled"
    work_off(deployment)
    again = deployment.invoke("lifecycle_sweep", sample("workers/sweep"))
    assert again["queued"] == 0


def test_the_sweep_says_how_much_was_due_and_how_late_it_came_S44(
    deployment: Deployment, ada: Visitor, capfd: pytest.CaptureFixture[str]
) -> None:
    ada.order()
    later(deployment, minutes=7)
    report = deployment.invoke("lifecycle_sweep", sample("workers/sweep"))
    lines = [one for one in capfd.readouterr().out.splitlines() if '"SweepLag"' in one]
    [metrics] = [json.loads(line) for line in lines]
    assert (report["queued"] >= 1, report["lag_seconds"] >= 60) == (True, True)
    assert metrics["service"] == "lifecycle_sweep"
    said = {name: metrics[name] for name in ("SweepRan", "SweepQueued", "SweepLag")}
    assert said == {
        "SweepRan": [1.0],
        "SweepQueued": [report["queued"]],
        "SweepLag": [report["lag_seconds"]],
    }
    [metric] = [
        one
        for one in metrics["_aws"]["CloudWatchMetrics"][0]["Metrics"]
        if one["Name"] == "SweepLag"
    ]
    assert metric["Unit"] == "Seconds"


def test_the_sweep_queues_again_a_message_that_the_stream_lost_B5(
    deployment: Deployment, ada: Visitor
) -> None:
    order = ada.order().body
    ada.call("cancel_order", parameters={"number": order["number"]})
    # A reminder that another test left to wait for the morning isn't due.
    waiting = new_queued(deployment, about=order["number"])
    assert len(waiting) == 2, "the mail, and the effect that closes the page"
    later(deployment, minutes=3)
    deployment.invoke("lifecycle_sweep", sample("workers/sweep"))
    queued = deployment.queued("messages") + deployment.queued("effects")
    assert {body["due"] for body in queued} >= set(waiting)


def test_the_relay_tells_messages_from_effects_and_repeating_is_harmless_S42(
    deployment: Deployment, ada: Visitor
) -> None:
    deployment.invoke("outbox_relay", sample("workers/new_messages"))
    [message], [effect] = deployment.queued("messages"), deployment.queued("effects")
    assert (message["due"][:4], effect["due"][:4]) == ("msg_", "eff_")
    assert failed(deployment.invoke("notifier", sample("workers/send_message"))) == []
    assert failed(deployment.invoke("effects_worker", sample("workers/perform_effect"))) == []


def test_a_canceled_order_has_its_page_closed_by_the_effects_worker_B4(
    deployment: Deployment, ada: Visitor
) -> None:
    order = ada.order().body
    ada.call("cancel_order", parameters={"number": order["number"]})
    before = len(deployment.mails())
    work_off(deployment)
    assert deployment.provider.checkout(page(order)).closed
    assert any(f"{order['number']} was canceled" in one for one in deployment.mails()[before:])


def test_every_effect_has_somebody_who_does_it(deployment: Deployment) -> None:
    from effects_worker import wiring

    assert set(wiring.effects()) == by_channel(MessageChannel.EFFECT)


def revoked(who: Visitor) -> str:
    """Commits a revocation's changes of sessions and password; returns the effect's id."""
    from session import wiring

    base = wiring.runtime()
    account = who.token.split(".")[0]
    seen = SessionStore(base.database).get(account)
    assert seen
    message = reset_effect(account, seen.epoch + 1, "req-9")
    by = Actor(kind="account", id=account)
    entry = Entry(action="credential.revoked", actor=by, at=base.clock())
    base.transactions.commit(
        rows.restart(seen, pending_reset=message.id), audit=[entry], messages=[message]
    )
    return message.id


def test_a_password_that_is_being_reset_opens_nothing_and_a_temporary_one_comes_by_mail_F3(
    deployment: Deployment, ada: Visitor, capsys: Any, caplog: pytest.LogCaptureFixture
) -> None:
    effect = revoked(ada)
    refused = ada.sign_in(PERMANENT)
    assert (refused.status, refused.code) == (409, "password_reset_pending")
    assert ada.sign_in("not the password").code == "wrong_credentials"
    assert ada.call("show_session").status == 401
    before = len(deployment.mails())
    for _ in range(2):
        event = for_worker("perform_effect", {"due": effect})
        assert failed(deployment.invoke("effects_worker", event)) == []
    work_off(deployment)
    [mail] = [one for one in deployment.mails()[before:] if "Your temporary password" in one]
    [password, *_] = re.findall(r"(?:[0-9A-Z]{5}-){3}[0-9A-Z]{5}", mail)
    assert ada.sign_in(PERMANENT).code == "wrong_credentials"
    assert ada.sign_in(password).body["status"] == "new_password_required"
    ada.token = ada.call("set_password", {"password": PERMANENT}).body["token"]
    assert ada.call("show_session").status == 200
    out = capsys.readouterr().out + str([one.__dict__ for one in caplog.records])
    assert effect in out
    assert password not in out


def test_a_message_with_an_impossible_subject_ends_in_the_dead_letters_S43(
    deployment: Deployment,
) -> None:
    event = for_worker("due_order", {"due": "TOKEN#1"}, {"due": "ORDER#SO-0"}, {})
    answer = deployment.invoke("lifecycle_worker", event)
    assert failed(answer) == ["message-0", "message-1", "message-2"]


def test_a_workers_log_names_no_person_and_no_secret_S47(
    deployment: Deployment, ada: Visitor, capsys: Any, caplog: pytest.LogCaptureFixture
) -> None:
    order = ada.order().body
    deployment.provider.buyer_pays(page(order))
    settle(deployment, order)
    work_off(deployment)
    out = capsys.readouterr().out + str([one.__dict__ for one in caplog.records])
    assert page(order) in out
    for canary in ("acme.example", "Byron", "Main Street", "PO-2026-117", ada.token):
        assert canary not in out


def test_closed_hours_are_sealed_and_the_whole_trail_verified_S48(
    deployment: Deployment, ada: Visitor
) -> None:
    later(deployment, hours=2)
    sealed = deployment.invoke("audit_heads", sample("workers/seal_audit_heads"))
    assert sealed["sealed"] >= 1
    _catch_up(deployment)
    assert deployment.invoke("audit_heads", sample("workers/seal_audit_heads")) == {"sealed": 0}
    verdict = deployment.invoke("operations", sample("operations/verify_audit"))
    assert (verdict["intact"], verdict["faults"]) == (True, [])
    assert verdict["heads"] >= 1
    assert verdict["entries"] > 0


def _catch_up(deployment: Deployment) -> None:
    """Seal and check the hours that other tests let pass; a run takes at most five hundred."""
    while deployment.invoke("audit_heads", sample("workers/seal_audit_heads"))["sealed"]:
        pass
    while deployment.invoke("audit_check", sample("workers/check_audit"))["heads"]:
        pass


def _dies(_checking: Checking, _check: Check) -> None:
    raise InterruptedError


def test_what_is_new_is_checked_every_day_and_faults_are_counted_before_it_goes_on_S59(
    deployment: Deployment, ada: Visitor, capsys: Any, caplog: pytest.LogCaptureFixture
) -> None:
    _catch_up(deployment)
    assert ada.sign_in(PERMANENT).status == 201
    later(deployment, hours=2)
    deployment.invoke("audit_heads", sample("workers/seal_audit_heads"))
    check = deployment.invoke("audit_check", sample("workers/check_audit"))
    assert (check["heads"] >= 1, check["entries"] > 0, check["faults"]) == (True, True, [])
    again = deployment.invoke("audit_check", sample("workers/check_audit"))
    assert again == {**check, "heads": 0, "entries": 0}
    assert ada.sign_in(PERMANENT).status == 201
    later(deployment, hours=2)
    deployment.invoke("audit_heads", sample("workers/seal_audit_heads"))
    # Another entry under the hour that is sealed now.
    dynamodb, table = deployment.client("dynamodb"), deployment.values["TABLE_AUDIT"]
    [newest] = dynamodb.query(
        TableName=table,
        KeyConditionExpression="pk = :actor",
        ExpressionAttributeValues={":actor": {"S": f"ACTOR#{ada.token.partition('.')[0]}"}},
        ScanIndexForward=False,
        Limit=1,
    )["Items"]
    made_up = {**newest, "sk": {"S": f"{newest['sk']['S'][:-4]}0000"}}
    dynamodb.put_item(TableName=table, Item=made_up)
    capsys.readouterr()
    caplog.clear()
    with pytest.MonkeyPatch.context() as dying:
        dying.setattr(Checking, "keep", _dies)
        with pytest.raises(InterruptedError):
            deployment.invoke("audit_check", sample("workers/check_audit"))
    found = deployment.invoke("audit_check", sample("workers/check_audit"))["faults"]
    dynamodb.delete_item(TableName=table, Key={"pk": made_up["pk"], "sk": made_up["sk"]})
    sealed = [one.startswith("the entries without subject of ") for one in found]
    assert sealed == [True], found
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["AuditFaults"] for line in lines if "AuditFaults" in line] == [[1.0], [1.0]]
    assert [one.fault for one in caplog.records if hasattr(one, "fault")] == [*found, *found]
