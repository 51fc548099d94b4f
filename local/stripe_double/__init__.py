"""A double of the parts of Stripe that the service uses: faithful, with state and webhooks.

Requests are checked against the SDK's own parameter types, answers and events against Stripe's
OpenAPI document. Stripe's features that this double lacks are refused, never ignored.
"""
