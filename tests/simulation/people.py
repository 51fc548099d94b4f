"""People's acts on their credentials, and when: early, late, in the last second, or never."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from keyfob.domain.credentials.credential import Credential, State
from keyfob.domain.credentials.dates import one_year_after
from keyfob.domain.credentials.suspension import Suspender
from keyfob.domain.directory.organization import Organization
from keyfob.domain.policy import Policy
from tests.support.builders import a_credential

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
HOMES = tuple(
    Organization(id=zone, name=zone, country=country, time_zone=zone)
    for country, zone in (
        ("US", "America/New_York"),
        ("US", "America/Los_Angeles"),
        ("DE", "Europe/Berlin"),
        ("GB", "Europe/London"),
        ("JP", "Asia/Tokyo"),
        ("AU", "Australia/Lord_Howe"),
        ("KI", "Pacific/Kiritimati"),
        ("NU", "Pacific/Niue"),
        ("IN", "Asia/Kolkata"),
        ("BR", "America/Sao_Paulo"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """An act that somebody will try at an instant."""

    at: datetime
    what: str
    by: Suspender = Suspender.HOLDER


class People:
    """Decides by chance, the same every time for the same seed."""

    def __init__(self, seed: int, policy: Policy) -> None:
        self._chance = Random(seed)
        self._policy = policy

    def newcomer(self, number: int, account: str, home: Organization, now: datetime) -> Credential:
        """A credential just redeemed, paid a while ago; some were paid on a 29 February."""
        ago = self._chance.choice((0.01, 1, 20, 300)) * self._chance.random() * DAY
        paid_at = _whole(now - ago)
        if paid_at.year % 4 == 0 and paid_at.month == 3:
            paid_at = paid_at.replace(month=2, day=29)
        waits = self._chance.random() < 0.05
        return a_credential(
            id=f"crd_{number:020d}",
            account=account,
            organization=home.id,
            country=home.country,
            paid_at=paid_at,
            expires_at=one_year_after(paid_at),
            state=State.PENDING_ACTIVATION if waits else State.ACTIVE,
        )

    def home(self) -> Organization:
        """The organization that somebody works for."""
        return self._chance.choice(HOMES)

    def of_a_year(self, credential: Credential, now: datetime) -> list[Intent]:
        """The acts tried in the year that just began for this credential."""
        expires = credential.expires_at
        intents = [Intent(at=at, what="renew") for at in self._renewals(expires, now)]
        if self._chance.random() < 0.3:
            by = self._chance.choices((*Suspender,), (6, 3, 2))[0]
            at = self._between(now, expires + 30 * DAY)
            intents.append(Intent(at=at, what="suspend", by=by))
            # Now and then another one has a reason, too, before the first is lifted.
            if self._chance.random() < 0.4:
                other = self._chance.choice([one for one in Suspender if one is not by])
                at = self._between(at, at + 50 * DAY)
                intents.append(Intent(at=at, what="suspend", by=other))
        if self._chance.random() < 0.03:
            intents.append(Intent(at=self._between(now, one_year_after(expires)), what="revoke"))
        return [one for one in intents if one.at > now]

    def of_a_suspension(self, by: Suspender, now: datetime) -> list[Intent]:
        """The attempt to lift a suspension, if any; now and then by somebody without the right."""
        limit = self._policy.suspension_limit
        if by is Suspender.SYSTEM:
            after = self._chance.choice((0.2, 1, 4)) * self._chance.random() * limit
        else:
            after = self._chance.choices(
                (self._chance.random() * limit, limit - DAY, limit - SECOND, limit, limit + SECOND),
                (60, 10, 10, 5, 5),
            )[0]
        someone = by if self._chance.random() < 0.97 else self._chance.choice((*Suspender,))
        lifts = self._chance.random() < 0.85
        return [Intent(at=_whole(now + after), what="lift", by=someone)] if lifts else []

    def _renewals(self, expires: datetime, now: datetime) -> list[datetime]:
        ends, noticed = one_year_after(expires), expires - self._policy.renewal_notice
        kind = self._chance.choices(
            ("early", "noticed", "late", "expiring", "reminded", "last", "too late", "never"),
            (10, 30, 11, 4, 10, 6, 6, 23),
        )[0]
        if kind == "never":
            return []
        at = {
            "early": self._between(noticed - 60 * DAY, noticed),
            "noticed": self._between(noticed, expires),
            "late": self._between(expires, ends),
            "expiring": expires + self._chance.choice((-1, 0, 1)) * SECOND,
            "reminded": self._between(ends - 31 * DAY, ends),
            "last": ends - SECOND,
            "too late": ends + self._chance.choice((0, 1, 3_600, 90_000)) * SECOND,
        }[kind]
        # Some pay twice: for two years.
        return [at, at + DAY] if self._chance.random() < 0.03 else [max(at, now + SECOND)]

    def _between(self, since: datetime, until: datetime) -> datetime:
        return _whole(since + self._chance.random() * (until - since))


def _whole(at: datetime) -> datetime:
    return at.replace(microsecond=0)
