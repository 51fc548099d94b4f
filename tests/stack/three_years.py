"""Three years of the deployed clock: it moves in steps, people act, messages come twice."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

from keyfob.domain.credentials.credential import Credential
from keyfob.domain.credentials.suspension import Suspender
from keyfob.domain.errors import DomainError
from local.client import Person, eventually, idempotency_key, new_order, on_payment_page
from local.stack import Stack
from tests.referee.record import Patience, Watch
from tests.stack.chronicle import Chronicle
from tests.stack.population import HOMES, Population, Resident
from tests.support.running.people import PERMANENT, TEMPORARY, api, new_address

DAY, MINUTE, SECOND = timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)
YEARS = 3 * 365 * DAY
_AT_ONCE = Patience(clock=timedelta(), mail=timedelta())
_EMPTY = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")


@dataclass(frozen=True)
class Holder:
    """A holder who acts through the API."""

    person: Person
    resident: Resident

    def act(self, method: str, what: str, body: Any = None) -> int:
        """Sign in (sessions idle out while years pass), then act; returns the answer's status."""
        self.person.sign_in(PERMANENT)
        path = f"/credentials/{self.resident.first.id}/{what}"
        return self.person.call(method, path, body).status_code

    def suspend(self) -> int:
        return self.act("POST", "suspension")

    def lift(self) -> int:
        return self.act("DELETE", "suspension")

    def revoke(self) -> int:
        return self.act("POST", "revocation", {"confirm": True})

    def order(self) -> dict[str, Any] | None:
        """Another year, not paid yet; None if it is refused."""
        self.person.sign_in(PERMANENT)
        body = new_order(items=[{"product": "renewal", "credential": self.resident.first.id}])
        answer = self.person.call("POST", "/orders", body, headers=idempotency_key())
        return dict(answer.json()) if answer.status_code == 201 else None


