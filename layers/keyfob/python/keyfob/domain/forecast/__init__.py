"""What the clock would do in a period: counted and drawn."""
