"""Putting messages on a queue: all of them, or an error."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.session import Session

from keyfob.domain.errors import Unavailable
from keyfob.gateways.queue import Queue
from tests.support.fakes import Meddler, unique


@pytest.fixture
def sqs(aws: Session) -> Meddler:
    return Meddler(aws.create_client("sqs"))


@pytest.fixture
def queue(sqs: Meddler) -> Queue:
    url = sqs.create_queue(QueueName=unique("queue"))["QueueUrl"]
    return Queue(sqs, url)  # type: ignore[arg-type]


def received(sqs: Meddler, queue: Queue) -> list[Any]:
    found: list[Any] = []
    while messages := sqs.receive_message(QueueUrl=queue._url, MaxNumberOfMessages=10).get(
        "Messages"
    ):
        found += [json.loads(message["Body"]) for message in messages]
    return found


def test_ten_go_in_one_call_and_every_one_arrives(sqs: Meddler, queue: Queue) -> None:
    queue.send([{"due": f"msg_{number}"} for number in range(23)])
    sizes = [len(one["Entries"]) for one in sqs.requests("send_message_batch")]
    assert sizes == [10, 10, 3]
    assert sorted(one["due"] for one in received(sqs, queue)) == sorted(
        f"msg_{number}" for number in range(23)
    )


def test_nothing_to_send_costs_nothing(sqs: Meddler, queue: Queue) -> None:
    queue.send([])
    assert sqs.requests("send_message_batch") == []


def test_a_message_that_was_not_taken_fails_the_sending_S39(sqs: Meddler, queue: Queue) -> None:
    def one_failed(_operation: Any, _request: Any) -> Any:
        return {"Successful": [], "Failed": [{"Id": "0", "Code": "InternalError"}]}

    def silent(_operation: Any, _request: Any) -> Any:
        raise ReadTimeoutError(endpoint_url="https://sqs.example")

    sqs.next("send_message_batch", one_failed, silent)
    for _ in range(2):
        with pytest.raises(Unavailable):
            queue.send([{"due": "x"}])
