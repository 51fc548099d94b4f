"""The lifecycle's jobs under a test's control: sweep and worker run only when it calls them."""

from __future__ import annotations

import json
from typing import Any

from local.client import eventually
from local.stack import Stack
from tests.support.running.clock import sweep

_TEN = 10
_TRIES = 3


class LifecycleControl:
    """While it is entered, no scheduled sweep and no worker runs."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._sqs = stack.client("sqs")
        self._queue = self._url("LifecycleQueue")

    def __enter__(self) -> LifecycleControl:
        self._stack.client("events").disable_rule(Name=self._rule())
        feed(self._stack, "LifecycleWorkerFunction", on=False)
        self.work()
        return self

    def __exit__(self, *_: object) -> None:
        feed(self._stack, "LifecycleWorkerFunction", on=True)
        self._stack.client("events").enable_rule(Name=self._rule())

    def sweep(self) -> set[str]:
        """Run the deployed sweep and then the worker; returns the queued messages' subjects."""
        sweep(self._stack)
        return self.work()

    def work(self) -> set[str]:
        """Give the deployed worker all queued messages, ten at a time; all succeed in the end.

        A worker that began before this control may still be at the same row: a message that is
        given back for that comes again, as from the queue.
        """
        worked: set[str] = set()
        while records := self.take():
            worked |= due(records)
            for _ in range(_TRIES):
                answer = self._stack.invoke("LifecycleWorkerFunction", {"Records": records})
                failed = {one["itemIdentifier"] for one in answer["batchItemFailures"]}
                records = [one for one in records if one["messageId"] in failed]
                if not records:
                    break
            assert due(records) == set()
        return worked

    def bring(self) -> bool:
        """Give the worker up to ten messages as the queue would; those it gives back stay there.

        Returns:
            Whether there were any.
        """
        found = self._sqs.receive_message(
            QueueUrl=self._queue, MaxNumberOfMessages=_TEN, VisibilityTimeout=0
        )
        messages = {one["MessageId"]: one for one in found.get("Messages", [])}
        if not messages:
            return False
        records = [_record(one) for one in messages.values()]
        answer = self._stack.invoke("LifecycleWorkerFunction", {"Records": records})
        for failed in answer["batchItemFailures"]:
            del messages[failed["itemIdentifier"]]
        for one in messages.values():
            self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=one["ReceiptHandle"])
        return True

    def buried(self) -> set[str]:
        """The subjects of the clock's dead letters, which this deletes."""
        url = self._url("LifecycleDeadLetters")
        found = self._sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=_TEN)
        messages = found.get("Messages", [])
        for one in messages:
            self._sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
        return due([_record(one) for one in messages])

    def take(self) -> list[dict[str, Any]]:
        """Take up to ten messages off the queue, as the worker gets them."""
        found = self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=_TEN)
        messages = found.get("Messages", [])
        for one in messages:
            self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=one["ReceiptHandle"])
        return [_record(one) for one in messages]

    def _rule(self) -> str:
        events, function = (
            self._stack.client("events"),
            self._stack.outputs["LifecycleSweepFunction"],
        )
        (rule,) = [
            str(rule["Name"])
            for rule in events.list_rules()["Rules"]
            for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
            if target["Arn"].endswith(f":{function}")
        ]
        return rule

    def _url(self, output: str) -> str:
        name = self._stack.outputs[output].rpartition("/")[2]
        return str(self._sqs.get_queue_url(QueueName=name)["QueueUrl"])


def _record(message: dict[str, Any]) -> dict[str, Any]:
    """The message as the function gets it."""
    return {
        "messageId": message["MessageId"],
        "body": message["Body"],
        "eventSource": "aws:sqs",
    }


def due(records: list[dict[str, Any]]) -> set[str]:
    """The subjects of the clock's messages."""
    return {json.loads(one["body"])["due"] for one in records}


def feed(stack: Stack, function: str, *, on: bool) -> None:
    """Turn a function's event source on or off."""
    functions = stack.client("lambda")
    mappings = functions.list_event_source_mappings(FunctionName=stack.outputs[function])
    (mapping,) = mappings["EventSourceMappings"]
    functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=on)
    wanted = "Enabled" if on else "Disabled"
    eventually(
        lambda: functions.get_event_source_mapping(UUID=mapping["UUID"])["State"] == wanted,
        what=f"the source of {function} is {wanted.lower()}",
    )
