"""Programs of requests, random and chosen, which two tables must answer alike.

One file: the programs are drawn from one grammar.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError
from hypothesis import strategies as st

Request = dict[str, Any]
Call = tuple[str, Request]

SCHEMA: Request = {
    "KeySchema": [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "g1pk", "g1sk")
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "due",
            "KeySchema": [
                {"AttributeName": "g1pk", "KeyType": "HASH"},
                {"AttributeName": "g1sk", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
    "BillingMode": "PAY_PER_REQUEST",
}
TABLE = "the table of the program"
_numbers = itertools.count(1)


@dataclass
class Words:
    """The placeholders of one request."""

    names: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)

    def name(self, attribute: str) -> str:
        """A placeholder for this name."""
        self.names[f"#{attribute}"] = attribute
        return f"#{attribute}"

    def value(self, value: Mapping[str, Any]) -> str:
        """A placeholder for this value."""
        placeholder = f":v{len(self.values)}"
        self.values[placeholder] = value
        return placeholder

    def of(self, **request: Any) -> Request:
        """A request with the placeholders in it."""
        if self.names:
            request["ExpressionAttributeNames"] = self.names
        if self.values:
            request["ExpressionAttributeValues"] = self.values
        return request


numbers = st.integers(-3, 12).map(lambda number: {"N": str(number)})
strings = st.sampled_from(["a", "ab", "abc", "b", "\N{LATIN SMALL LETTER SHARP S}"]).map(
    lambda text: {"S": text}
)
binaries = st.sampled_from([b"a", b"ab", b"\x00\xff"]).map(lambda content: {"B": content})
flags = st.booleans().map(lambda flag: {"BOOL": flag})
lists = st.lists(strings, max_size=3).map(lambda members: {"L": members})
maps = st.fixed_dictionaries({}, optional={"x": numbers, "y": strings}).map(
    lambda members: {"M": members}
)
sets = st.sets(st.sampled_from(["a", "b", "c"]), min_size=1).map(lambda some: {"SS": sorted(some)})
# An attribute has one type, as in every table of the service.
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "n": numbers,
    "s": strings,
    "b": binaries,
    "f": flags,
    "l": lists,
    "m": maps,
    "t": sets,
}
attributes = st.sampled_from(sorted(VALUES))
keys = st.builds(
    lambda pk, sk: {"pk": {"S": pk}, "sk": {"S": sk}},
    st.sampled_from(["one", "two"]),
    st.sampled_from(["1", "2", "3"]),
)
due = st.builds(
    lambda shard, at: {"g1pk": {"S": shard}, "g1sk": {"S": at}},
    st.sampled_from(["DUE#0", "DUE#1"]),
    st.sampled_from(["2026-01", "2026-02", "2027-01"]),
)
items = st.builds(
    lambda key, planned, others: {**key, **planned, **others},
    keys,
    st.one_of(st.just({}), due),
    st.fixed_dictionaries({}, optional=VALUES),
)
_TYPES = {"n": "N", "s": "S", "b": "B", "f": "BOOL", "l": "L", "m": "M", "t": "SS"}
_SIGNS = ["=", "<>", "<", "<=", ">", ">="]


@st.composite
def places(draw: st.DrawFn, words: Words) -> tuple[str, st.SearchStrategy[Any]]:
    """The path of a number or a string, and the values that it may have."""
    name = draw(st.sampled_from(["n", "s", "m.x", "m.y"]))
    path = ".".join(words.name(part) for part in name.split("."))
    return path, numbers if name in {"n", "m.x"} else strings


@st.composite
def comparisons(draw: st.DrawFn, words: Words) -> str:
    """A condition without AND, OR and NOT."""
    return draw(draw(st.sampled_from([called, compared]))(words))


@st.composite
def called(draw: st.DrawFn, words: Words) -> str:
    """A condition by a function."""
    form = draw(st.sampled_from(["exists", "type", "part", "size"]))
    if form == "exists":
        function = draw(st.sampled_from(["attribute_exists", "attribute_not_exists"]))
        return f"{function}({words.name(draw(attributes))})"
    if form == "type":
        kind = {"S": draw(st.sampled_from(sorted(_TYPES.values())))}
        return f"attribute_type({words.name(draw(attributes))}, {words.value(kind)})"
    if form == "part":
        both = draw(st.sampled_from(["begins_with s", "contains s", "contains l", "contains t"]))
        function, _, name = both.partition(" ")
        return f"{function}({words.name(name)}, {words.value(draw(strings))})"
    path = words.name(draw(st.sampled_from(["s", "b", "l", "m", "t"])))
    return f"size({path}) {draw(st.sampled_from(_SIGNS))} {words.value(draw(numbers))}"


@st.composite
def compared(draw: st.DrawFn, words: Words) -> str:
    """A condition that compares values."""
    form = draw(st.sampled_from(["sign", "between", "in", "all"]))
    if form == "all":
        name = draw(attributes)
        sign = draw(st.sampled_from(["=", "<>"]))
        return f"{words.name(name)} {sign} {words.value(draw(VALUES[name]))}"
    path, kind_ = draw(places(words))
    if form == "between":
        low, high = sorted(draw(st.tuples(kind_, kind_)), key=_order)
        return f"{path} BETWEEN {words.value(low)} AND {words.value(high)}"
    if form == "in":
        choices = draw(st.lists(kind_, min_size=1, max_size=3))
        return f"{path} IN ({', '.join(words.value(one) for one in choices)})"
    return f"{path} {draw(st.sampled_from(_SIGNS))} {words.value(draw(kind_))}"


def _order(value: Mapping[str, str]) -> Any:
    return int(value["N"]) if "N" in value else value["S"].encode()


@st.composite
def conditions(draw: st.DrawFn, words: Words) -> str:
    """A condition of any form."""
    parts = [draw(comparisons(words)) for _ in range(draw(st.integers(1, 3)))]
    parts = [f"NOT {one}" if draw(st.integers(0, 4)) == 0 else one for one in parts]
    text = parts[0]
    for part in parts[1:]:
        text = f"({text}) {draw(st.sampled_from(['AND', 'OR']))} ({part})"
    return text


@st.composite
def updates(draw: st.DrawFn, words: Words) -> str:
    """An update expression; no attribute occurs in it twice."""
    sections: dict[str, list[str]] = {}
    for name in draw(st.lists(attributes, min_size=1, max_size=3, unique=True)):
        kind = draw(st.sampled_from(_CLAUSES.get(name, ["SET", "REMOVE"])))
        sections.setdefault(kind, []).append(draw(clauses(words, kind, name)))
    return " ".join(f"{kind} {', '.join(parts)}" for kind, parts in sections.items())


_CLAUSES = {"n": ["SET", "REMOVE", "ADD"], "t": ["SET", "REMOVE", "ADD", "DELETE"]}


@st.composite
def clauses(draw: st.DrawFn, words: Words, kind: str, name: str) -> str:
    """One clause of an update expression."""
    path = words.name(name)
    if kind in {"ADD", "DELETE"}:
        return f"{path} {words.value(draw(VALUES[name]))}"
    inside = {"l": "[0]", "m": ".#x"}.get(name, "")
    inside = inside if inside and draw(st.booleans()) else ""
    if inside == ".#x":
        words.name("x")
    if kind == "REMOVE":
        return path + inside
    if inside:
        return f"{path}{inside} = {words.value(draw(strings if name == 'l' else numbers))}"
    given = words.value(draw(VALUES[name]))
    forms = [given, f"if_not_exists({path}, {given})"]
    if name == "n":
        nothing = words.value({"N": "0"})
        forms = [f"if_not_exists({path}, {nothing}) {draw(st.sampled_from('+-'))} {given}"]
    if name == "l":
        nothing = words.value({"L": []})
        forms = [f"list_append(if_not_exists({path}, {nothing}), {given})"]
    return f"{path} = {draw(st.sampled_from(forms))}"


@st.composite
def writes(draw: st.DrawFn, *, checks: bool = False) -> Call:
    """A put, an update, a delete; in a transaction also a condition check."""
    words = Words()
    kind = draw(st.sampled_from(["Put", "Update", "Delete", *(["ConditionCheck"] * checks)]))
    request: Request = {"Item": draw(items)} if kind == "Put" else {"Key": draw(keys)}
    if kind == "Update":
        request["UpdateExpression"] = draw(updates(words))
    if kind == "ConditionCheck" or draw(st.booleans()):
        request["ConditionExpression"] = draw(conditions(words))
        if draw(st.booleans()):
            request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    return kind, words.of(**request)


@st.composite
def single_writes(draw: st.DrawFn) -> Call:
    """A write by itself."""
    kind, request = draw(writes())
    choices = ["NONE", "ALL_OLD"]
    choices += ["ALL_NEW", "UPDATED_NEW", "UPDATED_OLD"] if kind == "Update" else []
    return f"{kind.lower()}_item", {**request, "ReturnValues": draw(st.sampled_from(choices))}


@st.composite
def transactions(draw: st.DrawFn) -> Call:
    """Some writes together."""
    parts = draw(
        st.lists(
            writes(checks=True),
            min_size=1,
            max_size=4,
            unique_by=lambda one: str(sorted(_key_of(one[1]).items())),
        )
    )
    return "transact_write_items", {"TransactItems": [{kind: one} for kind, one in parts]}


@st.composite
def queries(draw: st.DrawFn) -> Call:
    """Items of one partition, of the table or its index."""
    words = Words()
    of_index = draw(st.booleans())
    partition, sort = ("g1pk", "g1sk") if of_index else ("pk", "sk")
    shards, places = ["DUE#0", "DUE#1", "none"], ["2026", "2026-02", "2027-01"]
    chosen = draw(st.sampled_from(shards if of_index else ["one", "two", "none"]))
    text = f"{words.name(partition)} = {words.value({'S': chosen})}"
    place = {"S": draw(st.sampled_from(places if of_index else ["1", "2", "3"]))}
    form = draw(st.sampled_from(["", "=", "<", "<=", ">", ">=", "begins", "between"]))
    if form == "begins":
        text += f" AND begins_with({words.name(sort)}, {words.value(place)})"
    elif form == "between":
        last = {"S": place["S"] + "z"}
        text += f" AND {words.name(sort)} BETWEEN {words.value(place)} AND {words.value(last)}"
    elif form:
        text += f" AND {words.name(sort)} {form} {words.value(place)}"
    request: Request = {"KeyConditionExpression": text, "ScanIndexForward": draw(st.booleans())}
    request |= {"IndexName": "due"} if of_index else {"ConsistentRead": True}
    if draw(st.booleans()):
        request["Limit"] = draw(st.integers(1, 3))
    if not of_index and draw(st.booleans()):
        request["FilterExpression"] = draw(comparisons(words))
    if not of_index and draw(st.integers(0, 3)) == 0:
        request["ProjectionExpression"] = ", ".join(
            sorted({words.name("pk"), words.name("sk"), words.name(draw(attributes))})
        )
    return "query", words.of(**request)


reads = st.builds(lambda key: ("get_item", {"Key": key, "ConsistentRead": True}), keys)
scans = st.just(("scan", {"ConsistentRead": True}))
calls = st.one_of(single_writes(), single_writes(), transactions(), queries(), reads, scans)
programs = st.lists(calls, min_size=1, max_size=12)


def compare(ours: Any, theirs: Any, program: Sequence[Call]) -> None:
    """Both clients give each call of the program the same answer."""
    table = f"contract-{next(_numbers)}"
    for client in (ours, theirs):
        client.create_table(TableName=table, **SCHEMA)
    try:
        for call in program:
            assert answered(ours, table, call) == answered(theirs, table, call), call
    finally:
        theirs.delete_table(TableName=table)


def answered(client: Any, table: str, call: Call) -> Any:
    """A client's answer, without the parts in which correct answers may differ."""
    operation, request = call
    sent = _named(request, table)
    if operation == "query":
        return _pages(client.query, sent)
    try:
        answer = getattr(client, operation)(**sent)
    except ClientError as error:
        return _refusal(error.response)
    answer = {name: one for name, one in answer.items() if name not in _UNSAID}
    if not answer.get("Attributes", True):
        del answer["Attributes"]  # an empty `Attributes` means the same as a missing one
    if operation == "scan":
        # The order of partitions has no meaning.
        answer["Items"] = sorted(answer["Items"], key=lambda one: (one["pk"]["S"], one["sk"]["S"]))
    if operation == "batch_get_item":
        answer = {"Items": next(iter(answer["Responses"].values()))}
    return _unordered(answer)


