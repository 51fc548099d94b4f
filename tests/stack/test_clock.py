"""The clock: schedules, the sweep and the rows that it finds due (S44)."""

from __future__ import annotations

from datetime import timedelta

from local.client import Person, eventually, on_payment_page
from local.stack import Stack
from tests.support.running.fixtures import Paused, Switch
from tests.support.running.observed import kept, order_mails, tried_in_vain
from tests.support.running.rows import Rows

SCHEDULES = {
    "LifecycleSweepFunction": "rate(5 minutes)",
    "AuditHeadsFunction": "cron(15 * * * ? *)",
    "AuditCheckFunction": "cron(45 3 * * ? *)",
    "LettersFunction": "cron(15 4 * * ? *)",
    "StockCheckFunction": "cron(15 3 * * ? *)",
}


def test_the_schedules_are_deployed_and_start_their_functions(stack: Stack) -> None:
    events = stack.client("events")
    deployed = {
        target["Arn"].rsplit(":", 1)[1]: rule["ScheduleExpression"]
        for rule in events.list_rules()["Rules"]
        if rule["State"] == "ENABLED" and "ScheduleExpression" in rule
        for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
    }
    assert deployed == {stack.outputs[name]: when for name, when in SCHEDULES.items()}


def test_every_queue_and_the_outbox_stream_have_their_worker(stack: Stack) -> None:
    sources = stack.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    consumers = {
        source["FunctionArn"].rsplit(":", 1)[1]: source["FunctionResponseTypes"]
        for source in sources
        if source["State"] == "Enabled" and ":sqs:" in source["EventSourceArn"]
    }
    workers = (
        *("PaymentWorker", "Notifier", "EffectsWorker", "LifecycleWorker"),
        "DocumentWorker",
    )
    assert consumers == {
        stack.outputs[f"{worker}Function"]: ["ReportBatchItemFailures"] for worker in workers
    }
    streams = [one for one in sources if "/stream/" in one["EventSourceArn"]]
    assert [one["FunctionArn"].rsplit(":", 1)[1] for one in streams] == [
        stack.outputs["OutboxRelayFunction"]
    ]


def test_the_sweep_queues_a_due_order_leases_it_and_its_check_is_planned_anew(
    stack: Stack, holder: Person, paused: Paused
) -> None:
    number = holder.order()["number"]
    first = Rows(stack).order(number)["g1sk"]
    stack.clock.move(timedelta(minutes=6))
    with paused("LifecycleWorkerFunction"):
        report = stack.invoke("LifecycleSweepFunction", {})
        leased = Rows(stack).order(number)["g1sk"]
        again = stack.invoke("LifecycleSweepFunction", {})
        assert Rows(stack).order(number)["g1sk"] == leased, "what is leased is not queued again"

    assert report["queued"] >= 1
    assert report["lag_seconds"] >= 60
    assert (report["finished"], again["queued"]) == (True, 0)
    assert leased > first
    # The worker, running again, finds the page unpaid and plans the check at fifteen minutes.
    # Every unpaid order of other tests is due, too, and may come before it.
    eventually(
        lambda: first < Rows(stack).order(number)["g1sk"] < leased,
        seconds=60,
        what="its next check is planned",
    )


def test_an_order_that_is_never_paid_expires_with_its_payment_page(
    stack: Stack, holder: Person, stripe: Switch
) -> None:
    stripe(webhooks="drop")
    number = holder.order()["number"]
    stack.clock.move(timedelta(hours=24))

    stack.invoke("LifecycleSweepFunction", {})

    kept(stack, number, at_least=2)
    assert Rows(stack).order(number)["state"] == "expired"
    assert "g1sk" not in Rows(stack).order(number), "nothing is due for it any more"
    [told] = order_mails(stack, holder.user_id, number)
    assert "expired" in told["subject"]


def test_a_message_that_the_stream_lost_is_sent_after_two_minutes_by_the_sweep(
    stack: Stack, holder: Person, paused: Paused
) -> None:
    order = holder.order()
    number = order["number"]
    with paused("OutboxRelayFunction"):
        on_payment_page(order, "pay")
        eventually(lambda: len(Rows(stack).queued(number)) == 2, what="both mails are queued")
        early = {row["pk"] for row in Rows(stack).queued(number) if row["state"] == "pending"}
        stack.invoke("LifecycleSweepFunction", {})
        still = {row["pk"] for row in Rows(stack).queued(number) if row["state"] == "pending"}
        assert early == still, "the fast path has two minutes"
        assert len(still) == 2
        stack.clock.move(timedelta(minutes=3))
        stack.invoke("LifecycleSweepFunction", {})
        kept(stack, number, at_least=2)
    assert len(order_mails(stack, holder.user_id, number)) == 2


def test_a_mail_that_was_not_taken_is_sent_by_a_later_sweep(
    stack: Stack, holder: Person, ses: Switch
) -> None:
    ses(answer="error")
    order = holder.order()
    number = order["number"]
    on_payment_page(order, "pay")
    tried_in_vain(stack, number, at_least=2)
    assert all("sealed" in row for row in Rows(stack).queued(number, "license_key"))
    ses(answer="normal")
    stack.clock.move(timedelta(minutes=3))

    stack.invoke("LifecycleSweepFunction", {})

    kept(stack, number, at_least=2)
    assert len(order_mails(stack, holder.user_id, number)) == 2
    sealed = [row for row in Rows(stack).queued(number) if "sealed" in row]
    assert sealed == [], "the secret is gone (S17)"
