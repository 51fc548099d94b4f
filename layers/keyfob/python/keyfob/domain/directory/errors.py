"""Refusals about accounts and what administrators do about them."""

from __future__ import annotations

from keyfob.domain.errors import Conflicting, Forbidden


class NotOnOneself(Forbidden):
    """An administrator's act on the own person, by whichever of their accounts (S24)."""

    code = "not_on_oneself"
    detail = (
        "You can't do this about yourself, nor about another account of your own. "
        "Ask another administrator of your organization."
    )
    needs_support = True


class UserIdTaken(Conflicting):
    """Another account signs in with this user id, here or in another organization."""

    code = "user_id_taken"
    detail = "This user id is taken. Choose another one."
