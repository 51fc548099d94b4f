"""A child account that uses its parent's credential."""
