"""Identity proofing: choosing a method, appointments, their results, activation."""
