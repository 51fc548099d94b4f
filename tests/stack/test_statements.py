"""A statement, signed by the deployed key and verified by the published ones (E4, S26)."""

from __future__ import annotations

from joserfc import jwt
from joserfc.jwk import KeySet

from local.stack import Stack
from tests.support.running.inside import Inside
from tests.support.running.people import person
from tests.support.subscribing import subscribed

READING_ROOM = {"id": "reading-room", "name": "Reading Room", "level": 1, "hardware_only": False}


def test_a_statement_is_verified_by_the_published_keys_or_says_what_is_missing_E4(
    stack: Stack,
) -> None:
    # First she, since loading her would subscribe her organization to what there is.
    ada = person(stack, applications=["reading-room", "parts-portal"])
    library = {"id": "library", "name": "Library", "applications": [READING_ROOM]}
    assert "error" not in stack.invoke(
        "OperationsFunction", {"operation": "seed", "partners": [library]}
    )
    path = "/applications/reading-room/statement"
    refused = ada.call("POST", path)
    assert (refused.status_code, refused.json()["missing"]) == (403, ["subscription"])
    within = Inside(stack)
    now = stack.clock.now().replace(microsecond=0)
    subscribed(within.database(), within.transactions(), now, "reading-room", partner="library")
    answer = ada.call("POST", path)
    published = ada.call("GET", "/.well-known/jwks.json")
    assert published.headers["Cache-Control"] == "public, max-age=3600"
    assert answer.headers["Cache-Control"] == "no-store"
    keys = KeySet.import_key_set(published.json())
    claims = jwt.decode(answer.json()["statement"], keys, algorithms=["ES256"]).claims
    assert (claims["aud"], claims["acr"]) == ("reading-room", "urn:keyfob:level:1")
    assert claims["iss"] == stack.url
    [ready] = [
        one for one in ada.call("GET", "/applications").json()["applications"] if one["ready"]
    ]
    assert ready["id"] == "reading-room"
