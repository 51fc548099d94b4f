"""Acceptances of an invitation at once, and an operator against another one (A1, A3, S46)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from local.client import Person, idempotency_key, mails
from local.stack import Stack
from tests.races.at_once import at_once
from tests.support.effort import effort
from tests.support.registering import a_person, work
from tests.support.running.clock import at_last
from tests.support.running.holder_attempts import DONE, ask, codes
from tests.support.running.people import api, new_address, person
from tests.support.running.rows import Rows

_LINK = re.compile(r"/invitations/(\S+)")
SECONDS = timedelta(seconds=5)
_DETAILS = {"first_name": "Grace", "last_name": "Hopper"}
PUBLIC = {
    "id": "racing",
    "name": "Racing Parts",
    "applications": [
        {"id": "race-portal", "name": "Race", "level": 2, "hardware_only": False, "public": True}
    ],
}


def test_one_of_twenty_acceptances_at_once_makes_an_account_A1_S46(
    stack: Stack, rows: Rows
) -> None:
    boss = person(stack, roles=["holder", "organization_administrator"])
    to = f"invited.by.{boss.user_id}@newcomer.example"
    made = boss.expect(
        201, "POST", "/admin/invitations", {"email": to}, headers=idempotency_key(None)
    )

    def linked() -> str:
        found = _LINK.findall("\n".join(one["text"] for one in mails(stack.url, to=to)))
        return str(found[0]) if found else ""

    path = f"/invitations/{at_last(stack, linked, 'the mail of an invitation')}/acceptance"
    someone = Person(api(stack), "")
    names = [f"grace{nth}.{boss.user_id}" for nth in range(effort(8, 20))]
    acts = [
        partial(ask, someone, "POST", path, {"holder": {**_DETAILS, "user_id": name}})
        for name in names
    ]
    answers = codes(at_once(acts))
    assert answers[DONE] == 1
    assert set(answers) <= {DONE, "invitation_accepted", "busy"}
    entries = rows.entries(f"INVITATION#{made['id']}")
    assert [one["action"] for one in entries] == ["invitation.sent", "invitation.accepted"]
    accounts = [one for one in rows.all("accounts") if one.get("email") == to]
    assert len(accounts) == 1


def test_an_approval_and_a_rejection_at_once_are_one_decision_A3_S46(
    stack: Stack, rows: Rows
) -> None:
    stack.invoke("OperationsFunction", {"operation": "seed", "partners": [PUBLIC]})
    for _ in range(effort(1, 10)):
        registration = submitted(stack)
        acts: list[Callable[[], Any]] = [
            partial(decide, stack, registration, how) for how in ("approve", "reject")
        ]
        answers = at_once(acts)
        assert [one.get("error") for one in answers].count("illegal_state") == 1
        approved = "organization" in answers[0]
        decided = rows.entries(f"REGISTRATION#{registration}")[2:]
        expected = "registration.approved" if approved else "registration.rejected"
        assert [one["action"] for one in decided] == [expected]
        named = [one for one in rows.all("accounts") if one.get("name") == registration]
        assert len(named) == int(approved)


def decide(stack: Stack, registration: str, how: str) -> Any:
    event = {
        "operation": f"{how}_registration",
        "registration": registration,
        "reason": "Looked at",
    }
    return stack.invoke("OperationsFunction", event)


def submitted(stack: Stack) -> str:
    """The id of a submitted registration, which is the organization's name, too."""
    who = Person(api(stack), "", headers={"X-Forwarded-For": new_address()})
    form = who.expect(200, "GET", "/registrations/form")
    sent = {"form": form["form"], "work": work(form["form"], form["bits"])}
    stack.clock.move(SECONDS)
    body = {
        "partner": "racing",
        "application": "race-portal",
        "email": a_person()["email"],
        "no_obligation": True,
        "form": sent,
    }
    token = str(who.expect(201, "POST", "/registrations", body)["token"])
    registration = token.split(".", maxsplit=1)[0]
    entered = {
        "organization": {
            "name": registration,
            "country": "US",
            "time_zone": "America/New_York",
            "address": ["1 Main Street"],
        },
        "administrators": [a_person()],
    }
    who.expect(200, "PUT", f"/registrations/{token}", entered)
    notices = {"no_obligation": True, "passwords_passed_on": True}
    who.expect(200, "POST", f"/registrations/{token}/submission", notices)
    return registration
