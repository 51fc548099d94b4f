"""Stripe's SDK as this service calls it. Timeouts 3 s to connect and 6 s to read, one retry.

Two tries that time out still leave time to answer within API Gateway's 29 s.

Every call fails closed: an unanswered one is `PaymentUnavailable` and changes nothing. Every
write carries an idempotency key of ours, so that repeating it is harmless (S41).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

import stripe

from keyfob.domain.orders.errors import PaymentFailed, PaymentRefused, PaymentUnavailable

logger = logging.getLogger(__name__)

T = TypeVar("T")


def _with_timeouts() -> stripe.HTTPClient:
    return stripe.RequestsClient(timeout=(3, 6))


class StripeApi:
    """The SDK's client.

    Args:
        api_key: returns the current API key.
        api_base: an address other than Stripe's own, for a double.
        http: makes the SDK's way to send requests.
    """

    def __init__(
        self,
        api_key: Callable[[], str],
        *,
        api_base: str,
        http: Callable[[], stripe.HTTPClient] = _with_timeouts,
    ) -> None:
        self._api_key = api_key
        self._api_base = api_base
        self._http = http
        self._made: tuple[str, stripe.StripeClient] | None = None

    @property
    def v1(self) -> stripe.V1Services:
        """The client's services; its connections are kept until the key is rolled."""
        key = self._api_key()
        if self._made is None or self._made[0] != key:
            bases: Any = {"api": self._api_base} if self._api_base else {}
            client = stripe.StripeClient(
                key,
                base_addresses=bases,
                max_network_retries=1,
                http_client=self._http(),
            )
            self._made = key, client
        return self._made[1].v1


def answered(call: Callable[[], T]) -> T:
    """The answer; an error in the request itself is raised as `InvalidRequestError`."""
    try:
        return call()
    except stripe.InvalidRequestError:
        raise
    except stripe.APIConnectionError as error:
        raise PaymentUnavailable from error
    except stripe.IdempotencyError as error:
        # This attempt's key was used with other parameters, before a deployment changed them.
        raise PaymentFailed from error
    except stripe.StripeError as error:
        if (error.http_status or 0) >= 500:
            raise PaymentFailed from error
        raise PaymentUnavailable from error


def accepted(call: Callable[[], T], what: str) -> T:
    """The answer to a request that Stripe may refuse for good: an amount or another limit.

    Raises:
        PaymentRefused: it did.
    """
    try:
        return answered(call)
    except stripe.InvalidRequestError as error:
        # Its message may repeat what was sent.
        reason = {"code": error.code, "parameter": error.param}
        logger.warning("%s refused", what, extra=reason)
        raise PaymentRefused from error


def is_missing(refusal: PaymentRefused) -> bool:
    """Whether it was refused because Stripe doesn't know what it is about."""
    cause = refusal.__cause__
    return isinstance(cause, stripe.InvalidRequestError) and cause.code == "resource_missing"


def reference_of(metadata: Any) -> str:
    """Our reference in an object's metadata."""
    return text_of(metadata, "reference")


def text_of(metadata: Any, name: str) -> str:
    """A text in an object's metadata; empty if it isn't there."""
    return str(metadata[name]) if metadata and name in metadata else ""


def paid_by(payment: stripe.InvoicePayment) -> tuple[str, str]:
    """The kind and id of a payment toward an invoice: a payment intent, a record, a charge.

    Only the one that its `type` names is in the answer.
    """
    kind = str(payment.payment.type)
    found: Any = getattr(payment.payment, kind)
    return kind, found if isinstance(found, str) else str(found.id)
