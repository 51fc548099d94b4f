"""License keys that are sent again."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path

from keyfob.http.resolver import Model

Position = Annotated[int, Path(ge=1, le=100_000)]


class ResentView(Model):
    """The license key (its position in the order, from 1) that takes the place of the old one."""

    order: str
    position: int
