"""Credentials' histories on the stack, as the referee takes them: rows, trail and mails."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from local.mailbox import Mailbox
from local.stack import Stack
from tests.referee.record import Act, Life, Sending, Told
from tests.stack.population import HOMES, Resident
from tests.support.running.observed import log_lines
from tests.support.running.rows import Rows

_ZONES = {"US": "America/New_York", "DE": "Europe/Berlin"}
_ACTS = {
    "credential.renewed": "renewed",
    "credential.suspended": "suspended",
    "credential.cause_lifted": "lifted",
    "credential.reenabled": "lifted",
    "credential.revoked": "revoked",
    "credential.lapsed": "lapsed",
}
# The entry's clock is read a moment after the decision's: now and then in the next second.
_ENTERED = timedelta(seconds=5)
# Payments renew, in their holder's name.
_ACTORS = {"account": "holder", "stripe": "holder"}


class Chronicle:
    """Reads everything once, at the end."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._trail: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for entry in Rows(stack).all("audit"):
            self._trail[entry["pk"]].append(entry)
        self.queued: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for message in Rows(stack).all("outbox"):
            self.queued[message["subject"]].append(message)
        self._sent: dict[str, list[Sending]] = defaultdict(list)
        for mail in Mailbox(stack.state / "mails", stack.clock).mails():
            self._sent[mail.message["X-Keyfob-Message"]].append(Sending(at=mail.at))
        self._rows = {
            (row["pk"], row["id"]): row for row in Rows(stack).all("credentials") if "id" in row
        }

    @property
    def mails(self) -> int:
        """The number of mails."""
        return sum(map(len, self._sent.values()))

    def resent(self) -> frozenset[str]:
        """Messages whose worker logged that they may have gone out twice."""
        twice = {one for one, sendings in self._sent.items() if len(sendings) > 1}
        return frozenset(_tried_again(log_lines(self._stack)) if twice else ())

    def life(self, resident: Resident) -> Life:
        """Everything about this credential."""
        first = resident.first
        row = self._rows[f"ACCOUNT#{resident.account}", first.id]
        revoked_at = _moment(row.get("revoked_at"))
        trail = sorted(self._trail[first.subject], key=lambda entry: entry["number"])
        acts = [_act(entry) for entry in trail if entry["action"] in _ACTS]
        if revoked_at and acts and revoked_at < acts[-1].at <= revoked_at + _ENTERED:
            acts[-1] = replace(acts[-1], at=revoked_at)
        return Life(
            id=first.subject,
            zone=_ZONES[HOMES[first.organization]],
            country=HOMES[first.organization],
            born_at=resident.born_at,
            first_expiry=first.expires_at,
            acts=tuple(acts),
            messages=tuple(self._told(first.subject)),
            expires_at=datetime.fromisoformat(row["expires_at"]),
            revoked_at=revoked_at,
        )

    def chain(self, resident: Resident) -> tuple[list[int], bool]:
        """The numbers of its trail, and whether each entry follows the last one, up to the row."""
        row = self._rows[f"ACCOUNT#{resident.account}", resident.first.id]
        trail = sorted(self._trail[resident.first.subject], key=lambda entry: entry["number"])
        heads = [*(entry["previous"] for entry in trail[1:]), row["head"].value.hex()]
        follows = heads == [entry["hash"] for entry in trail]
        return [int(entry["number"]) for entry in trail], follows and row["version"] == len(trail)

    def _told(self, subject: str) -> Iterable[Told]:
        days = {
            entry["number"]: json.loads(entry["facts"]).get("days")
            for entry in self._trail[subject]
        }
        for message in self.queued[subject]:
            if message["pk"].startswith("msg_"):
                yield Told(
                    number=int(message["subject_version"]),
                    id=message["pk"],
                    kind=message["kind"],
                    queued_at=datetime.fromisoformat(message["created_at"]),
                    sent=tuple(self._sent[message["pk"]]),
                    days=days.get(message["subject_version"]),
                )


def _act(entry: dict[str, Any]) -> Act:
    by = entry["actor_kind"]
    return Act(
        number=int(entry["number"]),
        at=datetime.fromisoformat(entry["at"]).replace(microsecond=0),
        what=_ACTS[entry["action"]],
        by=_ACTORS.get(by, by),
    )


def _tried_again(lines: Iterable[str]) -> Iterable[str]:
    for line in lines:
        if '"attempt"' in line and '"message_id"' in line:
            said = json.loads(line)
            if said["attempt"] > 1 or "twice" in said["message"]:
                yield said["message_id"]


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
