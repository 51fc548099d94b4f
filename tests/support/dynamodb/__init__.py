"""DynamoDB's tables in this process: quick, atomic between threads, and without a socket.

`Engine` holds the tables and carries out requests. There are two doors to it: `Client` is called
like a botocore client and skips its serialization (unit tests), `answer_clients_of` lets real
botocore clients end here (handlers with their production wiring). `tests/contract/test_dynamodb.py`
holds both to another emulator and to the local stack; an expression or parameter that the engine
doesn't know is an error, never ignored.
"""

from tests.support.dynamodb.doors import Client, answer_clients_of, answered
from tests.support.dynamodb.engine import Engine

__all__ = ["Client", "Engine", "answer_clients_of", "answered"]
