"""The operators' API behind IAM: the emulator judges signatures, policies and principals."""

from __future__ import annotations

from dataclasses import replace

from botocore.credentials import Credentials

from local.operators import session_of
from local.stack import Stack
from tests.support.running.people import api, person

ACT = ("POST", "/operator/operations")


def test_only_a_request_signed_by_a_persons_session_of_the_operators_role_acts_G2_S60(
    stack: Stack,
) -> None:
    olivia, someone = stack.operator("olivia"), person(stack)
    freeze = {"operation": "freeze_account", "reason": "Phoned", "user_id": someone.user_id}
    theirs = olivia.credentials
    assert theirs
    others = {
        "nobody": None,
        "a wrong secret": Credentials(theirs.access_key, "guessed", theirs.token),
        "a role without the policy": session_of(stack, stack.outputs["SessionRole"], "olivia"),
        "the account's root": Credentials("test", "test"),
    }
    refused = {
        who: replace(olivia, credentials=one).call(*ACT, freeze) for who, one in others.items()
    }
    assert {who: one.status_code for who, one in refused.items()} == dict.fromkeys(others, 403)
    assert refused["the account's root"].json()["code"] == "assumed_role_required"
    # On the public API there is no such route, and on the operators' none of the public ones.
    assert replace(olivia, url=api(stack)).call(*ACT, freeze).status_code in {403, 404}
    assert olivia.call("GET", "/partners").status_code in {403, 404}
    assert someone.call("GET", "/session").status_code == 200

    done = olivia.call(*ACT, freeze)
    assert (done.status_code, done.json()["frozen"]) == (200, True)
    assert someone.call("GET", "/session").status_code == 401
    [found] = olivia.find(f"{someone.user_id}@acme.example")
    shown = olivia.call("GET", found["read"]).json()
    assert (shown["user_id"], shown["frozen"]) == (someone.user_id, True)
