"""Stripe, by its official SDK: payment pages, invoices, refunds and disputes over one client."""

from __future__ import annotations

from collections.abc import Callable

from keyfob.gateways.stripe_checkout import StripeCheckouts
from keyfob.gateways.stripe_client import StripeApi
from keyfob.gateways.stripe_closing import StripeClosing
from keyfob.gateways.stripe_crediting import StripeCrediting
from keyfob.gateways.stripe_invoices import StripeInvoices


class StripePayments(StripeCheckouts, StripeInvoices, StripeClosing, StripeCrediting):
    """The payment provider.

    Args:
        api_key: returns the current API key.
        api_base: an address other than Stripe's own, for a double.
        public_url: the address that the buyer's browser returns to.
    """

    def __init__(self, api_key: Callable[[], str], *, api_base: str, public_url: str) -> None:
        api = StripeApi(api_key, api_base=api_base)
        StripeCheckouts.__init__(self, api, public_url)
        StripeInvoices.__init__(self, api)
        StripeClosing.__init__(self, api)
        StripeCrediting.__init__(self, api)
