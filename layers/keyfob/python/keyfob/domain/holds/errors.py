"""Refusals about holds, releases and frozen accounts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from keyfob.domain.due_index import instant
from keyfob.domain.errors import Conflicting, Forbidden, NotFound


class BindingHeld(Conflicting):
    """A first authenticator or a connection, while the account's hold waits (S54)."""

    code = "binding_held"
    detail = (
        "A credential, a connection or the last authenticator of the account ended without a "
        "code, or an administrator changed its e-mail address. It takes another token, phone or "
        "connection once the wait is over. If you can't wait to register a token or phone, ask "
        "for a release."
    )
    needs_support = True

    def __init__(self, *, until: datetime) -> None:
        super().__init__()
        self.until = until

    @property
    def members(self) -> Mapping[str, Any]:
        """The end of the wait."""
        return {"until": instant(self.until)}


class SecondPersonNeeded(Forbidden):
    """A reopening by the administrator who has just changed the account's address (S24)."""

    code = "second_person_needed"
    detail = (
        "You changed this account's e-mail address, or became an administrator after somebody "
        "did. Ask another administrator of your organization, or support."
    )
    needs_support = True

    def __init__(self, *, until: datetime) -> None:
        super().__init__()
        self.until = until

    @property
    def members(self) -> Mapping[str, Any]:
        """When the administrator may do it again."""
        return {"until": instant(self.until)}


class ReopeningRequired(Forbidden):
    """A first authenticator that a password alone binds no more: only a release helps (S54)."""

    code = "reopening_required"
    detail = (
        "A password alone can't register a token or phone with this credential any more. "
        "Ask for a release."
    )
    needs_support = True


class WrongReleaseCode(Forbidden):
    """A wrong, expired, used or never issued release code; the answer is the same."""

    code = "wrong_release_code"
    detail = "This is not the release code, or it can't be used any more. Ask for another release."
    needs_support = True


class AccountFrozen(Conflicting):
    """A right password or code of an account that was frozen (S54)."""

    code = "account_frozen"
    detail = "This account is frozen: it may have been taken over. Ask for it to be thawed."
    needs_support = True


class UnknownFreezeLink(NotFound):
    """A freeze link that was never sent, or is too old."""

    code = "unknown_freeze_link"
    detail = "This link can't be used any more, or it isn't complete."
    needs_support = True
