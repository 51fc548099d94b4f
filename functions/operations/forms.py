"""The base forms of all operators' requests."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from keyfob.http.fields import Reason, Wanted

OrderNumber = Annotated[
    str,
    StringConstraints(pattern=r"^SO-[0-9]{5,12}$"),
    Wanted("must be the number of an order, for example SO-10001"),
]


class Form(BaseModel):
    """A request, or a part of one; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Act(Form):
    """An act; the audit trail records its reason (S60)."""

    reason: Reason


class AboutAccount(Act):
    """An act for an account."""

    user_id: str = Field(min_length=3, max_length=64)
