"""Signs statements and publishes the keys that verify them (S26).

Two keys are published at any time, and one of them signs. Everybody therefore knows the next key
before its first signature, and the previous one until its last statement has expired.
"""

from __future__ import annotations

from collections.abc import Mapping

from keyfob.domain.statements.jws import compact, signing_input
from keyfob.domain.statements.keys import ALGORITHM, PublicKey, SigningKey, parsed
from keyfob.domain.statements.signature import fixed_width
from keyfob.domain.statements.statement import Statement


class Signing:
    """Signs by one of several keys.

    Args:
        keys: the published keys, each by its name in the deployment's settings.
        signer: the name of the one that signs.
    """

    def __init__(self, keys: Mapping[str, SigningKey], signer: str) -> None:
        self._keys = keys
        self._signer = keys[signer]
        self._known: dict[str, PublicKey] = {}
        self._name = signer

    def published(self) -> list[PublicKey]:
        """The public keys; the key service is asked once for each.

        Raises:
            KeysUnavailable: it did not answer.
        """
        return [self._public(name) for name in self._keys]

    def sign(self, statement: Statement) -> str:
        """The statement as a JWT.

        Raises:
            KeysUnavailable: the key service did not answer; nothing is signed.
        """
        header = {"alg": ALGORITHM, "kid": self._public(self._name).id, "typ": "JWT"}
        signed = signing_input(header, statement.claims())
        return compact(signed, fixed_width(self._signer.sign(signed)))

    def _public(self, name: str) -> PublicKey:
        if name not in self._known:
            self._known[name] = parsed(self._keys[name].public_key())
        return self._known[name]
