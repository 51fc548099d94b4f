"""The stack's visible work, as an operator with every right would see it; its tables: `rows`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import requests

from local.client import eventually, mails
from local.stack import Stack
from tests.support.running.rows import Rows

QUEUES = (
    "PaymentsQueue",
    "MessagesQueue",
    "EffectsQueue",
    "LifecycleQueue",
    "DocumentsQueue",
    "PaymentsDeadLetters",
    "MessagesDeadLetters",
    "EffectsDeadLetters",
    "LifecycleDeadLetters",
    "DocumentsDeadLetters",
)
ROLES = (
    "SessionRole",
    "RecoveryRole",
    "ElevationRole",
    "PhonesRole",
    "RedemptionRole",
    "RegistrationRole",
    "CredentialsRole",
    "AdministrationRole",
    "ApprovalsRole",
    "LicenseKeysRole",
    "ConnectionsRole",
    "InvitationsRole",
    "RegistrationsRole",
    "ProofingRole",
    "AccountsRole",
    "AccessRole",
    "NextStepRole",
    "AgentsRole",
    "InstantProofingRole",
    "LettersRole",
    "WebstoreRole",
    "GuestsRole",
    "CampaignsRole",
    "SponsorshipsRole",
    "DocumentsRole",
    "OperatorsDocumentsRole",
    "DocumentWorkerRole",
    "PurchaseOrdersRole",
    "StockCheckRole",
    "StatementsRole",
    "StripeWebhookRole",
    "PaymentWorkerRole",
    "OutboxRelayRole",
    "NotifierRole",
    "EffectsWorkerRole",
    "FreezesRole",
    "DisputesRole",
    "LifecycleSweepRole",
    "LifecycleWorkerRole",
    "AuditHeadsRole",
    "AuditCheckRole",
    "OperationsRole",
    "TokenImportRole",
)
_LOG_PAGE = 10_000


def seal_closed_hours(stack: Stack) -> None:
    """Seals all hours that closed while tests moved the clock; a run takes five hundred heads."""
    while stack.invoke("AuditHeadsFunction", {})["sealed"]:
        pass


def faults_about(stack: Stack, subject: str) -> list[str]:
    """The audit check's faults about this subject; other tests alter only their own."""
    verdict = stack.invoke("OperationsFunction", {"operation": "verify_audit"})
    return [fault for fault in verdict["faults"] if subject in fault]


def kept(stack: Stack, number: str, *, at_least: int = 1) -> list[dict[str, Any]]:
    """The messages about an order, once there are so many and none is pending any more."""

    def finished() -> list[dict[str, Any]]:
        made = Rows(stack).queued(number)
        done = len(made) >= at_least and all(row["state"] != "pending" for row in made)
        return made if done else []

    return eventually(finished, what=f"every message about {number} sent")


def tried_in_vain(stack: Stack, number: str, *, at_least: int) -> None:
    """Waits until every message about an order was tried, and given back by its worker.

    A worker that still has the lease reads the clock once more, when it gives the message back:
    a test that moves the clock before that moves the next attempt, too.
    """

    def given_back() -> bool:
        made = Rows(stack).queued(number)
        return len(made) >= at_least and all(
            int(row["attempts"]) >= 1 and not row.get("taken") for row in made
        )

    eventually(given_back, what=f"every message about {number} tried in vain")


def order_mails(stack: Stack, user_id: str, number: str) -> list[dict[str, Any]]:
    """The mails to a person of tests that name an order."""
    return mails(stack.url, to=f"{user_id}@acme.example", containing=number)


def at_stripe(stack: Stack, path: str) -> dict[str, Any]:
    """An object from Stripe's double: `checkout/sessions/cs_…`, `refunds/re_…`."""
    answer = requests.get(
        f"{stack.url}/_stripe/v1/{path}",
        headers={"Authorization": f"Bearer {stack.record.stripe_key}"},
        timeout=10,
    )
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def asked_of_stripe(stack: Stack, what: str, number: str) -> list[dict[str, Any]]:
    """The writes (`checkout`, `refund`) that Stripe's double carried out for an order."""
    prefix = f"{what}:{Rows(stack).order(number)['reference']}:"
    seen = requests.get(f"{stack.url}/_control/requests", timeout=10).json()
    return [
        request
        for request in seen
        if (request["idempotency_key"] or "").startswith(prefix) and request["status"] == 200
    ]


def checkout_of(order: dict[str, Any]) -> str:
    """The id of the Checkout Session behind an order's payment page."""
    return str(order["checkout_url"]).rsplit("/", 1)[1]


def log_lines(stack: Stack) -> list[str]:
    """Everything that any function has logged."""
    groups = stack.client("logs").describe_log_groups()["logGroups"]
    return [line for group in groups for line in _lines(stack, group["logGroupName"])]


def _lines(stack: Stack, group: str) -> Iterator[str]:
    """The lines, oldest first; the emulator shows so many at most and has no next page."""
    start = 0
    while True:
        page = stack.client("logs").filter_log_events(
            logGroupName=group, startTime=start, limit=_LOG_PAGE
        )["events"]
        if len(page) < _LOG_PAGE:
            yield from (event["message"] for event in page)
            return
        # Lines of the last millisecond come again, with others of the same millisecond.
        start = page[-1]["timestamp"]
        yield from (event["message"] for event in page if event["timestamp"] < start)
