"""Transactions that DynamoDB cancels since another one holds a row, which no emulator does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

from botocore.exceptions import ClientError

from tests.support.fakes import Meddler

_HELD = "Transaction is ongoing for the item"


def canceled(request: dict[str, Any], *, held: int, sent_before: bool = False) -> ClientError:
    """DynamoDB's answer if another transaction holds the row of one of the request's items.

    With `sent_before` it answers botocore's second sending of one request.
    """
    count = len(request["TransactItems"])
    reasons: list[dict[str, str]] = [{"Code": "None"} for _ in range(count)]
    reasons[held % count] = {"Code": "TransactionConflict", "Message": _HELD}
    response: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": "Transaction cancelled"},
        "CancellationReasons": reasons,
        "ResponseMetadata": {"RetryAttempts": int(sent_before)},
    }
    return ClientError(response, "TransactWriteItems")


def held(item: int = 0, *, after: Callable[[], object] = lambda: None) -> Callable[..., Any]:
    """A fault: `after` this act of others the row of this item is still held."""

    def fault(_operation: Any, request: Any) -> Any:
        after()
        raise canceled(request, held=item)

    return fault


class Contention:
    """Lets others act before a transaction, and cancels transactions, all by chance.

    Args:
        client: the client that everybody uses.
        chance: decides; the same seed gives the same conflicts.
        others: another's act, which meets conflicts, too.
    """

    def __init__(self, client: Meddler, chance: Random, others: Callable[[], object]) -> None:
        self._client, self._chance, self._others = client, chance, others
        self._acting = False
        self.always = False
        self.happened: Counter[str] = Counter()

    def __call__(self, operation: Any, request: dict[str, Any]) -> Any:
        """Have a transaction, as a fault; the next one is had, too."""
        self.wait()
        if self.always:
            raise canceled(request, held=0)
        roll = self._chance.random()
        if roll < 0.25 and not self._acting:
            self._act()
        if roll < 0.1 or 0.25 < roll < 0.4:
            self.happened["held after an act" if roll < 0.1 else "held"] += 1
            raise canceled(request, held=self._chance.randrange(20))
        if roll > 0.95:
            # It lands, the answer is lost, and botocore's own second sending meets the first one.
            operation(**request)
            self.happened["held by itself"] += 1
            raise canceled(request, held=0, sent_before=True)
        return operation(**request)

    def wait(self) -> None:
        """Have the next transaction."""
        self._client.next("transact_write_items", self)

    def _act(self) -> None:
        self._acting = True
        self.happened["act in between"] += 1
        try:
            self._others()
        finally:
            self._acting = False
