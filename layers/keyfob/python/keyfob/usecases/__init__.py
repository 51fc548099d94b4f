"""What people, operators, workers and the clock do. Handed their stores and gateways."""
