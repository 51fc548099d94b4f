"""Accounts and their user ids. Pure."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

_USER_ID = re.compile(r"[a-z0-9][a-z0-9._@-]{2,63}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person's account.

    `user_id` is typed at sign-in; `id` reveals nothing about the person. `language` (BCP 47) is
    that of texts and calls. While it isn't `active`, `suspended` is the credential that its
    deactivation has suspended, if any.
    """

    id: str
    user_id: str
    organization: str
    email: str
    first_name: str
    last_name: str
    middle_name: str = ""
    applications: tuple[str, ...] = ()
    active: bool = True
    language: str = "en"
    suspended: str | None = None

    @property
    def is_erased(self) -> bool:
        """Whether what identifies its person was erased (S66): its id stands in the user id."""
        return self.user_id == self.id

    @property
    def name(self) -> str:
        """First, middle and last name."""
        return " ".join(
            part for part in (self.first_name, self.middle_name, self.last_name) if part
        )


def normalized_user_id(typed: str) -> str | None:
    """The user id in typed text, ignoring case; None if it can't be one."""
    candidate = typed.strip().lower()
    return candidate if _USER_ID.fullmatch(candidate) else None


def user_id_digest(typed: str) -> str:
    """16 hexadecimal digits for a typed user id in a log line, whether an account has it or not.

    Truncated SHA-256 without a key: none is at hand without a call to the key service, which a
    failed sign-in must not cost. User ids are guessable, so a reader of the log may test a guess,
    but can't list them. Text that can't be a user id is `invalid`: it may be a password in the
    wrong field.
    """
    normalized = normalized_user_id(typed)
    if normalized is None:
        return "invalid"
    return hashlib.sha256(f"user-id:{normalized}".encode()).hexdigest()[:16]
