"""What several composition roots build alike; here and in `wiring.py`s settings are read."""
