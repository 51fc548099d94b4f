"""What accounts may be. Pure."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What an account may be, beside being a holder."""

    HOLDER = "holder"
    ORGANIZATION_ADMINISTRATOR = "organization_administrator"
    APPLICATION_ADMINISTRATOR = "application_administrator"
    PARTNER_ADMINISTRATOR = "partner_administrator"
    AGENT = "agent"
    OPERATOR = "operator"
