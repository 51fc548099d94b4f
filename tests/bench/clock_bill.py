"""The clock's cost a month for ten million credentials, from the counted charges.

Nothing here is measured: quantities follow from the counted charges and the assumptions below,
dollars from the list prices below.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local.progress import say
from tests.bench.clock_work import ROWS
from tests.bench.figures import table

# US dollars in us-east-1, on demand, without any free tier, from AWS's public price pages of
# mid-2025. Check them before you rely on the bill.
PRICES_OF = "us-east-1, list prices of mid-2025"
PRICES = {
    "read unit": 0.125e-6,
    "write unit": 0.625e-6,
    "stored GB": 0.25,
    "GB of backup": 0.20,  # point-in-time recovery
    "queue request": 0.40e-6,
    "invocation": 0.20e-6,
    "GB-second": 13.3334e-6,  # arm64
    "mail": 0.10e-3,
    "GB of logs": 0.50,
    "trace": 5.00e-6,
    "signature": 15.00e-6,  # KMS, ECC
    "S3 put": 5.00e-6,
}
_MONTHS = 12
_SWEEPS = 12 * 24 * 365 / _MONTHS
_HOURS = 24 * 365 / _MONTHS
_KEPT = 3  # months that a sent message stays
_ITEM = 100  # bytes that DynamoDB adds to each item and to each entry of an index
_READ = 4_096  # bytes that a read unit pays for; half a unit for a read from an index
_HOUR_ENTRY = 200  # bytes of an audit entry in its index
_REPORT = 350  # bytes of Lambda's own lines for an invocation


@dataclass(frozen=True, kw_only=True)
class Assumed:
    """Assumptions that can't be counted beforehand."""

    credentials: int = 10_000_000
    renewed_early: float = 0.70  # after the notice, before expiry
    renewed_late: float = 0.10  # after expiry, before the first reminder; the rest is revoked
    reminders: int = 3
    at_night: float = 0.50  # of notices and reminders, if their hours are spread over the day
    repeated: float = 0.01  # of queued messages come twice: obsolete
    worker_seconds: float = 0.10  # on AWS, with 512 MB
    notifier_seconds: float = 0.30  # on AWS, with 512 MB; SES answers within most of it
    relay_seconds: float = 0.05  # on AWS, with 256 MB
    sweep_seconds_a_row: float = 0.01  # on AWS, with 512 MB
    sweep_seconds: float = 0.5  # … plus this for the queries
    relayed_together: float = 1  # stream records an invocation: the least possible
    pollers: int = 5  # that Lambda keeps for an idle queue, each polling every 20 seconds
    traced: float = 0.05  # of invocations


ASSUMED = Assumed()


@dataclass(frozen=True, kw_only=True)
class Line:
    """An item of the bill."""

    name: str
    amount: float
    unit: str

    @property
    def dollars(self) -> float:
        return self.amount * PRICES[self.unit]


class Month:
    """How often each thing happens in a month, on average."""

    def __init__(self, assumed: Assumed = ASSUMED) -> None:
        each = assumed.credentials / _MONTHS
        unrenewed = 1 - assumed.renewed_early
        lapsed = unrenewed - assumed.renewed_late
        self.stages = {
            "notice": each,
            "expiry": each * unrenewed,
            "reminder": each * lapsed * assumed.reminders,
            "revocation": each * lapsed,
        }
        self.done = sum(self.stages.values())
        self.moot = self.done * assumed.repeated
        self.deferred = assumed.at_night * (self.stages["notice"] + self.stages["reminder"])
        self.rows = self.done + self.deferred  # that sweeps find
        self.attempts = self.done + self.deferred  # of the notifier


def lines(charged: Mapping[str, Any], entry: int, said: Mapping[str, float]) -> Iterator[Line]:
    """The bill, item by item.

    Args:
        charged: what each thing was charged (`Charges` as mappings).
        entry: bytes of a credential in the due index.
        said: bytes of log an invocation, by function.
    """
    month, assumed = Month(), ASSUMED
    yield from _sweep(charged, entry, month)
    yield from _worker(charged, month)
    yield from _notifier(charged, month)
    idle = 2 * assumed.pollers * _HOURS * 3_600 / 20
    sent = month.rows / 10 + month.done / assumed.relayed_together
    taken = 2 * (month.done + month.moot + month.attempts)  # received and deleted
    yield Line(name="queues: put, taken, deleted", amount=sent + taken, unit="queue request")
    yield Line(name="queues: asked in vain", amount=idle, unit="queue request")
    yield from _lambda(said, month)
    yield Line(name="mails", amount=month.done, unit="mail")
    yield Line(name="audit heads: signed", amount=_HOURS, unit="signature")
    yield Line(name="audit heads: kept", amount=_HOURS, unit="S3 put")
    yield from _storage(charged, entry, month)


