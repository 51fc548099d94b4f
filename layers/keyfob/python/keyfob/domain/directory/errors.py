"""Refusals about accounts that administrators make and change."""

from __future__ import annotations

from keyfob.domain.errors import Conflicting, Forbidden


class UserIdTaken(Conflicting):
    """Another account signs in with this user id, here or in another organization."""

    code = "user_id_taken"
    detail = "This user id is taken. Choose another one."


class OwnAccount(Forbidden):
    """An administrator's act on the own account (S24)."""

    code = "own_account"
    detail = "Nobody does this to the own account. Ask another administrator."
