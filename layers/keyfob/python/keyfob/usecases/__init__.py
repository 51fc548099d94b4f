"""The use cases of people, operators, workers and the clock; callers pass stores and gateways."""
