"""Every period and limit in one place; a deployment overrides them by name."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Periods are `timedelta`s (seconds in an override), limits whole numbers."""

    session_lifetime: timedelta = timedelta(hours=12)
    session_idle: timedelta = timedelta(minutes=30)
    sessions_per_account: int = 5
    last_seen_step: timedelta = timedelta(minutes=1)
    elevation_lifetime: timedelta = timedelta(hours=12)
    challenge_lifetime: timedelta = timedelta(minutes=10)
    new_password_lease: timedelta = timedelta(seconds=60)
    password_min_length: int = 12
    password_max_length: int = 128
    password_tries: int = 10
    password_tries_period: timedelta = timedelta(minutes=10)
    password_tries_per_address: int = 50
    password_tries_per_address_period: timedelta = timedelta(hours=1)
    otp_failures: int = 5
    otp_steps_at_sign_in: int = 1
    otp_steps_at_registration: int = 20
    otp_steps_at_resynchronization: int = 2_880
    otp_steps_after_reset: int = 28_800
    otp_drift_cap: int = 10
    otp_counts_at_sign_in: int = 10
    otp_counts_at_registration: int = 1_000
    otp_counts_at_resynchronization: int = 1_000
    otp_counts_after_reset: int = 10_000
    pair_failures: int = 5
    license_key_tries: int = 5
    license_key_tries_period: timedelta = timedelta(minutes=10)
    license_key_tries_per_address: int = 10
    license_key_tries_per_address_period: timedelta = timedelta(hours=1)
    renewal_notice: timedelta = timedelta(days=30)
    suspension_limit: timedelta = timedelta(days=60)
    checkout_lifetime: timedelta = timedelta(hours=23)
    order_units: int = 100
    fulfilment_chunk: int = 25
    due_lease: timedelta = timedelta(hours=1)
    outbox_patience: timedelta = timedelta(minutes=2)
    outbox_lease: timedelta = timedelta(seconds=60)
    outbox_attempts: int = 8
    outbox_kept: timedelta = timedelta(days=90)
    idempotency_kept: timedelta = timedelta(days=7)
    webhook_tolerance: timedelta = timedelta(seconds=300)

    def __post_init__(self) -> None:
        """Refuse values that would wedge the service.

        Raises:
            ValueError: out of bounds.
        """
        bounds = {
            # One transaction has at most 100 items: two, and three a license key.
            "fulfilment_chunk": (1, 32),
            # The payment provider's own bounds, with room to open a page late.
            "checkout_lifetime": (timedelta(hours=1), timedelta(hours=23, minutes=30)),
            # Longer than a worker may run, shorter than a queue hides its message.
            "outbox_lease": (timedelta(seconds=35), timedelta(seconds=85)),
            # Longer than a function may run: what is not at the password store by then never is.
            "new_password_lease": (timedelta(seconds=35), timedelta(minutes=10)),
            "sessions_per_account": (1, 20),
            # NIST SP 800-63B-4, section 3.2.2: at most 100 consecutive failures.
            "otp_failures": (2, 100),
            "pair_failures": (2, 100),
            # A wider window at sign-in helps whoever guesses.
            "otp_steps_at_sign_in": (1, 4),
            "otp_counts_at_sign_in": (1, 50),
            "password_max_length": (64, 256),
        }
        for name, (least, most) in bounds.items():
            if not least <= getattr(self, name) <= most:
                raise ValueError(f"the policy's {name!r} must be between {least} and {most}")


def overridden(policy: Policy, override: str) -> Policy:
    """`policy` with the values named in a JSON object; periods in seconds.

    Raises ValueError for an unknown name or a value that isn't a positive number.
    """
    changes: dict[str, int | timedelta] = {}
    known = {field.name: getattr(policy, field.name) for field in fields(policy)}
    for name, value in json.loads(override or "{}").items():
        if name not in known:
            raise ValueError(f"the policy has no {name!r}")
        if type(value) is not int or value <= 0:
            raise ValueError(f"the policy's {name!r} must be a positive whole number")
        period = isinstance(known[name], timedelta)
        changes[name] = timedelta(seconds=value) if period else value
    return replace(policy, **changes)  # type: ignore[arg-type]  # checked just above