def _sweep(charged: Mapping[str, Any], entry: int, month: Month) -> Iterator[Line]:
    idle, busy = charged["sweep, nothing due"], charged[f"sweep, {ROWS} due"]
    # A few keys are fetched by the query anyway; counted as if none were.
    keys = month.rows * entry / _READ / 2
    yield Line(name="sweeps: queries", amount=_SWEEPS * idle["read"], unit="read unit")
    yield Line(name="sweeps: due keys", amount=keys, unit="read unit")
    leases = month.rows * busy["write"] / ROWS
    yield Line(name="leases, their index", amount=leases, unit="write unit")


def _worker(charged: Mapping[str, Any], month: Month) -> Iterator[Line]:
    often = {**month.stages, "moot": month.moot}
    reads = sum(count * charged[f"due {stage}"]["read"] for stage, count in often.items())
    yield Line(name="worker: reads", amount=reads, unit="read unit")
    parts: dict[str, float] = {}
    for stage, count in often.items():
        for part, units in charged[f"due {stage}"]["parts"].items():
            parts[_plain(part)] = parts.get(_plain(part), 0) + count * units
    for part, units in sorted(parts.items()):
        yield Line(name=f"worker: {part}", amount=units, unit="write unit")


def _notifier(charged: Mapping[str, Any], month: Month) -> Iterator[Line]:
    often = {f"mail {stage}": count for stage, count in month.stages.items()}
    often["mail at night"] = month.deferred
    for kind, unit in (("read", "read unit"), ("write", "write unit")):
        units = sum(count * charged[name][kind] for name, count in often.items())
        yield Line(name=f"notifier: {kind}s", amount=units, unit=unit)


def _lambda(said: Mapping[str, float], month: Month) -> Iterator[Line]:
    assumed = ASSUMED
    worked = month.done + month.moot
    relayed = month.done / assumed.relayed_together
    invocations = _SWEEPS + worked + relayed + month.attempts
    sweeping = _SWEEPS * assumed.sweep_seconds + month.rows * assumed.sweep_seconds_a_row
    seconds = worked * assumed.worker_seconds + month.attempts * assumed.notifier_seconds
    memory = 0.5 * (seconds + sweeping) + 0.25 * relayed * assumed.relay_seconds
    logged = worked * said["lifecycle_worker"] + month.attempts * said["notifier"]
    logged += invocations * _REPORT
    yield Line(name="functions: invocations", amount=invocations, unit="invocation")
    yield Line(name="functions: time", amount=memory, unit="GB-second")
    yield Line(name="functions: logs", amount=logged / 1e9, unit="GB of logs")
    yield Line(name="functions: traces", amount=invocations * assumed.traced, unit="trace")


def _storage(charged: Mapping[str, Any], entry: int, month: Month) -> Iterator[Line]:
    """The due index, three months of messages, and the entries of a year."""
    sizes = {_plain(table): size for table, size in charged["due notice"]["sizes"].items()}
    index = ASSUMED.credentials * (entry + _ITEM)
    queued = month.done * _KEPT * (sizes["outbox"] + _ITEM)
    entries = month.done * _MONTHS * (sizes["audit"] + _HOUR_ENTRY + 2 * _ITEM)
    for name, size in (("the due index", index), ("messages", queued), ("entries", entries)):
        yield Line(name=f"storage: {name}", amount=size / 1e9, unit="stored GB")
    kept = (queued + entries) / 1e9
    yield Line(name="storage: to recover from", amount=kept, unit="GB of backup")


def _plain(deployed: str) -> str:
    """`credentials`, or `credentials, its due index`, from a deployed table's name."""
    table_, _, index = deployed.partition("/")
    known = (
        "accounts",
        "sessions",
        "orders",
        "credentials",
        "outbox",
        "proofing",
        "letters",
        "audit",
    )
    logical = next(name for name in known if name in table_.lower())
    return f"{logical}, index" if index else logical


def show(charged: Mapping[str, Any], entry: int, said: Mapping[str, float]) -> None:
    """Print what was counted and the bill."""
    counted = [
        [name, f"{len(one['calls'])}", f"{one['read']:g}", f"{one['write']}"]
        for name, one in charged.items()
    ]
    table(
        "Counted, with the longest rows", ["", "round trips", "read units", "write units"], counted
    )
    bill = list(lines(charged, entry, said))
    total = sum(line.dollars for line in bill)
    rows = [[line.name, _short(line.amount), line.unit, f"{line.dollars:.2f}"] for line in bill]
    rows.append(["together", "", "", f"{total:.2f}"])
    title = f"A month of {ASSUMED.credentials:,} credentials, in US dollars ({PRICES_OF})"
    table(title, ["", "amount", "", "dollars"], rows)
    month = Month()
    say(
        f"\n{month.done:,.0f} messages a month, {month.rows / _SWEEPS:,.0f} rows a sweep; "
        f"{total / month.done * 1000:.2f} dollars a thousand messages, "
        f"{total * _MONTHS / ASSUMED.credentials * 1000:.2f} a thousand credentials a year."
    )


def _short(amount: float) -> str:
    for size, letter in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if amount >= size:
            return f"{amount / size:.3g}{letter}"
    return f"{amount:.3g}"
