"""The forecast of the deployed service: it reads, reports, and changes nothing (G2)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from local.stack import Stack
from tests.support.reports import Page, lines, totals
from tests.support.running.rows import Rows
from tests.support.running.stack_holders import Supply

ASKED = {"expiry": 2, "renewal_notice": 2, "revocation": 1} | {
    f"reminder_{days}": 1 for days in (30, 15, 3)
}
NOTHING = {"offer_reminder": 0, "offer_lapse": 0}


def forecast(stack: Stack, begins: datetime, until: datetime) -> Any:
    event = {"operation": "forecast", "from": rfc3339(begins), "until": rfc3339(until)}
    return stack.invoke("OperationsFunction", event)


def rfc3339(at: datetime) -> str:
    return at.replace(microsecond=0).isoformat()


def kept(stack: Stack, key: str) -> tuple[str, str]:
    """Content and media type of a report."""
    answer = stack.client("s3").get_object(Bucket=stack.outputs["ReportsBucket"], Key=key)
    return answer["Body"].read().decode(), answer["ContentType"]


def everything(stack: Stack) -> dict[str, Any]:
    """All rows except those that a mail under way, or another request, may still change."""
    tables = ("accounts", "credentials", "orders", "audit")
    found = {table: list(Rows(stack).raw(table)) for table in tables}
    return found | {"messages": {row["pk"]["S"] for row in Rows(stack).raw("outbox")}}


def test_new_credentials_are_in_the_forecast_its_page_and_its_table_G2(stack: Stack) -> None:
    now = stack.clock.now()
    period = now + timedelta(days=5), now + timedelta(days=400)
    before = forecast(stack, *period)
    supply = Supply(stack, 3)
    holders = [supply.holder() for _ in range(3)]
    suspended = holders[0]
    suspended.person.expect(200, "POST", f"/credentials/{suspended.credential}/suspension")

    answer = forecast(stack, *period)

    assert {
        kind: count - before["totals"][kind] for kind, count in answer["totals"].items()
    } == ASKED | NOTHING
    assert answer["credentials"] - before["credentials"] == 3
    assert answer["report"]["bucket"] == stack.outputs["ReportsBucket"]
    page, of_page = kept(stack, answer["report"]["page"])
    table, of_table = kept(stack, answer["report"]["table"])
    assert (of_page, of_table) == ("text/html; charset=utf-8", "text/csv; charset=utf-8")
    assert totals(table) == {kind: n for kind, n in answer["totals"].items() if n}
    assert {"acme"} <= {line["organization"] for line in lines(table)}
    shown = Page(page)
    assert shown.asked == []
    assert shown.elements["svg"] >= 1
    assert f"{answer['total']:,}" in shown.words
    assert "acme" in shown.words


def test_looking_ahead_changes_nothing_G2(stack: Stack) -> None:
    Supply(stack, 1).holder()
    now, before = stack.clock.now(), everything(stack)
    assert forecast(stack, now, now + timedelta(days=400))["total"] > 0
    assert everything(stack) == before


def test_a_past_period_is_refused_and_no_report_is_left_G2(stack: Stack) -> None:
    def reports() -> int:
        answer = stack.client("s3").list_objects_v2(Bucket=stack.outputs["ReportsBucket"])
        return int(answer["KeyCount"])

    before, now = reports(), stack.clock.now()
    refused = forecast(stack, now - timedelta(days=2), now)
    assert (refused["error"], list(refused["fields"])) == ("invalid_input", ["from"])
    assert reports() == before
