"""The sweep that queues and leases what is due."""
