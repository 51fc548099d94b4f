"""Builds the relay's queues from the settings."""

from functools import cache

from keyfob.gateways.queue import Queue
from keyfob.wiring.queues import queue_of
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("outbox_relay")


@cache
def messages() -> Queue:
    return queue_of(runtime(), "messages")


@cache
def effects() -> Queue:
    return queue_of(runtime(), "effects")
