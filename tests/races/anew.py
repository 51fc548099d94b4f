"""Gives deployed functions a cold start."""

from __future__ import annotations

import uuid
from typing import Any

from local.client import eventually
from local.stack import Stack

# Variables that a test sets; all others stay as deployed.
_OURS = ("AWS_ENDPOINT_URL_", "SDK_READ_SECONDS", "BEGUN")


def begin_anew(stack: Stack, *functions: str, **variables: str) -> None:
    """Let these functions (outputs of the stack) have a cold start next, with these variables."""
    client = stack.client("lambda")
    for output in functions:
        name = stack.outputs[output]
        now = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        kept = {k: v for k, v in now.items() if not k.startswith(_OURS)}
        # An update without a change would keep the old processes.
        client.update_function_configuration(
            FunctionName=name,
            Environment={"Variables": kept | variables | {"BEGUN": uuid.uuid4().hex}},
        )
        eventually(lambda name=name: _is_ready(client, name), what=f"{output} is changed")  # type: ignore[misc]


def _is_ready(client: Any, name: str) -> bool:
    status = client.get_function_configuration(FunctionName=name).get("LastUpdateStatus")
    return status in {None, "Successful"}
