"""Forecasts the clock's work in a period if nobody acts: counts, draws, changes nothing (G2)."""
