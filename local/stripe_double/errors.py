"""Stripe's refusals, in Stripe's shape."""

from __future__ import annotations

from typing import Any


class StripeRefusal(Exception):
    """A refusal, sent to the caller as Stripe's error body (docs.stripe.com/api/errors)."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
    ) -> None:
        """`kind` is the body's `type`; `param` names the faulty parameter."""
        super().__init__(message)
        self.status = status
        self._error = {"type": kind, "code": code, "param": param, "message": message}

    @property
    def body(self) -> dict[str, Any]:
        """The answer's body."""
        error = {name: value for name, value in self._error.items() if value is not None}
        if code := error.get("code"):
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
        return {"error": error}


class WrongAnswer(Exception):
    """The double was about to give an answer that Stripe never gives: a bug of the double."""


def no_such(kind: str, object_id: str, *, param: str) -> StripeRefusal:
    """The refusal of an unknown id."""
    return StripeRefusal(
        f"No such {kind}: '{object_id}'", status=404, code="resource_missing", param=param
    )


def not_played(what: str) -> StripeRefusal:
    """The refusal of a Stripe feature that this double lacks."""
    return StripeRefusal(f"{what} is not played by the local Stripe double: extend it to use it")
