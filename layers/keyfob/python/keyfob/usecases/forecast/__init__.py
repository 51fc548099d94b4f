"""What the clock would do in a period if nobody acted: counted, drawn, nothing changed (G2)."""
