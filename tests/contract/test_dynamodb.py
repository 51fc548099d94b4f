"""The tables in memory answer like moto; tests/stack compares them with the local stack."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import Session
from hypothesis import given, settings

from tests.contract.tables import CHOSEN, SCHEMA, Call, Request, answered, compare, programs
from tests.support.dynamodb import Client, Engine, answer_clients_of

_UNCHECKED = Config(parameter_validation=False)
# Moto is known to differ from DynamoDB here: `size()` of nothing is an error of its own, a missing
# member of a list or map is answered otherwise, and `UPDATED_…` omits attributes set to the value
# that they had.
_WRONG_IN_MOTO = ("size(", "#l[0]", "#m.#x", "UPDATED_")
_CHOSEN_WRONG_IN_MOTO = frozenset(
    {
        "a client token is carried out once",
        "a key of another type",
        "a name that stands for nothing",
        "a number in another spelling",
        "a set with a member twice",
        "an index that isn't there",
        "an index's key of another type",
        "pages of a megabyte",
    }
)


@pytest.fixture(scope="module")
def moto(aws: Session) -> Any:
    """DynamoDB by moto."""
    return Session().create_client("dynamodb", config=_UNCHECKED)


@pytest.fixture(scope="module")
def own() -> Engine:
    """Our tables."""
    return Engine()


@pytest.fixture(scope="module")
def client(own: Engine) -> Client:
    """The same, called directly."""
    return Client(own)


@pytest.fixture(scope="module")
def wire(own: Engine) -> Any:
    """A botocore client whose requests reach the same tables."""
    session = Session()
    answer_clients_of(session, own)
    return session.create_client("dynamodb", config=_UNCHECKED)


@settings(max_examples=60, deadline=None, database=None)
@given(program=programs)
def test_random_programs_are_answered_as_by_moto(
    program: list[Call], client: Client, moto: Any
) -> None:
    known = [one for one in program if not any(word in str(one) for word in _WRONG_IN_MOTO)]
    compare(client, moto, known)


@pytest.mark.parametrize("name", sorted(CHOSEN.keys() - _CHOSEN_WRONG_IN_MOTO))
def test_chosen_programs_are_answered_as_by_moto(name: str, client: Client, moto: Any) -> None:
    compare(client, moto, CHOSEN[name])


@settings(max_examples=20, deadline=None, database=None)
@given(program=programs)
def test_both_doors_lead_to_the_same_tables(
    program: list[Call], client: Client, wire: Any, own: Engine
) -> None:
    ours = Client(Engine())
    table = "both-doors"
    for one in (ours, client):
        one.create_table(TableName=table, **SCHEMA)
    try:
        for call in program:
            assert answered(ours, table, call) == answered(wire, table, call), call
    finally:
        del own.tables[table]


def test_a_parameter_that_the_engine_does_not_know_is_an_error(client: Client) -> None:
    with pytest.raises(NotImplementedError, match="Expected"):
        client.put_item(TableName="any", Item={}, Expected={})
    with pytest.raises(NotImplementedError, match="Segment"):
        client.scan(TableName="any", Segment=1)


def test_an_answer_shares_nothing_with_the_stored_item(client: Client) -> None:
    client.create_table(TableName="shared", **SCHEMA)
    item: Request = {"pk": {"S": "one"}, "sk": {"S": "1"}, "m": {"M": {"x": {"N": "1"}}}}
    client.put_item(TableName="shared", Item=item)
    item["m"]["M"]["x"] = {"N": "2"}
    key = {"pk": {"S": "one"}, "sk": {"S": "1"}}
    client.get_item(TableName="shared", Key=key)["Item"]["m"]["M"]["x"] = {"N": "3"}
    found = client.get_item(TableName="shared", Key=key)["Item"]
    assert found["m"] == {"M": {"x": {"N": "1"}}}


def test_only_one_of_many_threads_gets_the_same_thing(client: Client) -> None:
    """Requests are carried out one at a time; moto's are not."""
    client.create_table(TableName="threads", **SCHEMA)
    won: list[int] = []
    together = threading.Barrier(20)

    def put(number: int) -> None:
        together.wait()
        item = {"pk": {"S": "one"}, "sk": {"S": "1"}, "n": {"N": str(number)}}
        try:
            client.put_item(
                TableName="threads", Item=item, ConditionExpression="attribute_not_exists(pk)"
            )
        except ClientError:
            return
        won.append(number)

    threads = [threading.Thread(target=put, args=(number,)) for number in range(20)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(won) == 1
