"""The deployed template on this machine, driven over real HTTP."""
