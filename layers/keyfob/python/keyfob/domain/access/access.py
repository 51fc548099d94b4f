"""Access of accounts to applications (A6). Pure.

    requested ──▶ approved ──▶ removed
             └──▶ denied        (denied and removed may be requested again)

An account's approved applications also stand in its own row, which every check reads; both change
in one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class AccessState(StrEnum):
    """The state of an account's access to an application."""

    REQUESTED = "requested"
    APPROVED = "approved"
    DENIED = "denied"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """An account's access to an application; `reason` is the holder's, or the decider's."""

    account: str
    organization: str
    application: str
    state: AccessState
    at: datetime
    reason: str = ""
    decided_by: str | None = None

    @property
    def subject(self) -> str:
        """Its audit subject."""
        return f"ACCESS#{self.account}#{self.application}"
