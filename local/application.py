"""A partner's application that takes statements: knows the public keys, nothing of the service.

docs/statements.md has a whole verifier; this one asks for the keys each time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

_LEEWAY = 60  # seconds
_TIMEOUT = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """An application of this id; `issuer` is the deployment's address, `clock` its own."""

    id: str
    issuer: str
    clock: Callable[[], datetime]

    def claims(self, statement: str) -> dict[str, Any]:
        """The claims of a valid statement for this application.

        Raises:
            JoseError: it is another issuer's, for another application, too old, or altered.
        """
        answer = requests.get(f"{self.issuer}/v1/.well-known/jwks.json", timeout=_TIMEOUT)
        keys = KeySet.import_key_set(answer.json())
        claims = jwt.decode(statement, keys, algorithms=["ES256"]).claims
        registry = jwt.JWTClaimsRegistry(
            now=lambda: int(self.clock().timestamp()),
            leeway=_LEEWAY,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.id},
            exp={"essential": True},
        )
        registry.validate(claims)
        return claims

    def refuses(self, statement: str) -> bool:
        """Whether it is none for this application."""
        try:
            self.claims(statement)
        except JoseError:
            return True
        return False
