"""DynamoDB's part in a sweep, in this process: quick with hundreds of thousands of rows.

Whatever the sweep doesn't send today is refused, so that a test must notice when it changes.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.session import Session

from keyfob.due import index
from tests.support.units import Item

_KEY_CONDITION = re.compile(r"#k = :k(?: AND #u <= :u)?")
_SET = re.compile(r"SET (#\w+) = (:\w+)")
_EQUALS = re.compile(r"(#\w+) = (:\w+)")
# A page without a limit is a megabyte: about so many entries of the index.
_MEGABYTE = 6_000
_LAST = "\U0010ffff"

Entry = tuple[str, str, str]


class Engine:
    """One table with a due index, and a botocore client that reaches it."""

    def __init__(self, items: Iterable[Item]) -> None:
        self.items = {(item["pk"]["S"], item["sk"]["S"]): dict(item) for item in items}
        self._shards: dict[str, list[Entry]] = defaultdict(list)
        for item in self.items.values():
            self._shards[item["g1pk"]["S"]].append(_entry(item))
        for entries in self._shards.values():
            entries.sort()

    def client(self) -> Any:
        """A client whose requests end here, before anything is sent."""
        made = Session().create_client(
            "dynamodb",
            region_name="eu-central-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
            config=Config(parameter_validation=False),
        )
        answering: Any = self._answer
        made.meta.events.register_first("before-send.dynamodb", answering)
        return made

    def _answer(self, request: AWSPreparedRequest, **_other: Any) -> AWSResponse:
        target = request.headers["X-Amz-Target"]
        operation = (target if isinstance(target, str) else target.decode()).split(".")[1]
        answers = {"Query": self._query, "UpdateItem": self._update}
        content = request.body if isinstance(request.body, (bytes, str)) else b""
        status, answer = answers[operation](json.loads(content))
        body = _Raw(json.dumps(answer).encode())
        return AWSResponse(request.url, status, {}, body)  # type: ignore[arg-type]

    def _query(self, request: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        assert request["IndexName"] == index.INDEX
        assert _KEY_CONDITION.fullmatch(request["KeyConditionExpression"])
        names, values = request["ExpressionAttributeNames"], request["ExpressionAttributeValues"]
        assert (names["#k"], names.get("#u", "g1sk")) == ("g1pk", "g1sk")
        shard = values[":k"]["S"]
        entries = self._shards[shard]
        after = request.get("ExclusiveStartKey")
        begin = bisect_right(entries, _entry(after)) if after else 0
        until = values[":u"]["S"] if ":u" in values else _LAST
        end = bisect_right(entries, (until, _LAST, _LAST))
        limit = request.get("Limit", _MEGABYTE)
        page = [_keys(shard, entry) for entry in entries[begin : min(end, begin + limit)]]
        answer: dict[str, Any] = {"Items": page, "Count": len(page), "ScannedCount": len(page)}
        if len(page) == limit:
            answer["LastEvaluatedKey"] = page[-1]
        return 200, answer

    def _update(self, request: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        item = self.items[request["Key"]["pk"]["S"], request["Key"]["sk"]["S"]]
        changed, value = _pair(_SET, request["UpdateExpression"], request)
        compared, expected = _pair(_EQUALS, request["ConditionExpression"], request)
        assert changed == compared == "g1sk"
        if item["g1sk"] != expected:
            return 400, {"__type": "com.amazonaws#ConditionalCheckFailedException"}
        entries = self._shards[item["g1pk"]["S"]]
        del entries[bisect_left(entries, _entry(item))]
        item["g1sk"] = value
        insort(entries, _entry(item))
        return 200, {}


class _Raw:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self) -> Iterator[bytes]:
        yield self._content


def _entry(item: Item) -> Entry:
    return item["g1sk"]["S"], item["pk"]["S"], item["sk"]["S"]


def _keys(shard: str, entry: Entry) -> dict[str, Any]:
    sort, pk, sk = entry
    return {"pk": {"S": pk}, "sk": {"S": sk}, "g1pk": {"S": shard}, "g1sk": {"S": sort}}


def _pair(form: re.Pattern[str], expression: str, request: Mapping[str, Any]) -> tuple[str, Any]:
    found = form.fullmatch(expression)
    assert found, expression
    name, value = found.groups()
    return request["ExpressionAttributeNames"][name], request["ExpressionAttributeValues"][value]
