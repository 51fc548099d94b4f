"""Failed sign-ins, codes and recoveries: a log line and a metric each (S61).

Guessing shows in their rate; a person who looks into it needs the account and the network.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from keyfob.domain.credentials.errors import ResetNeeded, WrongCode, WrongCodes, WrongSerial
from keyfob.domain.errors import DomainError
from keyfob.domain.holds.errors import WrongReleaseCode
from keyfob.domain.phones.errors import PhoneBlocked, PhoneLocked
from keyfob.domain.sessions.client import Client
from keyfob.http.gate import Caller

logger = logging.getLogger(__name__)

# Wrong ones, and the answers to the one that reaches a limit.
_OF_CODES = (
    WrongCode,
    WrongCodes,
    WrongReleaseCode,
    WrongSerial,
    PhoneBlocked,
    PhoneLocked,
    ResetNeeded,
)


@contextmanager
def noted(
    what: str,
    metric: str,
    client: Client,
    count: Callable[[str], None],
    *,
    fails: Callable[[DomainError], bool],
    **who: str,
) -> Iterator[None]:
    """Note the failures of the work within.

    Args:
        what: the log line's message.
        metric: the business event's name.
        client: the client; its network is logged.
        count: counts the event.
        fails: whether a refusal is a failure.
        who: the `account`, or the digest of the `user` id that was typed.
    """
    try:
        yield
    except DomainError as refusal:
        if fails(refusal):
            about = {"network": client.network, "correlation": client.correlation}
            logger.info(what, extra={**who, "code": refusal.code, **about})
            count(metric)
        raise


def codes_noted(caller: Caller, count: Callable[[str], None]) -> AbstractContextManager[None]:
    """Note wrong codes and serial numbers of this caller's."""
    return noted(
        "code refused",
        "CodeWrong",
        caller.client,
        count,
        fails=lambda refusal: isinstance(refusal, _OF_CODES),
        account=caller.account,
    )