_UNSAID = {"ResponseMetadata", "ConsumedCapacity", "ItemCollectionMetrics", "UnprocessedKeys"}
_MOST_PAGES = 9


def _pages(query: Callable[..., Any], request: Request) -> Any:
    """All pages: a table may return a key of a next page although there is none."""
    pages = []
    try:
        for _ in range(_MOST_PAGES):
            answer = query(**request)
            if answer["ScannedCount"]:
                pages.append((_unordered(answer["Items"]), answer["Count"], answer["ScannedCount"]))
            if "LastEvaluatedKey" not in answer:
                return pages
            request = {**request, "ExclusiveStartKey": answer["LastEvaluatedKey"]}
    except ClientError as error:
        return _refusal(error.response)
    raise AssertionError("pages without end")


def _named(request: Request, table: str) -> Request:
    if "RequestItems" in request:
        return {**request, "RequestItems": {table: request["RequestItems"][TABLE]}}
    if "TransactItems" not in request:
        return {**request, "TableName": table}
    parts = [
        {kind: {**part, "TableName": table} for kind, part in one.items()}
        for one in request["TransactItems"]
    ]
    return {**request, "TransactItems": parts}


def _key_of(request: Request) -> dict[str, Any]:
    whole = request.get("Key") or request["Item"]
    return {name: whole[name]["S"] for name in ("pk", "sk")}


