"""The inventory of hardware tokens: key files, batches, sealed seeds."""
