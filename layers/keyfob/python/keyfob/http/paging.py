"""Opaque cursors: a position in a list that a client can only send back."""

from __future__ import annotations

import base64

from keyfob.domain.errors import InvalidInput


def cursor_of(position: str) -> str:
    """The cursor for a position."""
    return base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")


def position_of(cursor: str) -> str:
    """The position of a cursor.

    Raises:
        InvalidInput: it isn't one of ours.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        position = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
    except ValueError as error:
        raise InvalidInput(fields={"cursor": "use the cursor of the page before"}) from error
    if not position:
        raise InvalidInput(fields={"cursor": "use the cursor of the page before"})
    return position
