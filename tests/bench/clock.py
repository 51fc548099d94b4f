"""The clock: whether its cost follows the due rows, its speed, and its cost a month.

The sweep and the workers run in processes of their own with the deployed functions' settings; the
way from the sweep to the mailbox is measured through the local stack as a whole.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from typing import Any

from keyfob.domain.messages.outbox import message_id
from keyfob.storage.database import Database
from local.client import eventually
from local.progress import step
from local.services import REGION
from local.stack import Stack, local_stack
from tests.bench import clock_bill
from tests.bench.figures import milliseconds, share, table
from tests.support.clock_costs import TOLD, zone
from tests.support.lives import Lives
from tests.support.masses import stored
from tests.support.templates import ROOT, resources

DUE = 2_000
STORED = (20_000, 200_000)
BACKLOGS = (5_000, 50_000)
NOTICES = (100, 500)
ONE_BY_ONE = 200
_WARM = 20
_SECONDS = 240  # of one run of the sweep, as its function has
_FUNCTIONS = ("LifecycleSweep", "LifecycleWorker", "Notifier")


def measure() -> None:
    """Measure everything on one stack; it takes some minutes."""
    with local_stack() as stack:
        _stop_schedules(stack)
        _through_the_stack(stack, _WARM)
        through = [_through_the_stack(stack, count) for count in NOTICES]
        with _paused(stack, "OutboxRelay", *_FUNCTIONS[1:]):
            alone = _one_by_one(stack)
            with step("Counting what each thing is charged"):
                counted = _run(stack, "costs", {})
        among = [_swept(stack, count, due=DUE) for count in STORED]
        backlogs = [_swept(stack, count, due=count, once=True) for count in BACKLOGS]
    _print_following(among)
    _print_throughput(through, alone, backlogs)
    said = {name: one["said"] for name, one in alone.items()}
    clock_bill.show(counted["charged"], counted["entry"], said)


def _print_following(among: Sequence[Mapping[str, Any]]) -> None:
    few, many = among
    rows = [
        [what, *(f"{one[name]:,}" for one in among), share(many[name], few[name])]
        for what, name in (
            ("queries", "queries"),
            ("items read", "items"),
            ("writes", "writes"),
            ("queued", "queued"),
        )
    ]
    head = [f"a sweep, {DUE:,} due", *(f"of {count:,}" for count in STORED), "ratio"]
    table("Cost follows what is due", head, rows)


def _print_throughput(
    through: Sequence[Sequence[str]],
    alone: Mapping[str, Mapping[str, float]],
    backlogs: Sequence[Mapping[str, Any]],
) -> None:
    rows = [
        [name, milliseconds(one["p50"]), milliseconds(one["processor"]), f"{one['rate']:.0f}"]
        for name, one in alone.items()
    ]
    table("One worker, one after the other", ["", "p50", "processor", "a second"], rows)
    head = ["notices due at once", "swept", "queued", "half sent", "sent", "a second"]
    table("From the sweep to the mailbox, through the local stack", head, through)
    lines = [
        [
            f"{count:,}",
            f"{one['memory'] / 1024:.0f} MiB",
            f"{one['held']:,}",
            f"{one['queued']:,} in {one['seconds']:.0f} s",
            f"{one['queued'] / one['seconds']:.0f}",
        ]
        for count, one in zip(BACKLOGS, backlogs, strict=True)
    ]
    head = ["a backlog of", "peak memory", "rows held at once", "queued", "a second"]
    table(f"One run of the sweep, {_SECONDS} s at most", head, lines)


def _swept(stack: Stack, count: int, *, due: int, once: bool = False) -> dict[str, Any]:
    """Figures of a sweep of its own table and queue; `once` stops after one run."""
    dynamodb, name = stack.client("dynamodb"), f"bench-{count}"
    shape = resources("AWS::DynamoDB::Table", "infra/data.yaml")["CredentialsTable"]["Properties"]
    same = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
    dynamodb.create_table(TableName=name, **{one: shape[one] for one in same})
    queue = stack.client("sqs").create_queue(QueueName=name)["QueueUrl"]
    now = stack.clock.now()
    items = stored(
        count, due=due, at=now - timedelta(hours=1), later=now + timedelta(days=9), whole=False
    )
    with step(f"Storing {count:,} credentials, {due:,} of them due"):
        _fill(dynamodb, name, items)
    with step("Sweeping them"):
        own = {"TABLE_CREDENTIALS": name, "QUEUE_LIFECYCLE": queue}
        found = _run(stack, "sweep", {"seconds": _SECONDS, "once": once}, **own)
    dynamodb.delete_table(TableName=name)
    stack.client("sqs").delete_queue(QueueUrl=queue)
    return found


def _fill(dynamodb: Any, name: str, items: Iterable[Mapping[str, Any]]) -> None:
    def put(some: Sequence[Mapping[str, Any]]) -> None:
        requests = [{"PutRequest": {"Item": item}} for item in some]
        answer = dynamodb.batch_write_item(RequestItems={name: requests})
        if answer["UnprocessedItems"]:
            raise RuntimeError("the emulator left something out")

    left = iter(items)
    with ThreadPoolExecutor(2) as pool:
        while batches := [some for _ in range(40) if (some := list(islice(left, 25)))]:
            list(pool.map(put, batches))


def _one_by_one(stack: Stack) -> dict[str, dict[str, float]]:
    """The worker, then the notifier, with as many notices; no other process takes them."""
    lives = _lives(stack)
    with step(f"Adding {ONE_BY_ONE} credentials whose notice is due"):
        due = [lives.add("notice") for _ in range(ONE_BY_ONE)]
    accounts = [f"ACCOUNT#{one.account}" for one in due]
    mails = [message_id(TOLD["notice"], one.subject, 2, one.account) for one in due]
    found = {}
    for function, ids in (("lifecycle_worker", accounts), ("notifier", mails)):
        with step(f"Giving them to one {function}"):
            found[function] = _run(stack, "work", {"function": function, "due": ids})
    return found


def _through_the_stack(stack: Stack, count: int) -> list[str]:
    """Sweep, queue, worker, outbox, stream, relay, queue, notifier, mailbox."""
    lives = _lives(stack)
    with step(f"Adding {count} credentials whose notice is due"):
        for _ in range(count):
            lives.add("notice")
    before, began = _queued(stack), time.perf_counter()
    with step("Sweeping, and waiting for the last mail"):
        report = stack.invoke("LifecycleSweepFunction", {})
        if report["queued"] != count:
            raise RuntimeError(report)
        swept = time.perf_counter() - began
        told = _passed(stack, 0, before[0] + count) - began
        half = _passed(stack, 1, before[1] + count // 2) - began
        sent = _passed(stack, 1, before[1] + count) - began
    times = (swept, told, half, sent)
    return [str(count), *(f"{one:.1f} s" for one in times), f"{count / sent:.0f}"]


def _passed(stack: Stack, index: int, wanted: int) -> float:
    """Waits until so many messages are queued (0) or sent (1), and returns the time."""
    what = f"{wanted} messages"
    eventually(lambda: _queued(stack)[index] >= wanted, seconds=900, what=what)
    return time.perf_counter()


def _queued(stack: Stack) -> tuple[int, int]:
    """The numbers of queued messages, and of those that are sent."""
    pages = stack.client("dynamodb").get_paginator("scan")
    states = [
        item["state"]["S"]
        for page in pages.paginate(
            TableName=stack.outputs["OutboxTable"],
            ProjectionExpression="#s",
            ExpressionAttributeNames={"#s": "state"},
        )
        for item in page["Items"]
    ]
    return len(states), states.count("done")


def _lives(stack: Stack) -> Lives:
    """People in a zone where it is noon: by night a reminder would wait."""
    tables = {
        name.removesuffix("Table").lower(): deployed
        for name, deployed in stack.outputs.items()
        if name.endswith("Table")
    }
    database = Database(stack.client("dynamodb"), tables)
    return Lives(database, stack.clock.now, zone(12 - stack.clock.now().hour))


def _stop_schedules(stack: Stack) -> None:
    """Disables the scheduled sweeps."""
    events = stack.client("events")
    for rule in events.list_rules()["Rules"]:
        if "ScheduleExpression" in rule:
            events.disable_rule(Name=rule["Name"])


@contextmanager
def _paused(stack: Stack, *functions: str) -> Iterator[None]:
    """Keeps the messages for these functions waiting."""
    client = stack.client("lambda")
    sources = [
        source["UUID"]
        for function in functions
        for source in client.list_event_source_mappings(
            FunctionName=stack.outputs[f"{function}Function"]
        )["EventSourceMappings"]
    ]
    for source in sources:
        client.update_event_source_mapping(UUID=source, Enabled=False)
    try:
        yield
    finally:
        for source in sources:
            client.update_event_source_mapping(UUID=source, Enabled=True)


def _run(stack: Stack, job: str, arguments: Mapping[str, Any], **settings: str) -> dict[str, Any]:
    """The figures of a job in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.clock_work", job],
        env=_settings(stack) | settings,
        input=json.dumps(arguments),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _settings(stack: Stack) -> dict[str, str]:
    """The deployed functions' settings, and the way to the emulator."""
    functions = stack.client("lambda")
    own: dict[str, str] = {}
    for name in _FUNCTIONS:
        found = functions.get_function_configuration(FunctionName=stack.outputs[f"{name}Function"])
        own |= found["Environment"]["Variables"]
    return {
        **own,
        "AWS_ENDPOINT_URL": stack.emulator_url,
        "AWS_ENDPOINT_URL_SESV2": f"{stack.url}/_ses",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "PYTHONPATH": f"{ROOT}/layers/keyfob/python:{ROOT}/functions:{ROOT}",
    }
