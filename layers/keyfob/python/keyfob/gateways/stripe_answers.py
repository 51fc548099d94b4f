"""Stripe's failures as the order flow's own (S50)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import stripe

from keyfob.domain.orders.errors import PaymentFailed, PaymentUnavailable

T = TypeVar("T")


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