class ThreeYears:
    """The stack, its people, and each step's acts; `done` are the steps' ends."""

    def __init__(self, stack: Stack, *, silent: int, busy: int) -> None:
        self.stack, self.chance = stack, Random(1)
        self.began = stack.clock.now()
        self.done: list[datetime] = []
        self.happened: Counter[str] = Counter()
        self.population = Population(stack)
        self.busy = self._holders(busy)
        self.silent = [self._newcomer(f"silent{number}") for number in range(silent)]
        self._suspended: list[tuple[Resident, Suspender]] = []
        self._appointments: list[tuple[datetime, Callable[[], None]]] = []

    @property
    def residents(self) -> list[Resident]:
        """Everybody."""
        return [*self.silent, *(one.resident for one in self.busy)]

    def play(self) -> None:
        """Three years, step by step; one more at the end, so that the last mails are out."""
        self._make_appointments()
        number = 0
        for number, day in enumerate(self._days()):
            self._step(self._time_of(number, day))
            self._somebody_acts()
        self._step(self.stack.clock.now() + DAY)

    def watch(self, chronicle: Chronicle) -> Watch:
        """No work is expected between the ends of two steps; everything is done at such an end."""
        ends = [self.began, *self.done]
        return Watch(
            until=self.done[-1] + SECOND,
            outages=tuple(pairwise(ends)),
            resent=chronicle.resent(),
            patience=_AT_ONCE,
        )

    def _days(self) -> Iterator[timedelta]:
        """Every two weeks or so; now and then nothing for four."""
        day = DAY
        while day < YEARS:
            yield day
            day += self.chance.choices((12, 14, 18, 27), (3, 4, 2, 1))[0] * DAY

    def _time_of(self, number: int, day: timedelta) -> datetime:
        """By day in New York and Berlin, every sixth at night in both.

        Each step has minutes of its own, so that what began in one falls due in no other.
        """
        noon = (self.began + day).replace(hour=13, minute=30, second=0, microsecond=0)
        return noon + number * 75 * SECOND - (number % 6 == 5) * timedelta(hours=10)

    def _step(self, at: datetime) -> None:
        """Run the sweep, with some messages of its queue twice; all is done when it ends."""
        while self._appointments and self._appointments[0][0] < at:
            when, meet = self._appointments.pop(0)
            self._go_to(when)
            meet()
        self._go_to(at)
        report = self.stack.invoke("LifecycleSweepFunction", {})
        assert report["finished"]
        self.happened["queued"] += report["queued"]
        self._repeat([f"ACCOUNT#{one.account}" for one in self.residents])
        eventually(self._is_quiet, seconds=150, what=f"everything due at {at} is done")
        self.done.append(self.stack.clock.now())
        # Rows keep whole seconds: the next event is in another one.
        self.stack.clock.move(2 * SECOND)

    def _go_to(self, at: datetime) -> None:
        ahead = at - self.stack.clock.now()
        assert ahead > timedelta(), f"it is {-ahead} past {at}"
        self.stack.clock.move(ahead)

    def _repeat(self, ids: list[str]) -> None:
        bodies = [json.dumps({"due": one}) for one in self.chance.sample(ids, 5)]
        entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies)]
        url = self.stack.outputs["LifecycleQueue"]
        self.stack.client("sqs").send_message_batch(QueueUrl=url, Entries=entries)

    def _is_quiet(self) -> bool:
        return all(map(self._is_empty, ("LifecycleQueue", "PaymentsQueue", "MessagesQueue"))) and (
            not self._queued()
        )

    def _is_empty(self, queue: str) -> bool:
        answer = self.stack.client("sqs").get_queue_attributes(
            QueueUrl=self.stack.outputs[queue], AttributeNames=[*_EMPTY]
        )
        return all(answer["Attributes"][name] == "0" for name in _EMPTY)

    def _queued(self) -> int:
        """The number of messages due now: pending, and not waiting for the morning."""
        soon = (self.stack.clock.now() + 30 * MINUTE).isoformat()
        pages = self.stack.client("dynamodb").get_paginator("scan")
        found = pages.paginate(
            TableName=self.stack.outputs["OutboxTable"],
            ConsistentRead=True,
            Select="COUNT",
            FilterExpression="#s = :p AND (attribute_not_exists(lease_until) OR lease_until < :n)",
            ExpressionAttributeNames={"#s": "state"},
            ExpressionAttributeValues={":p": {"S": "pending"}, ":n": {"S": soon}},
        )
        return sum(page["Count"] for page in found)

    def _somebody_acts(self) -> None:
        """Two of the remaining holders act; some who suspended their credential act again."""
        there = [(one, live) for one in self.busy[3:] if (live := self._live(one.resident))]
        acting = self.chance.sample(there, min(2, len(there)))
        acting += [
            (one, live)
            for one, live in there
            if live.suspensions and self.chance.random() < 0.4 and (one, live) not in acting
        ]
        with ThreadPoolExecutor(3) as pool:
            acts = [pool.submit(self._act, one, bool(live.suspensions)) for one, live in acting]
            self._meddle()
        for act in acts:
            act.result()

    def _live(self, resident: Resident) -> Credential | None:
        return self.population.credentials.live(resident.account)

    def _act(self, holder: Holder, suspended: bool) -> None:
        lifting = ("lifted", holder.lift) if suspended else ("suspended", holder.suspend)
        name, act = self.chance.choices(
            (("renewed", lambda: self._renew(holder)), lifting, ("revoked", holder.revoke)),
            (12, 24, 1) if suspended else (12, 6, 1),
        )[0]
        self.happened[f"{name}: {act()}"] += 1

    def _renew(self, holder: Holder) -> str:
        order = holder.order()
        return self._paid(order) if order else "refused"

    def _paid(self, order: dict[str, Any]) -> str:
        """Pay; returns the order's result."""
        on_payment_page(order, "pay").raise_for_status()

        def settled() -> str:
            state = self._order_state(str(order["number"]))
            return "" if state in {"awaiting_payment", "paid"} else state

        return eventually(settled, seconds=60, what=f"{order['number']} is settled")

    def _order_state(self, number: str) -> str:
        answer = self.stack.client("dynamodb").get_item(
            TableName=self.stack.outputs["OrdersTable"],
            Key={"pk": {"S": f"ORDER#{number}"}, "sk": {"S": "-"}},
            ConsistentRead=True,
        )
        return str(answer["Item"]["state"]["S"])

    def _meddle(self) -> None:
        """Acts of an administrator or the system, which the API doesn't offer."""
        by = self.chance.choice((Suspender.ADMINISTRATOR, Suspender.SYSTEM))
        resident = self.chance.choice(self.silent)
        if self._allowed(f"suspended by {by}", lambda: self.population.suspend(resident, by)):
            self._suspended.append((resident, by))
        if len(self._suspended) > 2:
            resident, by = self._suspended.pop(0)
            self._allowed(f"lifted by {by}", lambda: self.population.lift(resident, by))

    def _allowed(self, what: str, act: Callable[[], None]) -> bool:
        try:
            act()
        except DomainError as refused:
            self.happened[f"{what}: {type(refused).__name__}"] += 1
            return False
        self.happened[what] += 1
        return True

    def _make_appointments(self) -> None:
        """Three holders suspend, and return in the last minute or a minute late."""
        in_time, late, paying = self.busy[:3]
        ends = []
        for holder in (in_time, late, paying):
            assert holder.suspend() == 200
            live = self.population.credentials.live(holder.resident.account)
            assert live
            ends.append(live.revokes_at(self.population.policy))
        orders: list[dict[str, Any]] = []
        self._appointments = sorted(
            [
                (ends[0] - MINUTE, lambda: self._note("lifted in the last minute", in_time.lift())),
                (ends[1] + MINUTE, lambda: self._note("lifted too late", late.lift())),
                (ends[2] - 60 * MINUTE, lambda: orders.append(paying.order() or {})),
                (ends[2] + 2 * MINUTE, lambda: self._note("paid late", self._paid(orders[0]))),
            ],
            key=lambda one: one[0],
        )

    def _note(self, what: str, answer: object) -> None:
        self.happened[f"{what}: {answer}"] += 1

    def _newcomer(self, name: str) -> Resident:
        organization = self.chance.choice([*HOMES])
        account = self.population.newcomer(name, organization)
        return self.population.redeemed(account, organization, self._paid_at())

    def _paid_at(self) -> datetime:
        """Within the year before, at a time of day without steps."""
        paid = self.began - (1 + self.chance.random() * 363) * DAY
        return paid.replace(hour=self.chance.choice((0, 11, 21)), microsecond=0)

    def _holders(self, count: int) -> list[Holder]:
        organizations = [self.chance.choice([*HOMES]) for _ in range(count)]
        accounts = [
            {
                "user_id": f"busy{number}",
                "organization": organization,
                "email": f"busy{number}@{organization}.example",
                "first_name": "Test",
                "last_name": f"Busy {number}",
                "applications": ["parts-portal", "design-vault"],
                "temporary_password": TEMPORARY,
            }
            for number, organization in enumerate(organizations)
        ]
        self.stack.invoke("OperationsFunction", {"operation": "seed", "accounts": accounts})
        first = self._holder(0, organizations[0])
        with ThreadPoolExecutor(3) as pool:
            return [first, *pool.map(self._holder, range(1, count), organizations[1:])]

    def _holder(self, number: int, organization: str) -> Holder:
        headers = {"X-Forwarded-For": new_address()}
        person = Person(api(self.stack), f"busy{number}", headers=headers)
        person.first_sign_in(TEMPORARY, PERMANENT)
        account = person.token.split(".")[0]
        if number == 0:
            # Only the partner that sold them renews them.
            self.population.order = str(person.order()["number"])
        return Holder(person, self.population.redeemed(account, organization, self._paid_at()))
