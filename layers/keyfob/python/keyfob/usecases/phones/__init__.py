"""Binding phones, sending codes and checking them."""
