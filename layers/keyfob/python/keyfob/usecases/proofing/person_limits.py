"""How often a bureau is asked about one person, and by one account (C2, S62)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from keyfob.domain.audit.entry import Actor
from keyfob.domain.errors import DomainError
from keyfob.domain.limits import Limit, Quota
from keyfob.domain.orders.license_key import Mac
from keyfob.domain.policy import Policy
from keyfob.domain.proofing.bureau import Person
from keyfob.storage.limits import Limits

_PURPOSE = "proofed-person"


class PersonLimits:
    """Counts calls to the bureau; of a person only a keyed hash, which expires, is kept."""

    def __init__(self, limits: Limits, mac: Mac, policy: Policy) -> None:
        self._limits = limits
        self._mac = mac
        self._policy = policy

    @contextmanager
    def asked_about(
        self,
        person: Person | None,
        by: Actor,
        now: datetime,
        *,
        failed: type[DomainError] = DomainError,
    ) -> Iterator[None]:
        """Count a call about this person, or about one that the bureau has located already.

        It is given back if the call `failed`.

        Raises:
            TooManyTries: by this account, or about this person. KeysUnavailable.
        """
        # The account's quota first: it bounds the calls to the key service, too (S62).
        account = self._quota("person-account", by.account)
        with self._limits.request([account], now, failed=failed):
            if person is None:
                yield
                return
            fingerprint = self._mac(_PURPOSE, f"{person.born.isoformat()} {person.ssn[-4:]}")
            about = self._quota("person", fingerprint)
            with self._limits.request([about], now, failed=failed):
                yield

    def _quota(self, name: str, subject: str) -> Quota:
        policy = self._policy
        limit = Limit(name=name, tries=policy.person_attempts, period=policy.person_attempts_period)
        return Quota(limit=limit, subject=subject)