def _refusal(response: Mapping[str, Any]) -> Any:
    reasons = [
        (reason.get("Code"), _unordered(reason.get("Item") or {}))
        for reason in response.get("CancellationReasons", ())
    ]
    return response["Error"]["Code"], reasons, _unordered(response.get("Item") or {})


def _unordered(content: Any) -> Any:
    """The same with sets in order."""
    if isinstance(content, Mapping):
        return {
            name: sorted(one) if name in {"SS", "NS", "BS"} else _unordered(one)
            for name, one in content.items()
        }
    return [_unordered(one) for one in content] if isinstance(content, list) else content


def _key(sk: str) -> Request:
    return {"pk": {"S": "one"}, "sk": {"S": sk}}


def _put(sk: str, **attributes_: Any) -> Call:
    return "put_item", {"Item": {**_key(sk), **attributes_}}


def _check(sk: str) -> Request:
    return {"ConditionCheck": {"Key": _key(sk), "ConditionExpression": "attribute_exists(pk)"}}


def _update(expression: str, **values_: Any) -> Call:
    request: Request = {"Key": _key("1"), "UpdateExpression": expression}
    if values_:
        given = {f":{name}": one for name, one in values_.items()}
        request["ExpressionAttributeValues"] = given
    return "update_item", request


_TWICE = {
    "TransactItems": [
        {
            "Update": _update(
                "SET c = if_not_exists(c, :no) + :one", no={"N": "0"}, one={"N": "1"}
            )[1]
        }
    ],
    "ClientRequestToken": "the-same-token",
}
_OTHERS = {**_TWICE, "TransactItems": [{"Put": {"Item": _key("9")}}]}
_READ: Call = ("get_item", {"Key": _key("1"), "ConsistentRead": True})
_SOME = {"S": "x"}
# Named programs that random choice seldom generates.
CHOSEN: dict[str, list[Call]] = {
    "a client token is carried out once": [
        ("transact_write_items", _TWICE),
        ("transact_write_items", _TWICE),
        _READ,
        ("transact_write_items", _OTHERS),
    ],
    "two operations on one item": [
        ("transact_write_items", {"TransactItems": [_check("1"), _check("1")]})
    ],
    "101 items": [
        ("transact_write_items", {"TransactItems": [_check(str(n)) for n in range(101)]})
    ],
    "every reason is told": [
        _put("1"),
        ("transact_write_items", {"TransactItems": [_check("1"), _check("2"), _check("3")]}),
    ],
    "an update in a transaction that leads nowhere": [
        _put("1"),
        (
            "transact_write_items",
            {"TransactItems": [{"Update": _update("SET m.x = :v", v=_SOME)[1]}, _check("1")]},
        ),
        _READ,
    ],
    "a value that stands for nothing": [_update("SET a = :v", v=_SOME, w=_SOME)],
    "a value that isn't given": [_update("SET a = :v")],
    "a name that stands for nothing": [
        ("get_item", {"Key": _key("1"), "ExpressionAttributeNames": {"#a": "a"}})
    ],
    "two paths that overlap": [_put("1", m={"M": {}}), _update("SET m = :v, m.x = :v", v=_SOME)],
    "a part of the key": [_update("SET sk = :v", v=_SOME)],
    "an operand that isn't there": [_update("SET a = b")],
    "a sum of words": [_put("1", a=_SOME), _update("SET a = a + :v", v={"N": "1"}), _READ],
    "words added to a number": [_put("1", a={"N": "1"}), _update("ADD a :v", v={"SS": ["x"]})],
    "the last member of a set": [
        _put("1", t={"SS": ["x"]}),
        _update("DELETE t :v", v={"SS": ["x"]}),
        _READ,
    ],
    "no expression": [_update("SET a :v", v=_SOME)],
    "a key without its end": [("get_item", {"Key": {"pk": {"S": "one"}}})],
    "an item without its key": [("put_item", {"Item": {"pk": {"S": "one"}}})],
    "an empty key": [_put("")],
    "a key of another type": [("get_item", {"Key": {"pk": {"N": "1"}, "sk": {"S": "1"}}})],
    "an index's key of another type": [_put("1", g1pk={"N": "1"}, g1sk=_SOME), _READ],
    "an index's key made empty": [_put("1"), _update("SET g1pk = :v", v={"S": ""}), _READ],
    "half an index's key": [
        _put("1", g1pk=_SOME),
        (
            "query",
            {
                "IndexName": "due",
                "KeyConditionExpression": "g1pk = :v",
                "ExpressionAttributeValues": {":v": _SOME},
            },
        ),
    ],
    "an empty set": [_put("1", t={"SS": []})],
    "a set with a member twice": [_put("1", t={"SS": ["x", "x"]})],
    "an item of more than 400 KB": [_put("1", a={"S": "x" * 410_000}), _READ],
    "a number in another spelling": [_put("1", n={"N": "1.50e1"}), _READ],
    "no number": [_put("1", n={"N": "one"})],
    "pages of a megabyte": [
        *(_put(str(n), a={"S": "x" * 300_000}) for n in range(1, 8)),
        (
            "query",
            {
                "KeyConditionExpression": "pk = :v",
                "ExpressionAttributeValues": {":v": {"S": "one"}},
            },
        ),
    ],
    "an index read as if it were the table": [
        (
            "query",
            {
                "IndexName": "due",
                "ConsistentRead": True,
                "KeyConditionExpression": "g1pk = :v",
                "ExpressionAttributeValues": {":v": _SOME},
            },
        ),
    ],
    "a partition from its greater end": [
        (
            "query",
            {
                "KeyConditionExpression": "pk >= :v",
                "ExpressionAttributeValues": {":v": {"S": "one"}},
            },
        )
    ],
    "an index that isn't there": [
        (
            "query",
            {
                "IndexName": "none",
                "KeyConditionExpression": "g1pk = :v",
                "ExpressionAttributeValues": {":v": _SOME},
            },
        )
    ],
    "one key twice in a batch": [
        (
            "batch_get_item",
            {"RequestItems": {TABLE: {"Keys": [_key("1"), _key("1")], "ConsistentRead": True}}},
        )
    ],
    "a batch of what is there and what isn't": [
        _put("1", a=_SOME),
        (
            "batch_get_item",
            {"RequestItems": {TABLE: {"Keys": [_key("1"), _key("2")], "ConsistentRead": True}}},
        ),
    ],
}
