"""Builds the webhook's parts from the settings."""

from functools import cache

from keyfob.gateways import aws
from keyfob.gateways.queue import Queue
from keyfob.gateways.secrets import Secret
from keyfob.wiring.queues import queue_of
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("stripe_webhook")


@cache
def payments() -> Queue:
    return queue_of(runtime(), "payments")


@cache
def secret() -> Secret:
    base = runtime()
    return Secret(aws.client("secretsmanager"), base.settings.value("STRIPE_SECRET"), base.clock)
