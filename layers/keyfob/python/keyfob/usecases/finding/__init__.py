"""Finding one thing by any of its names, with its history."""
