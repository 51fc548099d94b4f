"""The clock at work: the sparse index of what is due, and the sweep that queues and leases it."""
