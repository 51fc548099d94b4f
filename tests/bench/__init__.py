"""Measurements. Nothing passes or fails: the machine decides the figures, people the meaning."""
