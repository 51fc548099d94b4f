"""The verifier in docs/statements.md does what it says, with a library that isn't ours (S26)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import ECKey, OctKey

from keyfob.domain.access.judgement import Missing
from keyfob.domain.statements.jws import compact, signing_input
from keyfob.usecases.statements.signing import Signing
from tests.support.builders import a_hardware_token
from tests.support.fakes import FakeSigningKey
from tests.support.statement_world import StatementWorld
from tests.support.templates import ROOT

DOCUMENT = (ROOT / "docs" / "statements.md").read_text(encoding="utf-8")
ISSUER = "https://keyfob.example"
MINUTE, HOUR = 60, 3_600


def verifier_class() -> Any:
    """The example's class, as a reader would copy it."""
    code = DOCUMENT.split("```python\n")[1].split("```")[0]
    copied: dict[str, Any] = {}
    exec(code, copied)
    return copied["Verifier"]


@dataclass(kw_only=True)
class Partner:
    """A partner's server, with the published keys as its cache has them."""

    world: StatementWorld
    verifier: Any = None
    fetched: list[int] = field(default_factory=list)

    def expects(self, **changes: Any) -> Partner:
        """What its application asks for."""
        wanted = {"issuer": ISSUER, "application": "portal", "level": 2, **changes}
        self.verifier = verifier_class()(self._fetch, **wanted)
        return self

    def verify(self, statement: str, *, later: int = 0) -> Any:
        """The claims, so many seconds later."""
        return self.verifier.claims(statement, now=self.world.clock().timestamp() + later)

    def _fetch(self) -> Any:
        self.fetched.append(1)
        keys = {"keys": [key.jwk() for key in self.world.signing.published()]}
        return json.loads(json.dumps(keys))


@pytest.fixture
def partner(statement_world: StatementWorld) -> Partner:
    """Ada has a token and a phone."""
    both: dict[str, Any] = {"token": a_hardware_token(), "phones": {"phone1": 0}}
    statement_world.credential_world.credential(**both)
    return Partner(world=statement_world).expects()


def issued(partner: Partner, application: str = "portal", by: str = "token") -> str:
    return partner.world.issue(application, partner.world.coded(by)).statement


def test_a_good_statement_is_verified_and_the_keys_are_fetched_once_S26(partner: Partner) -> None:
    for _ in range(3):
        claims = partner.verify(issued(partner))
        assert (claims["acr"], claims["amr"]) == ("urn:keyfob:level:2", ["pwd", "otp"])
    assert len(partner.fetched) == 1


@pytest.mark.parametrize("later", [0, 299, 359])
def test_a_statement_counts_for_five_minutes_and_a_minute_of_leeway_S26(
    later: int, partner: Partner
) -> None:
    assert partner.verify(issued(partner), later=later)


@pytest.mark.parametrize("later", [361, 86_400, -61])
def test_an_expired_one_and_one_from_the_future_are_refused_S26(
    later: int, partner: Partner
) -> None:
    with pytest.raises(JoseError):
        partner.verify(issued(partner), later=later)


@pytest.mark.parametrize(
    "wanted", [{"application": "vault"}, {"issuer": f"{ISSUER}/"}, {"application": "port"}]
)
def test_a_statement_for_others_or_by_others_is_refused_S26(
    wanted: dict[str, str], partner: Partner
) -> None:
    statement = issued(partner)
    assert partner.verify(statement)
    with pytest.raises(JoseError):
        partner.expects(**wanted).verify(statement)


def test_too_low_a_level_is_refused_S26(partner: Partner) -> None:
    statement = issued(partner)
    with pytest.raises(ValueError, match="level"):
        partner.expects(level=3).verify(statement)


def test_an_application_for_hardware_tokens_refuses_a_phones_code_by_itself_too_S15(
    partner: Partner,
) -> None:
    partner.expects(hardware_only=True)
    assert partner.verify(issued(partner))
    with pytest.raises(ValueError, match="hardware token"):
        partner.verify(issued(partner, by="phone1"))


