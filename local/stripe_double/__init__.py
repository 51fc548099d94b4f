"""A double of the parts of Stripe that the service uses: faithful, with state and webhooks.

Requests are checked against the SDK's own parameter types, answers and events against Stripe's
OpenAPI document. What Stripe has and this double does not play is refused, never ignored.
"""
