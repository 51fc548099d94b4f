"""Terms are accepted, and access is asked for, at once (A4, A6)."""

from __future__ import annotations

from functools import partial

from local.stack import Stack
from tests.races.at_once import at_once
from tests.support.effort import effort
from tests.support.fakes import unique
from tests.support.running.holder_attempts import DONE, Told, account_of, ask, codes
from tests.support.running.people import person
from tests.support.running.rows import Rows

CROWD = effort(5, 20)
TERMS = {"version": "1", "text": "Be careful with the drawings.", "reacceptance": False}


def test_of_many_acceptances_and_requests_at_once_one_counts_A4_A6(
    stack: Stack, rows: Rows
) -> None:
    drawings = {"id": unique("drawings"), "name": "Drawings", "level": 2, "hardware_only": False}
    offered = {"id": unique("partner"), "name": "P", "applications": [drawings | {"terms": TERMS}]}
    stack.invoke("OperationsFunction", {"operation": "seed", "partners": [offered]})
    id_ = str(drawings["id"])
    roles = ["holder", "organization_administrator", "application_administrator"]
    olga, ada = person(stack, roles=roles, applications=[id_]), person(stack, applications=[])
    assert olga.call("GET", "/next-step").json()["step"] == "accept_terms"
    accept = partial(ask, olga, "POST", f"/terms/{id_}/acceptance", {"version": "1"})
    settled(at_once([accept] * CROWD))
    trail = [row["action"] for row in rows.entries(f"SUBSCRIPTION#acme#{id_}")]
    assert trail == ["subscription.added", "terms.accepted"]
    request = partial(ask, ada, "POST", f"/applications/{id_}/access", {"reason": "Castings"})
    settled(at_once([request] * CROWD))
    subject = f"ACCESS#{account_of(ada)}#{id_}"
    assert [row["action"] for row in rows.entries(subject)] == ["access.requested"]
    assert len(rows.effects(subject, "access_requested")) == 1
    assert ada.call("GET", "/next-step").json()["step"] == "wait_for_access"


def settled(answers: list[Told]) -> None:
    """Every request was answered as done, or told to come again."""
    assert set(codes(answers)) <= {DONE, "busy"}
    assert codes(answers)[DONE]
