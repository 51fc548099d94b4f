"""What the clock would do in a period if nobody acted: counted and drawn, nothing changed (G2)."""