def parts(statement: str) -> list[str]:
    return statement.split(".")


def resigned(partner: Partner, header: dict[str, str], key: Any) -> str:
    """The claims of a good statement, signed by somebody else."""
    return jwt.encode(header, good_claims(partner), key, algorithms=["HS256", "ES256"])


def good_claims(partner: Partner) -> dict[str, Any]:
    return partner.world.claims(partner.world.issue("portal", partner.world.coded()))


def kid(partner: Partner) -> str:
    return str(partner.world.signing.published()[0].id)


FORGERIES: dict[str, Callable[[Partner], str]] = {
    "unsigned": lambda one: compact(
        signing_input({"alg": "none", "kid": kid(one)}, good_claims(one)), b""
    ),
    "by the public key as a password": lambda one: resigned(
        one,
        {"alg": "HS256", "kid": kid(one)},
        OctKey.import_key(json.dumps(one.world.signing.published()[0].jwk()).encode()),
    ),
    "by another key under our name": lambda one: resigned(
        one, {"alg": "ES256", "kid": kid(one)}, ECKey.generate_key("P-256")
    ),
    "by another key under its own name": lambda one: resigned(
        one, {"alg": "ES256", "kid": "mine"}, ECKey.generate_key("P-256")
    ),
    "other claims": lambda one: ".".join(
        [*parts(issued(one))[:1], parts(issued(one, "vault"))[1], *parts(issued(one))[2:]]
    ),
    "a signature in another form": lambda one: ".".join(
        [*parts(issued(one))[:2], "MEUCIQDkNbGZ1Wm1Yx8RTq9SpkqQp0VbBqo3dXTdzkXyEw7aQgIgBq"]
    ),
    "nothing": lambda _: "",
}


@pytest.mark.parametrize("what", FORGERIES)
def test_a_forgery_is_refused_S26(what: str, partner: Partner) -> None:
    forged = FORGERIES[what](partner)
    with pytest.raises((JoseError, ValueError)):
        partner.verify(forged)


# The roll of a key


def test_a_roll_is_noticed_by_nobody_who_kept_the_keys_S26(partner: Partner) -> None:
    world, old = partner.world, issued(partner)
    assert partner.verify(old)
    switch(world, "second")
    assert partner.verify(issued(partner)), "by the cached keys"
    assert partner.verify(old), "signed before the switch"
    assert len(partner.fetched) == 1
    # An hour later the other key is replaced by a new one; then that one takes over.
    world.clock.advance(hours=1)
    replaced = {**world.keys, "first": FakeSigningKey()}
    world.signing = world.issuing._signing = Signing(replaced, "second")
    assert partner.verify(issued(partner))
    world.signing = world.issuing._signing = Signing(replaced, "first")
    assert partner.verify(issued(partner))
    assert len(partner.fetched) == 2


def switch(world: StatementWorld, signer: str) -> None:
    world.signing = world.issuing._signing = Signing(world.keys, signer)


def test_an_unknown_key_is_asked_for_again_but_not_with_every_forgery_S26(
    partner: Partner,
) -> None:
    """A key that was replaced in haste is found; forgeries cause few requests."""
    assert partner.verify(issued(partner))
    world = partner.world
    world.signing = world.issuing._signing = Signing(
        {"first": FakeSigningKey(), "second": FakeSigningKey()}, "first"
    )
    for _ in range(3):
        with pytest.raises(InvalidKeyIdError):
            partner.verify(world.issue("portal", world.coded()).statement, later=-MINUTE * 3)
    assert len(partner.fetched) == 1
    assert partner.verify(issued(partner), later=MINUTE)
    assert len(partner.fetched) == 2


# The words


def test_the_document_has_every_word_of_a_refusal_in_its_order_E4() -> None:
    table = DOCUMENT.split("## Refusals")[1]
    said = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert ", ".join(one.strip() for one in said) == ", ".join(f"`{one}`" for one in Missing)
