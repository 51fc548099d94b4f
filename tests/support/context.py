"""The context that Lambda passes to a handler beside the event."""

from __future__ import annotations


class Context:
    """An invocation's context."""

    function_name = "function"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:function"
    aws_request_id = "9c1f2a34-0000-4000-8000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        """Enough for every handler."""
        return 240_000
