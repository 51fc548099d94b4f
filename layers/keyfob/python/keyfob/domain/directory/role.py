"""Roles of accounts. Pure.

Operators have no account: they are principals of AWS (`http/operators.py`).
"""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """A role that an account may have besides being a holder."""

    HOLDER = "holder"
    ORGANIZATION_ADMINISTRATOR = "organization_administrator"
    APPLICATION_ADMINISTRATOR = "application_administrator"
    PARTNER_ADMINISTRATOR = "partner_administrator"
    AGENT = "agent"
