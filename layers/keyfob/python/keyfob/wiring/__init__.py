"""Parts that several composition roots share; only these and `wiring.py` files read settings."""
