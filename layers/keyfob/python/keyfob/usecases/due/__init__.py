"""The sweep that queues and leases due rows."""
